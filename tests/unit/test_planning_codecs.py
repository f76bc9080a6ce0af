"""What is planned for several codecs: one decode a chunk, scores before manifests, and sizes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.errors import InvalidSpec
from farm.ladder import Rung, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import SourceItem
from farm.plan import part_of
from farm.serial import from_json
from farm.spec import CaptionsSpec
from ladders.chunks import Cuts
from ladders.load import load_policy
from planning.effort import encode_times, spread_share
from planning.encode_size import encode_size
from planning.params import EncodeParams
from planning.pictures import scores_of
from planning.title import TitlePlan, cut_title, plan_title
from planning.work import step_work
from tests.unit import titles
from tests.unit.titles import analysis, media, spec
from workers.steps.stitch import chunk_references

THREE = LadderPolicy(
    name="three",
    codecs=("h264", "hevc", "av1"),
    rungs=tuple(
        PolicyRung(codec=codec, width=640, height=360, max_bps=900_000, crf=30)
        for codec in ("h264", "hevc", "av1")
    ),
)
NAMES = ("h264-360p-900k", "hevc-360p-900k", "av1-360p-900k")
SOUND = load_policy("audio-only")


def planned(policy: LadderPolicy = THREE, **changes: object) -> TitlePlan:
    return plan_title(spec(**changes), policy, (), media(), analysis(), cuts=Cuts((0, 2)))


def test_a_chunk_is_one_step_for_all_codecs_and_a_rendition_takes_its_own_part() -> None:
    steps = {step.key: step for step in planned().steps}
    assert [key for key in steps if key.startswith("encode")] == ["encode:0", "encode:1"]
    assert steps["encode:1"].label == "encode h264, hevc and av1 2/2"
    rungs = from_json(EncodeParams, steps["encode:0"].params).rungs
    assert sorted(rung.name for rung in rungs) == sorted(NAMES)
    for name in NAMES:
        assert steps[f"stitch:{name}"].inputs == (f"encode:0#{name}", f"encode:1#{name}")


def test_manifests_of_several_codecs_wait_for_the_scores() -> None:
    steps = {step.key: step for step in planned().steps}
    measures = [key for key in steps if key.startswith("measure")]
    of_rungs = scores_of([steps[key] for key in measures])
    assert len(measures) == 3
    assert sorted(part_of(each) for each in of_rungs) == sorted(NAMES)
    assert set(of_rungs) <= set(steps["package"].inputs)
    assert {steps[key].after for key in measures} == {()}
    assert set(steps["verify"].inputs) >= {"package", *of_rungs}


def test_those_of_one_codec_do_not() -> None:
    one = plan_title(spec(), THREE, ("av1",), media(), analysis(), cuts=Cuts((0,)))
    steps = {step.key: step for step in one.steps}
    assert not [each for each in steps["package"].inputs if each.startswith("measure")]
    assert steps["measure:0"].after == ("package",)
    assert steps["encode:0"].label == "encode av1 1/1"


def test_pictures_too_small_to_score_are_packaged_without_scores() -> None:
    tiny = replace(titles.VIDEO, width=16, height=16, display_width=16, display_height=16)
    made = plan_title(spec(), THREE, (), media(video=(tiny,)), analysis(), cuts=Cuts((0,)))
    assert not [step for step in made.steps if step.kind == "measure"]


def test_sound_alone_is_made_of_a_source_with_pictures_and_it_is_said() -> None:
    held = media(items=(SourceItem("video", 0, "h264"), SourceItem("audio", 1, "aac")))
    made = plan_title(spec(), SOUND, (), held, analysis(), cuts=Cuts())
    kinds = {step.kind for step in made.steps}
    assert kinds == {"audio", "chapters", "package", "verify", "publish"}
    assert made.ladder.rungs == ()
    rates = [step.params["bps"] for step in made.steps if step.kind == "audio"]
    assert rates == [64_000, 96_000, 160_000]
    assert [(remark.streams, remark.reason) for remark in made.ladder.remarks] == [
        ((0,), "the ladder makes sound alone")
    ]
    cuts = cut_title(SOUND, (), media(), analysis(), lambda _: 4)
    assert cuts == Cuts()


def test_what_sound_alone_cannot_do_is_refused() -> None:
    with pytest.raises(
        InvalidSpec, match="ladder audio-only makes sound alone, and the source has"
    ):
        plan_title(spec(), SOUND, (), media(audio=()), analysis(), cuts=Cuts())
    with pytest.raises(InvalidSpec, match="--captions passthrough: ladder audio-only makes no"):
        planned(SOUND, captions=CaptionsSpec(mode="passthrough"))


def test_chunks_are_found_in_rows_of_this_version_and_of_the_one_before() -> None:
    assert chunk_references(["encode:10#a", "encode:2#a", "encode:0#a"]) == {
        **{0: "encode:0#a", 2: "encode:2#a", 10: "encode:10#a"}
    }
    assert list(chunk_references(["encode:10#a", "encode:2#a"])) == [2, 10]
    assert chunk_references(["encode:h264:1#a", "encode:h264:0#a"]) == {
        **{0: "encode:h264:0#a", 1: "encode:h264:1#a"}
    }


def a_rung(codec: str, preset: str, width: int = 1920, height: int = 1080) -> Rung:
    made = Rung("r", "h264", width, height, Fraction(24), 48, preset, 23, 10**6, 10**6, "")
    return replace(made, codec=codec, bit_depth=8 if codec == "h264" else 10)  # type: ignore[arg-type]


FULL_HD = Treatment(0, Fraction(24), False, False, 1920, 1080)


@pytest.mark.parametrize(
    ("codec", "preset", "measured_mib"),
    [("hevc", "medium", 1070), ("av1", "8", 736), ("av1", "6", 1301), ("av1", "4", 1545)],
)
def test_the_memory_of_hevc_and_av1_is_not_below_what_was_measured(
    codec: str, preset: str, measured_mib: int
) -> None:
    """Of one rung of 1080p with as many threads as it is granted cores for."""
    found = encode_size([a_rung(codec, preset)], FULL_HD).memory_bytes / (1 << 20)
    assert 1 <= found / measured_mib < 1.7


def test_several_codecs_take_what_each_takes() -> None:
    each = [a_rung("h264", "medium"), a_rung("hevc", "medium"), a_rung("av1", "7")]
    alone = [encode_size([rung], FULL_HD) for rung in each]
    together = encode_size(each, FULL_HD)
    assert together.memory_bytes > sum(size.memory_bytes for size in alone) * 0.8
    assert max(size.cores for size in alone) < together.cores <= sum(s.cores for s in alone)


@pytest.mark.parametrize(
    ("codec", "presets"),
    [
        ("h264", ("ultrafast", "veryfast", "medium", "slow", "slower")),
        ("hevc", ("ultrafast", "veryfast", "medium", "slow", "slower")),
        ("av1", ("13", "10", "8", "7", "6", "4", "0")),
    ],
)
def test_a_slower_preset_of_each_codec_takes_longer_and_no_fewer_threads(
    codec: str, presets: tuple[str, ...]
) -> None:
    times = [encode_times(a_rung(codec, preset)) for preset in presets]
    assert times == sorted(set(times))
    shares = [spread_share(a_rung(codec, preset)) for preset in presets]
    assert shares == sorted(shares)
    assert max(shares) == 1


def test_work_is_that_of_every_codec() -> None:
    steps = {step.key: step for step in planned().steps}
    params = steps["encode:0"].params
    one = {**params, "rungs": [r for r in params["rungs"] if r["codec"] == "h264"]}
    both = (step_work("encode", params) or 0.0, step_work("encode", one) or 0.0)
    assert both[0] > 2.5 * both[1]
