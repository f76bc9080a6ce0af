"""Fitting a policy to a source: sizes, rates, names and reasons."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.errors import InvalidSpec
from farm.ladder import Ladder, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from ladders.fit import NEARLY, fit_ladder
from ladders.load import load_policy
from ladders.size import Size, fit_into, scale_into

APPLE = load_policy("apple-h264")
RATES = (*(Fraction(f * 1000, 1001) for f in (24, 30, 60)), *map(Fraction, (12, 24, 25, 50, 60)))
sides = st.integers(1, 8192)
rates = st.sampled_from(RATES)
policies = st.builds(
    LadderPolicy,
    name=st.just("any"),
    gop_s=st.sampled_from((0.5, 1.0, 2.0, 3.3)),
    segment_gops=st.integers(1, 4),
    rungs=st.lists(
        st.builds(
            PolicyRung,
            width=st.integers(64, 8192),
            height=st.integers(64, 8192),
            max_bps=st.integers(10_000, 50_000_000),
            crf=st.integers(10, 40),
            half_rate=st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ).map(tuple),
)


def treatment(width: int, height: int, fps: Fraction = Fraction(24)) -> Treatment:
    return Treatment(0, fps, False, False, width, height)


def fitted(width: int, height: int, fps: Fraction = Fraction(24)) -> Ladder:
    return fit_ladder(APPLE, treatment(width, height, fps))


def names(ladder: Ladder) -> list[str]:
    return [rung.name for rung in ladder.rungs]


def test_a_1080p_source_gets_every_rung_of_apple() -> None:
    ladder = fitted(1920, 1080)
    assert names(ladder) == [
        "h264-234p-145k",
        "h264-360p-365k",
        "h264-432p-730k",
        "h264-432p-1100k",
        "h264-540p-2000k",
        "h264-720p-3000k",
        "h264-720p-4500k",
        "h264-1080p-6000k",
        "h264-1080p-7800k",
    ]
    assert ladder.rejected == ()
    assert ladder.segment_s == 6
    assert {rung.gop_frames for rung in ladder.rungs} == {48}
    assert ladder.rungs[0].reason == "fits 416x234"
    assert ladder.rungs[-1].reason == "the source's own size"


def test_a_480p_source_keeps_its_own_size_as_the_best_rung() -> None:
    ladder = fitted(854, 480)
    assert [(r.name, r.width, r.height, r.max_bps, r.crf) for r in ladder.rungs][-2:] == [
        ("h264-432p-1100k", 768, 432, 1_100_000, 22),
        ("h264-480p-1678k", 854, 480, 1_678_000, 22),
    ]
    assert ladder.rungs[-1].reason == (
        "the source's own size: 960x540 would be upscaled, so the cap follows the pixels"
    )
    assert [(r.name, r.reason) for r in ladder.rejected] == [
        (f"h264-{rung}", "larger than the source, 854x480")
        for rung in ("720p-3000k", "720p-4500k", "1080p-6000k", "1080p-7800k")
    ]


def test_a_source_hardly_larger_than_a_rung_gets_no_rung_of_its_own() -> None:
    assert names(fitted(1400, 788))[-1] == "h264-720p-4500k"
    assert names(fitted(1424, 800))[-1] == "h264-800p-4500k"


def test_a_source_a_hair_smaller_than_a_rung_counts_as_its_size() -> None:
    assert [(r.name, r.width, r.height) for r in fitted(1918, 1078).rungs][-2:] == [
        ("h264-1078p-6000k", 1918, 1078),
        ("h264-1078p-7800k", 1918, 1078),
    ]


def test_a_portrait_source_stands_in_every_box() -> None:
    ladder = fitted(1080, 1920)
    assert [(r.name, r.width, r.height) for r in ladder.rungs][::4] == [
        ("h264-234p-145k", 234, 416),
        ("h264-540p-2000k", 540, 960),
        ("h264-1080p-7800k", 1080, 1920),
    ]


def test_wide_film_fills_the_width_of_every_box() -> None:
    assert [(r.name, r.width, r.height) for r in fitted(3840, 1600).rungs][4:6] == [
        ("h264-400p-2000k", 960, 400),
        ("h264-534p-3000k", 1280, 534),
    ]


def test_small_rungs_of_a_60_fps_source_run_at_half_rate_on_the_same_segments() -> None:
    ladder = fitted(1280, 720, Fraction(60000, 1001))
    assert [(r.height, r.fps, r.gop_frames) for r in ladder.rungs] == [
        *((h, Fraction(30000, 1001), 60) for h in (234, 360, 432, 432)),
        *((h, Fraction(60000, 1001), 120) for h in (540, 720, 720)),
    ]
    assert ladder.rungs[0].reason == (
        "fits 416x234; half of 59.9401 fps, as the ladder asks for small pictures"
    )
    assert ladder.segment_s == Fraction(3003, 500)


def test_30_fps_is_not_halved() -> None:
    assert {rung.fps for rung in fitted(1280, 720, Fraction(30)).rungs} == {Fraction(30)}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (100, 100, [("h264-100p-41k", 100, 100)]),
        (1, 1, [("h264-2p-24k", 2, 2)]),
        (3, 640, [("h264-2p-145k", 2, 416), ("h264-2p-365k", 2, 640)]),
        (4000, 20, [("h264-10p-7800k", 1920, 10)]),
    ],
)
def test_a_source_no_rung_suits_still_gets_one(
    width: int, height: int, expected: list[tuple[str, int, int]]
) -> None:
    assert [(r.name, r.width, r.height) for r in fitted(width, height).rungs] == expected


def test_rungs_that_come_out_alike_are_told_apart_or_rejected() -> None:
    wide = {"width": 640, "max_bps": 500_000}
    policy = LadderPolicy(
        name="alike",
        rungs=(
            PolicyRung(height=360, crf=23, **wide),
            PolicyRung(height=640, crf=21, **wide),
            PolicyRung(height=360, crf=23, half_rate=True, **wide),
        ),
    )
    ladder = fit_ladder(policy, treatment(1280, 720, Fraction(50)))
    assert [(r.name, r.fps) for r in ladder.rungs] == [
        ("h264-360p-500k", Fraction(25)),
        ("h264-360p-500k-2", Fraction(50)),
    ]
    assert [(r.name, r.reason) for r in ladder.rejected] == [
        ("h264-360p-500k", "the same size, frame rate and cap as h264-360p-500k")
    ]


def test_a_source_below_every_rung_takes_after_the_smallest_whatever_the_shapes() -> None:
    offers = [(480, 480, 900_000), (800, 200, 500_000)]
    rungs = tuple(PolicyRung(width=w, height=h, max_bps=bps, crf=24) for w, h, bps in offers)
    ladder = fit_ladder(LadderPolicy(name="mixed", rungs=rungs), treatment(300, 100))
    assert names(ladder) == ["h264-100p-177k"]  # of 500 kbit/s for 160,000 pixels
    assert ladder.rungs[0].reason.startswith("the source's own size: 800x200 would be upscaled")


def test_the_buffer_holds_one_and_a_half_seconds_of_the_cap() -> None:
    assert [r.buffer_bits for r in fitted(640, 360).rungs] == [217_500, 547_500]


def test_a_codec_the_policy_does_not_offer_is_refused() -> None:
    with pytest.raises(InvalidSpec) as caught:
        fit_ladder(APPLE, treatment(640, 360), ("hevc",))
    assert caught.value.message == (
        "ladder apple-h264 has no hevc rung, only h264: take a ladder that has one (the preset all"
        " has every codec), add one or drop hevc"
    )


@given(sides, sides, sides, sides)
def test_a_fitted_picture_is_even_in_its_box_and_within_a_pixel_of_its_shape(
    width: int, height: int, box_width: int, box_height: int
) -> None:
    picture, box = Size(width, height), Size(max(2, box_width), max(2, box_height))
    scale = min(scale_into(picture, box), Fraction(1))
    size = fit_into(picture, box)
    for side, exact, limit in (
        (size.width, width * scale, min(width, box.width)),
        (size.height, height * scale, min(height, box.height)),
    ):
        assert side % 2 == 0
        assert side == 2 or (side <= limit and abs(side - exact) <= 1)


@given(policies, sides, sides, rates)
def test_no_ladder_upscales_doubles_or_misaligns(
    policy: LadderPolicy, width: int, height: int, fps: Fraction
) -> None:
    ladder = fit_ladder(policy, treatment(width, height, fps))
    assert ladder.rungs
    assert len({rung.name for rung in ladder.rungs}) == len(ladder.rungs)
    assert [r.max_bps for r in ladder.rungs] == sorted(r.max_bps for r in ladder.rungs)
    assert len({(r.width, r.height, r.fps, r.max_bps) for r in ladder.rungs}) == len(ladder.rungs)
    assert len(ladder.rungs) + len(ladder.rejected) == len(policy.rungs)
    for rung in ladder.rungs:
        assert rung.reason
        assert rung.width <= max(2, width)
        assert rung.height <= max(2, height)
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.fps in (fps, fps / 2)
        # A segment is a whole number of GOPs in every rung.
        assert ladder.segment_s * rung.fps == rung.gop_frames * policy.segment_gops
    for rejected in ladder.rejected:
        assert rejected.reason


@given(sides, sides)
def test_what_is_rejected_as_larger_than_the_source_really_is(width: int, height: int) -> None:
    picture = Size(width, height)
    for rejected in fitted(width, height).rejected:
        if rejected.reason.startswith("larger than the source"):
            assert scale_into(picture, Size(rejected.width, rejected.height)) > NEARLY
