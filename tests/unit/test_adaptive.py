"""What is planned to be tried of a title, and when nothing is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Ladder, Timeline
from farm.plan import StepPlan
from farm.serial import from_json
from farm.trial_result import TrialResult
from ladders.fit import fit_ladder
from planning.adaptive import decide_ladder
from planning.params import TrialParams
from planning.treatment import make_treatment
from tests.unit.titles import POLICY, VIDEO, analysis, media, trials

FOLLOWS = POLICY.model_copy(update={"policy": "per-title"})


def params(step: StepPlan) -> TrialParams:
    return from_json(TrialParams, step.params)


def offered() -> Ladder:
    return fit_ladder(POLICY, make_treatment(VIDEO, media(), analysis()), ("h264",))


def test_a_fixed_ladder_is_what_the_policy_offers() -> None:
    assert decide_ladder(POLICY, ("h264",), media(), analysis(), (), rounds=0) == offered()


def test_first_each_window_is_a_step_that_tries_every_size() -> None:
    steps = trials()
    assert [step.key for step in steps] == [f"trial:1:{window}" for window in range(6)]
    assert {step.inputs for step in steps} == {("ingest",)}
    assert steps[0].label == "trials of sizes 1/6"
    asked = params(steps[0])
    assert (asked.width, asked.height, asked.metrics) == (640, 360, ("vmaf_v1",))
    assert [(r.height, r.crf, r.preset) for r in asked.candidates] == [
        *((180, 20, "veryfast"), (180, 28, "veryfast"), (180, 36, "veryfast")),
        *((360, 20, "veryfast"), (360, 28, "veryfast"), (360, 36, "veryfast")),
        (180, 28, "medium"),  # how far it is ahead of the fast one
    ]
    assert {(params(s).window.frames, params(s).window.tail_frames) for s in steps} == {(50, 16)}


def test_then_rungs_are_tried_in_the_same_windows_with_the_final_preset() -> None:
    first = trials()
    results = [
        TrialResult(rung, 50, int(4e6 / rung.crf**1.5), (), (100 - rung.crf - 36 / rung.height,))
        for step in first
        for rung in params(step).candidates
    ]
    then = decide_ladder(FOLLOWS, ("h264",), media(), analysis(), results, rounds=1)
    assert not isinstance(then, Ladder)
    assert [step.key for step in then] == [f"trial:2:{window}" for window in range(6)]
    assert then[0].label == "trials at the final preset 1/6"
    asked = params(then[0])
    assert asked.metrics == ("vmaf_v1", "vmaf_v0.6.1")
    assert {rung.preset for rung in asked.candidates} == {"medium"}
    assert asked.window.tail_frames == 40
    starts = [[params(step).window.start_frame for step in steps] for steps in (first, then)]
    assert starts[0] == starts[1]


@pytest.mark.parametrize(
    ("width", "height", "frames", "why"),
    [
        (640, 120, 1000, "the picture is too small for VMAF v1"),
        (192, 192, 1000, "the picture is too small for VMAF v1"),
        (640, 360, 6, "the title is too short for trials"),
    ],
)
def test_what_cannot_be_tried_gets_the_ladder_as_offered(
    width: int, height: int, frames: int, why: str
) -> None:
    small = replace(VIDEO, width=width, height=height, display_width=width, display_height=height)
    found = media(video=(small,))
    seen = analysis(timeline=Timeline(Fraction(25), frames))
    ladder = decide_ladder(FOLLOWS, ("h264",), found, seen, (), rounds=0)
    assert isinstance(ladder, Ladder)
    assert ladder.trials is None
    told = f"; {why}, so that this is the ladder as offered"
    assert all(rung.reason.endswith(told) for rung in ladder.rungs)


def test_a_title_without_picture_has_no_ladder_to_decide() -> None:
    with pytest.raises(ValueError, match="a title without picture has no rungs to decide"):
        decide_ladder(FOLLOWS, ("h264",), media(video=()), analysis(), (), rounds=0)
