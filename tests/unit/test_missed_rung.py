"""A rung that came out off its prediction: the CRF that makes up for it, and the steps that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.ladder import Chunk, Ladder, Rung, Shot, Timeline, Treatment, Zone
from farm.plan import StepPlan
from farm.serial import from_json
from farm.trials import Foretold, Missed, Prediction, Trials
from ladders.per_title.correction import find_miss
from planning.params import DeviceShare, EncodeParams, StitchParams
from planning.pictures import Pictures, picture_steps
from planning.remakes import corrected, on_processor
from planning.sizes import sample_stride, step_size
from planning.work import step_work
from qc.report.predicted import MeasuredRung, predicted_rungs
from workers.steps.encode import parts as encode_parts
from workers.steps.sampled import MODEL
from workers.steps.stitch import chunk_references
from workers.steps.stitch import parts as stitch_parts

RUNG = Rung(
    name="h264-360p-2000k",
    codec="h264",
    width=640,
    height=360,
    fps=Fraction(24),
    gop_frames=48,
    preset="medium",
    crf=30,
    max_bps=2_000_000,
    buffer_bits=3_000_000,
    reason="fits",
)
TIMELINE = Timeline(Fraction(24), 288)
TREATMENT = Treatment(0, Fraction(24), False, False, 1280, 720)
CHUNKS = (Chunk(0, 0, 144, 40), Chunk(1, 144, 144, 0))
FORETOLD = Foretold(vmaf=80.0, vmaf_per_crf=1.5, most_miss=2.0)
MISSED = Missed(predicted=80.0, measured=74.0, crf=30, corrected_crf=26)


def laddered(most_miss: float | None, **also: Any) -> list[StepPlan]:
    """Return the steps of a ladder of two rungs, of which trials foretold both."""
    low = replace(RUNG, name="h264-180p-500k", width=320, height=180)
    predictions = tuple(Prediction(r.name, 10**6, 80.0, 78.0, 1.5) for r in (low, RUNG))
    trials = Trials("vmaf_v1", (0.0,), 2.0, (), predictions)
    ladder = Ladder("mine", (low, RUNG), (), Fraction(6), trials=trials)
    made = Pictures(TREATMENT, TIMELINE, ladder, CHUNKS, None, most_miss=most_miss)
    return picture_steps(replace(made, **also))


def stitched(**also: Any) -> StitchParams:
    params = StitchParams(RUNG, TIMELINE, CHUNKS, treatment=TREATMENT, foretold=FORETOLD)
    return replace(params, **also)


def encodes(steps: Sequence[StepPlan]) -> list[EncodeParams]:
    return [from_json(EncodeParams, step.params) for step in steps]


@pytest.mark.parametrize("measured", [78.0, 79.3, 80.0, 82.0])
def test_a_rung_near_its_prediction_is_left_as_it_is(measured: float) -> None:
    assert find_miss(RUNG, FORETOLD, measured, 400_000) is None


@pytest.mark.parametrize(
    ("measured", "crf"),
    [
        (74.0, 26.0),  # six VMAF at 1.5 each
        (77.9, 28.5),  # 28.6, in quarter steps
        (83.1, 32.0),
        (60.0, 24.0),  # six CRF are the most
        (99.0, 36.0),
    ],
)
def test_one_too_far_off_gets_the_crf_that_its_curve_asks_for(measured: float, crf: float) -> None:
    found = find_miss(RUNG, FORETOLD, measured, 400_000)
    assert found == Missed(80.0, measured, 30, crf)


def test_no_crf_is_asked_for_that_its_cap_has_no_bits_for() -> None:
    found = find_miss(RUNG, FORETOLD, 70.0, 1_500_000)
    assert found is not None
    assert found.corrected_crf == 27.5  # 2 Mbit/s are 0.415 octaves more
    at_its_cap = find_miss(RUNG, FORETOLD, 70.0, 2_100_000)
    assert at_its_cap == Missed(80.0, 70.0, 30, 30)
    better = find_miss(RUNG, FORETOLD, 86.0, 2_100_000)
    assert better is not None
    assert better.corrected_crf == 34.0


def test_a_curve_that_is_level_moves_no_further_than_the_most() -> None:
    level = replace(FORETOLD, vmaf_per_crf=0.0)
    found = find_miss(RUNG, level, 70.0, 400_000)
    assert found is not None
    assert found.corrected_crf == 24.0


@pytest.mark.parametrize(("codec", "crf", "least"), [("h264", 9.0, 8.0), ("av1", 62.0, 56.0)])
def test_it_stays_within_what_an_encoder_takes(codec: str, crf: float, least: float) -> None:
    rung = replace(RUNG, codec=codec, crf=crf)  # type: ignore[arg-type]
    found = find_miss(rung, FORETOLD, 60.0, 100_000)
    assert found is not None
    assert found.corrected_crf == least


def test_renditions_are_held_against_predictions_where_the_policy_asks_for_it() -> None:
    plain = [step for step in laddered(None) if step.kind == "stitch"]
    assert {step.inputs for step in plain} == {
        tuple(f"encode:{n}#{name}" for n in (0, 1)) for name in (RUNG.name, "h264-180p-500k")
    }
    assert all(from_json(StitchParams, step.params).foretold is None for step in plain)
    held = [step for step in laddered(2.0) if step.kind == "stitch"]
    for step in held:
        params = from_json(StitchParams, step.params)
        assert (params.foretold, params.treatment) == (FORETOLD, TREATMENT)
        assert step.inputs[0] == "ingest"
        assert step_size("stitch", step.params).resource.value == "cpu"
        assert step_size("stitch", step.params).memory_bytes > 150 << 20
    drawn = [s for s in laddered(2.0, burn_in="text:en") if s.kind == "stitch"]
    assert [step.inputs[:2] for step in drawn] == [("ingest", "text:en")] * 2
    assert from_json(StitchParams, drawn[0].params).text_inputs == ("text:en",)
    before, after = (step_work("stitch", steps[1].params) for steps in (plain, held))
    assert before is not None
    assert after is not None
    assert after > 2 * before


def test_about_150_frames_are_looked_at_at_an_odd_distance() -> None:
    assert sample_stride(stitched()) == 1
    assert sample_stride(stitched(timeline=Timeline(Fraction(24), 300))) == 3
    assert sample_stride(stitched(timeline=Timeline(Fraction(24), 14_400))) == 97
    assert MODEL == "vmaf_v0.6.1"  # by which Prediction.vmaf is told


def test_all_chunks_of_that_rung_alone_are_encoded_once_more() -> None:
    steps = corrected(stitched(), MISSED, on_device=False)
    assert [step.key for step in steps] == [f"encode:{RUNG.name}:corrected:{n}" for n in (0, 1)]
    assert [step.label for step in steps] == [
        f"encode h264 360p-2000k {n}/2 at CRF 26" for n in (1, 2)
    ]
    for params, chunk in zip(encodes(steps), CHUNKS, strict=True):
        assert (params.chunk, params.missed, params.share) == (chunk, MISSED, None)
        assert params.rungs == (replace(RUNG, crf=26),)
    assert {step.inputs for step in steps} == {("ingest",)}
    assert all(step.work for step in steps)
    drawn = corrected(stitched(text_inputs=("text:en",)), MISSED, on_device=False)
    assert drawn[0].inputs == ("ingest", "text:en")
    assert encodes(drawn)[0].burn_in


def test_shots_keep_what_they_have_more_or_less() -> None:
    shots = (Shot(0, 96, {RUNG.name: 1.0}), Shot(96, 192, {RUNG.name: -1.5}))
    first, second = encodes(corrected(stitched(shots=shots), MISSED, on_device=False))
    assert first.rungs[0].crf == second.rungs[0].crf == 26
    assert first.rungs[0].zones == (Zone(0, 95, 1.0), Zone(96, 143, -1.5))
    assert second.rungs[0].zones == (Zone(0, 143, -1.5),)
    (again,) = encodes([on_processor(stitched(shots=shots), CHUNKS[1])])
    assert (again.rungs[0].crf, again.rungs[0].zones) == (30, (Zone(0, 143, -1.5),))


def test_what_a_device_made_is_made_there_again_or_on_the_processor() -> None:
    share = DeviceShare("nvenc", (RUNG.name,), "nv12")
    params = stitched(share=share)
    assert {each.share for each in encodes(corrected(params, MISSED, on_device=True))} == {share}
    assert {each.share for each in encodes(corrected(params, MISSED, on_device=False))} == {None}
    step = on_processor(params, CHUNKS[1], MISSED)
    assert step.key == f"encode:{RUNG.name}:corrected:cpu:1"
    (made,) = encodes([step])
    assert (made.share, made.missed, made.rungs[0].crf) == (None, MISSED, 26)
    assert on_processor(params, CHUNKS[1]).key == f"encode:{RUNG.name}:1"


def test_a_rendition_that_nothing_was_kept_for_is_not_made_again() -> None:
    with pytest.raises(ValueError, match="chunks of h264-360p-2000k are not made again"):
        on_processor(StitchParams(RUNG, TIMELINE, CHUNKS), CHUNKS[0])


def test_chunks_are_told_from_what_else_a_stitch_is_given() -> None:
    references = [f"encode:{RUNG.name}:corrected:{n}#{RUNG.name}" for n in (1, 0)]
    found = chunk_references(["ingest", "text:en", *references])
    assert found == {0: references[1], 1: references[0]}


def test_parts_made_before_there_were_predictions_are_still_known() -> None:
    plain = replace(stitched(), foretold=None, treatment=None)
    assert stitch_parts(plain) == stitch_parts(replace(plain, treatment=TREATMENT))
    assert "foretold" not in stitch_parts(plain)[""]
    assert stitch_parts(stitched())[""]["foretold"]["vmaf"] == 80.0
    (first, _) = encodes(corrected(stitched(), MISSED, on_device=False))
    known = encode_parts(replace(first, missed=None))[RUNG.name]
    assert "missed" not in known
    assert encode_parts(first)[RUNG.name] == {**known, "missed": {
        **{"predicted": 80.0, "measured": 74.0, "crf": 30, "corrected_crf": 26}
    }}  # fmt: skip


def test_reviewers_are_told_what_was_done() -> None:
    trials = Trials("vmaf_v1", (0.0,), 2.0, (), (Prediction(RUNG.name, 10**6, 80.0, 78.0, 1.5),))
    ladder = Ladder("mine", (RUNG,), (), Fraction(6), trials=trials)

    def told(missed: Missed | None) -> str:
        (found,) = predicted_rungs(ladder, {RUNG.name: MeasuredRung(10**6, 79.5, missed)})
        return found.correction

    assert told(None) == ""
    assert told(MISSED) == "CRF 30 came to 74.0, so it was encoded once more with 26"
    assert told(replace(MISSED, corrected_crf=30)) == (
        "CRF 30 came to 74.0: its cap and codec leave no better one"
    )
