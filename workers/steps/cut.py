"""Cutting: where the chunks of the title begin, decided once for all its jobs.

How many there are depends on how many workers are free, which is another number tomorrow. So the
decision is a part like any other: it is found again, and with it every chunk already encoded.
"""

from __future__ import annotations

from typing import Any

from farm.facts import Analysis, Source
from farm.ladder import LadderPolicy
from farm.plan import WHOLE
from farm.serial import from_json
from planning.title import cut_title
from workers.steps.contract import StepContext, StepKind, StepResult, whole


def parts(params: dict[str, Any]) -> dict[str, Any]:
    """Return the key material: what decides how long segments are, not the rungs nor the codecs."""
    policy = params["policy"]
    return {WHOLE: {name: policy[name] for name in ("gop_s", "segment_gops")}}


def run(context: StepContext) -> StepResult:
    """Return the `Cuts` of the title for as many chunks at once as the farm can encode now."""
    cuts = cut_title(
        from_json(LadderPolicy, context.params["policy"]),
        tuple(context.params["codecs"]),
        context.facts("ingest", Source).media,
        context.facts("analyze", Analysis),
        context.encode_slots,
    )
    return whole(cuts)


KIND = StepKind("cut", run, parts=parts)
