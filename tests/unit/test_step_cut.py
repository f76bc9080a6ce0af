"""Where a title is cut: for the farm as it is, and found again whatever becomes of the farm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from farm.facts import Source
from farm.ladder import Timeline
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.parts import Part
from farm.serial import to_json
from planning.params import CutParams
from tests.conftest import MakeContext
from tests.unit.titles import FPS, POLICY, analysis, media
from workers.steps import cut


def cuts_for(make: MakeContext, slots: int, asked: list[float], **changes: Any) -> Any:
    """Return the facts of the step for a title of 100 segments."""

    def free(cores_per_chunk: float) -> int:
        asked.append(cores_per_chunk)
        return slots

    context = make(
        params=CutParams(POLICY, ("h264",)),
        inputs={
            "ingest": Part(to_json(Source("0" * 64, media(**changes)))),
            "analyze": Part(to_json(analysis(timeline=Timeline(FPS, 15_000)))),
        },
    )
    return cut.run(replace(context, encode_slots=free)).products[""].facts


def test_a_title_is_cut_for_the_slots_that_are_free(step_context: MakeContext) -> None:
    asked: list[float] = []
    assert cuts_for(step_context, 1, asked) == {"segments": [0]}
    assert cuts_for(step_context, 2, asked)["segments"] == [
        *(0, 30, 60, 72, 84, 89, 94, 96, 98, 99),
    ]
    assert asked == [2.0, 2.0]  # cores for the two rungs of its ladder


def test_a_title_without_picture_has_no_chunks(step_context: MakeContext) -> None:
    asked: list[float] = []
    assert cuts_for(step_context, 2, asked, video=()) == {"segments": []}
    assert asked == []


def test_cuts_are_found_again_when_rungs_or_codecs_change() -> None:
    other = LadderPolicy(
        name="other",
        preset="slow",
        rungs=(PolicyRung(width=640, height=360, max_bps=800_000, crf=23, half_rate=True),),
    )
    material = cut.parts(CutParams(POLICY, ("h264",)))
    assert material == {"": {"gop_s": 2.0, "segment_gops": 3}}
    sound = POLICY.model_copy(update={"pictures": False, "rungs": ()})
    assert cut.parts(CutParams(sound, ())) != material
    assert material == {"": {"gop_s": 2.0, "segment_gops": 3}}
    assert cut.parts(CutParams(other, ())) == material
    shorter = other.model_copy(update={"segment_gops": 2})
    assert cut.parts(CutParams(shorter, ("h264",))) != material
    assert cut.KIND.cacheable
