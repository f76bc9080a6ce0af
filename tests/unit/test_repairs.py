"""Scenes that miss a threshold: which they are, with how many more bits, and what is done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.facts import Analysis, Check, EncodedVideo
from farm.ladder import Chunk, Ladder, Rung, Timeline, Treatment
from farm.plan import ChangedStep
from farm.repairs import Patch, Repair
from farm.scores import FrameScore, Scores, Stats
from farm.serial import from_json, to_json
from farm.spec import QcPolicy, RungClass
from farm.spec.policy import ReviewBelow
from farm.trials import Missed
from ladders.more_bits import crf_with_more_bits
from planning.params import DeviceShare, EncodeParams, VerifyParams
from planning.repairs import PlannedRepairs, ScoredRendition, plan_repairs
from qc.frames import ScoredFrames, in_columns
from qc.repairs import LowScene, low_scenes, missed_threshold, rejected_anyway
from qc.scores import stats

RUNG = Rung(
    name="h264-360p-2000k",
    codec="h264",
    width=640,
    height=360,
    fps=Fraction(24),
    gop_frames=24,
    preset="medium",
    crf=30,
    max_bps=2_000_000,
    buffer_bits=3_000_000,
    reason="fits",
)
LOWER = replace(RUNG, name="h264-180p-500k", width=320, height=180, max_bps=500_000)
TIMELINE = Timeline(Fraction(24), 240)
TREATMENT = Treatment(0, Fraction(24), False, False, 640, 360)
ONLY_P1 = QcPolicy(top_harmonic_mean=None, top_p5=None, top_p1=60, rung_floor=None)


def scored(low: range, vmaf: float = 50.0, *, stride: int = 1, frames: int = 240) -> ScoredFrames:
    """Return the scores of a title that is fine but for some frames."""
    return in_columns(
        FrameScore(n, n / 24, vmaf if n in low else 90.0, 0.9, 40.0)
        for n in range(0, frames, stride)
    )


def analysis(*cuts_s: float) -> Analysis:
    return Analysis(
        timeline=TIMELINE,
        duration_s=TIMELINE.duration_s,
        interlaced=False,
        scene_cuts_s=cuts_s,
        crop=None,
        black=(),
        freeze=(),
        silence=(),
        loudness=(),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
    )


def verifying(policy: QcPolicy = ONLY_P1, **also: Any) -> VerifyParams:
    ladder = Ladder("mine", (LOWER, RUNG), (), Fraction(2))
    params = VerifyParams(policy, ladder, TIMELINE, TREATMENT, TIMELINE.duration_s, chunks=2)
    return replace(params, **also)


def rendition(
    frames: ScoredFrames, rung: Rung = RUNG, segment_bytes: int = 60_000, **also: Any
) -> ScoredRendition:
    video = EncodedVideo(
        rung.name, rung.codec, rung.width, rung.height, rung.fps, frames=240, device="cpu"
    )
    video = replace(video, **also)
    vmaf = stats(list(frames.vmaf))
    scores = Scores(rung.name, 640, 360, 1, "vmaf_v0.6.1", vmaf, 0.9, 40.0)
    return ScoredRendition(video, scores, frames, [segment_bytes] * 5)


def planned(
    params: VerifyParams, *renditions: ScoredRendition, cuts_s: Sequence[float] = ()
) -> PlannedRepairs | None:
    made = {each.video.rung: each for each in renditions}
    return plan_repairs(params, made, analysis(*cuts_s))


def encodes(found: PlannedRepairs | None) -> list[EncodeParams]:
    assert found is not None
    return [from_json(EncodeParams, step.params) for step in found.steps]


STATS = Stats(mean=90.0, harmonic_mean=88.0, p1=58.0, p5=72.0, min=40.0, worst_window=66.0)


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        ({}, 60),  # the default of p1
        ({"top_p1": 58}, None),
        ({"top_p1": None}, None),
        ({"top_p5": 75}, 75),  # both are missed: the higher one counts
        ({"top_p1": None, "top_harmonic_mean": 88.5}, 88.5),
        ({"top_p1": None, "review": ReviewBelow(top_p5=80)}, 80),
        ({"review": ReviewBelow(top_p1=65)}, 65),
        ({"checks": {"vmaf-top-p1": "warn"}}, None),
        ({"checks": {"vmaf-top-*": "review"}}, 60),
        ({"top_p1": None, "top_worst_window": 66}, None),
        ({"top_p1": None, "top_worst_window": 67}, 67),
        ({"top_p1": None, "review": ReviewBelow(top_worst_window=70)}, 70),
        ({"top_p1": None, "rungs": (RungClass(p5=90),)}, None),  # classes are not mended
    ],
)
def test_the_highest_threshold_that_is_missed_is_what_scenes_are_to_reach(
    asked: dict[str, Any], least: float | None
) -> None:
    assert missed_threshold(QcPolicy(**asked), STATS) == least


def test_an_older_part_misses_no_threshold_of_what_it_was_not_measured_for() -> None:
    asked = QcPolicy(top_p1=None, top_worst_window=99)
    assert missed_threshold(asked, replace(STATS, worst_window=None)) is None


def test_a_title_that_fails_for_something_else_is_not_mended_by_bits() -> None:
    def check(rule: str, outcome: Any) -> Check:
        return Check(rule, "", outcome, "", "")

    assert not rejected_anyway([check("vmaf-top-p1", "fail"), check("black", "review")])
    assert rejected_anyway([check("vmaf-top-p1", "fail"), check("apple-8.2", "fail")])
    assert rejected_anyway([check("vmaf-complete", "fail")])
    assert not rejected_anyway([check("vmaf-top-worst-window", "fail")])
    assert rejected_anyway([check("vmaf-rung-hd", "fail")])


@pytest.mark.parametrize(
    ("low", "stride", "cuts_s", "scenes"),
    [
        (range(96, 144), 1, (), [(96, 48)]),  # just the GOPs that hold low frames
        (range(100, 101), 1, (), [(96, 24)]),
        (range(90, 100), 1, (), [(72, 48)]),
        ([*range(24), *range(230, 240)], 1, (), [(0, 24), (216, 24)]),
        # Of every 40th frame: up to the good ones beside those that are low, or to cuts.
        (range(80, 81), 40, (), [(24, 96)]),
        (range(80, 121), 40, (3.0, 6.0), [(72, 72)]),
        (range(160, 201), 40, (), [(120, 120)]),  # 200 is the last: up to the end
        (range(100), 1, (), [(0, 120)]),  # half of it
        (range(121), 1, (), []),  # more than half: it wants another ladder
        (range(0), 1, (), []),
    ],
)
def test_low_frames_speak_for_whole_gops_around_them(
    low: Any, stride: int, cuts_s: tuple[float, ...], scenes: list[tuple[int, int]]
) -> None:
    found = low_scenes(RUNG, scored(low, stride=stride), 240, cuts_s, 60.0)
    assert found == tuple(LowScene(start, frames, 50.0) for start, frames in scenes)


def test_a_lone_frame_does_not_decide_how_low_a_scene_is() -> None:
    rows = [*scored(range(96, 116))]
    rows[100] = replace(rows[100], vmaf=3.0)
    assert low_scenes(RUNG, in_columns(rows), 240, (), 60.0) == (LowScene(96, 24, 50.0),)


@pytest.mark.parametrize(
    ("missing", "bps", "new"),
    [
        (6.0, 250_000, 26.0),
        (0.5, 250_000, 29.0),  # one at least
        (60.0, 100_000, 18.0),  # twelve at most
        (60.0, 1_000_000, 24.0),  # the cap has room for twice the bits
        (60.0, 1_800_000, None),
        (60.0, 2_500_000, None),
    ],
)
def test_a_scene_gets_more_bits_as_far_as_its_cap_lets_it(
    missing: float, bps: float, new: float | None
) -> None:
    assert crf_with_more_bits(RUNG, 30, missing, bps) == new


def test_av1_whose_steps_are_smaller_takes_twice_as_many_for_as_much() -> None:
    av1 = replace(RUNG, codec="av1")
    found = [crf_with_more_bits(av1, 50, missing, 100_000) for missing in (0.5, 6.0, 60.0)]
    assert found == [48.0, 42.0, 26.0]
    assert crf_with_more_bits(av1, 20, 60.0, 100_000) == 8.0  # none is lower


def test_only_scenes_below_the_threshold_are_encoded_again_then_joined_anew() -> None:
    dip = rendition(scored(range(96, 144)))
    found = planned(verifying(), rendition(scored(range(240)), LOWER), dip)
    assert found is not None
    patch = Patch(Chunk(2, 96, 48, 40), Fraction(4), Fraction(6), 30, 22.75, 50.0)
    repair = Repair(dip.scores.vmaf.harmonic_mean, 50.0, 50.0, 50.0, (patch,))
    [step] = found.steps
    assert (step.key, step.inputs) == (f"encode:{RUNG.name}:repair:2", ("ingest",))
    assert step.label == "encode h264 360p-2000k from 4.0 s again at CRF 22.75"
    assert step.work
    assert step.size.cores > 0
    [params] = encodes(found)
    assert (params.chunk, params.rungs) == (patch.chunk, (replace(RUNG, crf=22.75),))
    assert found.changes == (
        ChangedStep(
            f"stitch:{RUNG.name}",
            {"repairs": [to_json(repair)]},
            (f"encode:{RUNG.name}:repair:2#{RUNG.name}",),
        ),
    )
    [news] = found.news
    told = {"start_s": 4.0, "end_s": 6.0, "low": 50.0, "crf": 30, "new_crf": 22.75}
    assert (news.type, news.data["name"]) == ("rendition.repaired", RUNG.name)
    assert (news.data["vmaf"]["p1"], news.data["patches"]) == (50.0, [told])
    again = rendition(scored(range(96, 120), 58.0), repairs=(repair,))
    assert planned(verifying(), rendition(scored(range(0)), LOWER), again) is None
    twice = verifying(ONLY_P1.model_copy(update={"repair": 2}))
    second = planned(twice, rendition(scored(range(0)), LOWER), again)
    [params] = encodes(second)
    assert (params.chunk, params.rungs[0].crf) == (Chunk(3, 96, 24, 40), 20.75)
    assert second is not None
    assert len(second.changes[0].params["repairs"]) == 2


def test_nothing_is_encoded_again_where_that_does_not_help() -> None:
    fine, dip = rendition(scored(range(0)), LOWER), rendition(scored(range(96, 144)))
    assert planned(verifying(), fine, dip) is not None
    for params in (
        verifying(ONLY_P1.model_copy(update={"repair": 0})),
        verifying(chunks=0),  # planned by an older version
        verifying(instreams=("CC1",)),
        verifying(timeline=None, treatment=None),
    ):
        assert planned(params, fine, dip) is None
    assert planned(verifying(), fine) is None  # without scores nobody knows
    assert planned(verifying(), fine, rendition(scored(range(0)))) is None
    starved_by_its_cap = replace(dip, segments=[480_000] * 5)
    assert planned(verifying(), fine, starved_by_its_cap) is None


def test_the_best_rung_of_every_codec_has_to_come_right() -> None:
    hevc = replace(RUNG, name="hevc-360p-1500k", codec="hevc", crf=28)
    both = verifying(ladder=Ladder("mine", (LOWER, RUNG, hevc), (), Fraction(2)))
    dip, bad = scored(range(96, 144)), scored(range(240))
    made = planned(both, rendition(dip), rendition(dip, hevc))
    assert [each.rungs[0].codec for each in encodes(made)] == ["h264", "hevc"]
    [one] = encodes(planned(both, rendition(scored(range(0))), rendition(dip, hevc)))
    assert one.rungs[0].name == hevc.name
    assert planned(both, rendition(bad), rendition(dip, hevc)) is None


def test_a_patch_is_made_as_the_rest_of_its_rendition_was() -> None:
    dip = scored(range(96, 144))
    share = DeviceShare("nvenc", (LOWER.name, RUNG.name), "nv12")
    params = verifying(share=share, burn_in="text:en")
    [there] = encodes(planned(params, rendition(dip, device="nvenc-0")))
    assert there.share == replace(share, rungs=(RUNG.name,))
    assert there.burn_in
    [here] = encodes(planned(params, rendition(dip)))  # it fell back to the processor
    assert here.share is None
    missed = Missed(predicted=95.0, measured=90.0, crf=30, corrected_crf=26)
    [corrected] = encodes(planned(params, rendition(dip, missed=missed)))
    assert (corrected.missed, corrected.rungs[0].crf) == (missed, 18.75)
