"""A title that misses thresholds in some scenes alone: those are encoded again, before it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from farm.facts import Analysis, EncodedVideo, Verdict
from farm.scores import Scores
from planning.params import VerifyParams
from planning.repairs import ScoredRendition, plan_repairs
from qc.frames import ScoredFrames
from qc.repairs import rejected_anyway
from workers.steps.contract import StepContext
from workers.steps.result import StepResult


def repaired(
    context: StepContext[VerifyParams],
    verdict: Verdict,
    scores: Sequence[Scores],
    frames: Mapping[str, ScoredFrames],
    renditions: Sequence[EncodedVideo],
    analysis: Analysis,
) -> StepResult | None:
    """Return the result that has scenes encoded again and all that follows, None to go on.

    `scores` and `renditions` are in the ladder's order.
    """
    if context.params.policy.publish == "ungated" or rejected_anyway(verdict.checks):
        return None
    scored = {each.rung: each for each in scores}
    made = {
        video.rung: ScoredRendition(
            video, scored[video.rung], frames[video.rung], _segments(context, video.rung)
        )
        for video in renditions
        if video.rung in scored
    }
    planned = plan_repairs(context.params, made, analysis)
    if planned is None:
        return None
    return StepResult({}, planned.steps, changes=planned.changes, news=planned.news)


def _segments(context: StepContext[VerifyParams], rung: str) -> list[int]:
    """Return the sizes of a rendition's media segments, whose names count them."""
    files = context.inputs["package"].files
    of_rung = (name for name in files if name.startswith(f"{rung}/") and name.endswith(".m4s"))
    return [files[name].size_bytes for name in sorted(of_rung)]
