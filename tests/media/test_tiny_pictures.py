"""Pictures too small for the score of quality: published, and it is said that they have none."""

from __future__ import annotations

from ladders.chunks import Cuts
from planning.title import plan_title
from qc.quality import ScoredRung, quality_checks
from tests.conftest import MakeContext
from tests.media.media_factory import Clips, pattern
from tests.media.shown import SHARP, Run, shown
from tests.media.source_steps import spec_of


def test_pictures_of_20x16_are_a_title_without_scores_and_with_the_reason(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = clips.make("tiny.mkv", *pattern("20x16", "25", 1), "-c:v", "ffv1")
    title = shown(step_context, run_command, path)
    assert {frame.size for frame in title.frames} == {(20, 16)}
    assert len(title.frames) == 25
    spec = spec_of(path)
    plan = plan_title(spec, SHARP, ("h264",), title.media, title.analysis, cuts=Cuts((0,)))
    kinds = {step.kind for step in plan.steps}
    assert "measure" not in kinds
    assert {"encode", "stitch", "thumbnails", "package", "verify", "publish"} <= kinds
    rungs = [ScoredRung(r.name, r.codec, r.width, r.height, None) for r in plan.ladder.rungs]
    (check,) = quality_checks(spec.qc, rungs)
    assert (check.rule, check.outcome) == ("vmaf-complete", "warn")
    assert "too small for VMAF" in check.evidence
