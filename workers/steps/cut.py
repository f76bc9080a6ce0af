"""Cutting: where the chunks of the title begin, decided once for all its jobs.

How many there are depends on how many workers are free, which is another number tomorrow. So the
decision is a part like any other: it is found again, and with it every chunk already encoded.
"""

from __future__ import annotations

from typing import Any

from farm.facts import Analysis, Source
from farm.plan import WHOLE
from planning.params import CutParams
from planning.title import cut_title
from workers.steps.contract import StepContext, StepKind
from workers.steps.result import StepResult, whole


def parts(params: CutParams) -> dict[str, Any]:
    """Return the key material: what decides how long segments are, not the rungs nor the codecs."""
    policy = params.policy
    # A title without pictures is not cut, which must be no answer for one with them.
    uncut = {} if policy.pictures else {"pictures": False}
    return {WHOLE: {"gop_s": policy.gop_s, "segment_gops": policy.segment_gops, **uncut}}


def run(context: StepContext[CutParams]) -> StepResult:
    """Return the `Cuts` of the title for as many chunks at once as the farm can encode now."""
    cuts = cut_title(
        context.params.policy,
        context.params.codecs,
        context.facts("ingest", Source).media,
        context.facts("analyze", Analysis),
        context.encode_slots,
    )
    return whole(cuts)


KIND = StepKind("cut", CutParams, run, parts=parts)
