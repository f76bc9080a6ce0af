"""What a record says of a title's QC: the verdict, and where each of its checks looks."""

from __future__ import annotations

from typing import Any

from farm.checks import ebu_items_of, layer_of
from farm.facts import Verdict
from farm.serial import to_json


def qc_record(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict with its checks, each with its layer and its like in EBU QC."""
    checks = [
        {
            **to_json(check),
            "layer": layer_of(check.rule),
            "ebu_items": list(ebu_items_of(check.rule)),
        }
        for check in verdict.checks
    ]
    return {**to_json(verdict), "checks": checks}
