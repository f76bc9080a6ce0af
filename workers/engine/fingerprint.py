"""What a part is made from, as one hash: equal fingerprints are equal parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from farm.command import Tool
from farm.parts import Part
from farm.serial import digest
from storage.postgres.claims import Claim
from workers.programs.tools import Tools
from workers.steps.contract import StepKind


def fingerprints(
    kind: StepKind[Any],
    claimed: Claim,
    materials: Mapping[str, Any],
    inputs: Mapping[str, Part],
    tools: Tools,
) -> dict[str, str]:
    """Return the fingerprint of every part the step makes, by part name as in `materials`.

    Over: the kind and its revision, ReelFarm's version, the part's own key material, the digests
    of the inputs and the builds of the tools. A kind the world decides on is salted with its job,
    so that its parts serve the job's later steps but no other job.
    """
    common = {
        "kind": kind.name,
        "revision": kind.revision,
        "inputs": {reference: part.digest for reference, part in sorted(inputs.items())},
        "reelfarm": _version(),
        "tools": {tool: tools.identity(tool) for tool in Tool},
        "job": None if kind.cacheable else [claimed.job_id, claimed.key],
    }
    return {
        name: digest({**common, "part": name, "material": material})
        for name, material in materials.items()
    }


@cache
def _version() -> str:
    return version("reelfarm")
