"""Ladders at the edges: GOPs, sizes, cuts and tails that just fit."""

from __future__ import annotations

from fractions import Fraction

import pytest

from farm.ladder import Ladder, Timeline, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from ladders.chunks import find_cuts, make_chunks
from ladders.fit import fit_ladder
from ladders.gop import frames_at, gop_frames, segment_s
from ladders.size import Size, fit_into, scale_into


def test_offers_are_taken_by_their_pixels_then_by_their_caps() -> None:
    offers = [(640, 360, 900_000), (360, 640, 800_000), (480, 480, 700_000), (1280, 100, 600_000)]
    policy = LadderPolicy(
        name="odd",
        rungs=tuple(
            PolicyRung(width=width, height=height, max_bps=bps, crf=23)
            for width, height, bps in offers
        ),
    )
    square = Treatment(0, Fraction(25), False, False, 2000, 2000)
    ladder = fit_ladder(policy, square)
    assert [(rung.width, rung.max_bps) for rung in ladder.rungs][:1] == [(100, 600_000)]
    assert sorted(rung.max_bps for rung in ladder.rungs) == [r.max_bps for r in ladder.rungs]


def fitted(boxes: list[tuple[int, int]], width: int, height: int, fps: str = "25") -> Ladder:
    """Return the ladder of a source and a policy whose rungs have caps of 1, 2 ... Mbit/s."""
    rungs = tuple(
        PolicyRung(width=w, height=h, max_bps=n * 1_000_000, crf=23, half_rate=True)
        for n, (w, h) in enumerate(boxes, 1)
    )
    source = Treatment(0, Fraction(fps), False, False, width, height)
    return fit_ladder(LadderPolicy(name="edge", rungs=rungs), source)


@pytest.mark.parametrize(
    ("box", "cap_bps"),
    [
        ((1020, 510), 2_000_000),  # two per cent larger than the source: as good as its size
        ((1022, 511), 1_936_000),  # 2 Mbit/s * (1000 * 500 / (1022 * 511))^0.75
    ],
)
def test_a_box_two_per_cent_larger_than_the_source_still_fits(
    box: tuple[int, int], cap_bps: int
) -> None:
    best = fitted([(500, 250), box], 1000, 500).rungs[-1]
    assert (best.width, best.height, best.max_bps) == (1000, 500, cap_bps)


@pytest.mark.parametrize(("long", "best"), [(1100, 1000), (1102, 1102)])
def test_a_source_more_than_ten_per_cent_larger_gets_a_rung_of_its_own(
    long: int, best: int
) -> None:
    assert fitted([(1000, 500), (2000, 1000)], long, 550).rungs[-1].width == best


def test_a_rung_has_sixteen_rows_at_least_unless_the_source_has_fewer() -> None:
    wide = fitted([(140, 140), (160, 160), (1000, 1000)], 1000, 100)
    assert [(rung.width, rung.height) for rung in wide.rungs] == [(160, 16), (1000, 100)]
    assert [each.reason for each in wide.rejected] == [
        "a 1000x100 picture would be too thin to see"
    ]
    assert len(fitted([(500, 500), (1000, 1000)], 500, 14).rungs) == 1


def test_a_cap_is_never_below_24_kbit() -> None:
    assert fitted([(640, 360)], 2, 2).rungs[0].max_bps == 24_000


@pytest.mark.parametrize(("fps", "rung_fps"), [("30", "30"), ("30.5", "15.25"), ("31", "15.5")])
def test_rates_above_30_are_halved_in_rungs_that_ask_for_it(fps: str, rung_fps: str) -> None:
    assert {rung.fps for rung in fitted([(640, 360)], 640, 360, fps).rungs} == {Fraction(rung_fps)}


def test_a_gop_is_whole_frames_even_where_rungs_are_halved() -> None:
    film = Fraction(24000, 1001)
    assert [gop_frames(film, 2, halved=halved) for halved in (False, True)] == [48, 48]
    assert [gop_frames(Fraction(25), 1, halved=halved) for halved in (False, True)] == [25, 24]
    assert [gop_frames(Fraction(1, 10), 1, halved=halved) for halved in (False, True)] == [1, 2]
    assert gop_frames(Fraction(30), 1 / 3, halved=False) == 10
    assert segment_s(film, 48, 3) == Fraction(6006, 1000)


def test_a_half_rate_rung_shows_the_last_frame_of_an_odd_number() -> None:
    assert [frames_at(n, Fraction(50), Fraction(25)) for n in (1, 2, 3, 100)] == [1, 1, 2, 50]
    with pytest.raises(ValueError, match="a rung of 24 fps does not divide a timeline of 50 fps"):
        frames_at(1, Fraction(50), Fraction(24))


def test_a_picture_fits_its_box_evenly_and_is_never_upscaled() -> None:
    assert fit_into(Size(1920, 1080), Size(640, 360)) == Size(640, 360)
    assert fit_into(Size(1920, 800), Size(640, 360)) == Size(640, 266)
    assert fit_into(Size(321, 181), Size(640, 360)) == Size(320, 180)
    assert fit_into(Size(1, 1), Size(640, 360)) == Size(2, 2)
    assert fit_into(Size(5000, 10), Size(500, 500)) == Size(500, 2)
    assert scale_into(Size(1920, 1080), Size(960, 1080)) == Fraction(1, 2)
    assert (Size(3, 5).even, Size(1, 1).even, Size(4, 6).even) == (
        Size(2, 4),
        Size(2, 2),
        Size(4, 6),
    )
    assert Size(640, 360).turned_like(Size(1, 2)) == Size(360, 640)
    assert Size(360, 640).turned_like(Size(2, 2)) == Size(640, 360)
    assert (str(Size(3, 5)), Size(3, 5).pixels, Size(3, 5).short, Size(3, 5).long) == (
        "3x5",
        15,
        3,
        5,
    )


@pytest.mark.parametrize(
    ("segments", "slots", "cuts"),
    [
        (7, 1, (0,)),
        (3, 2, (0,)),  # a chunk has two segments at least
        (4, 2, (0, 2)),
        (7, 2, (0, 4)),
        (8, 2, (0, 2, 4, 6)),
        (20, 2, (0, 6, 12, 14, 16, 18)),
    ],
)
def test_a_title_is_cut_in_equal_chunks_or_in_ever_smaller_ones(
    segments: int, slots: int, cuts: tuple[int, ...]
) -> None:
    timeline = Timeline(Fraction(25), segments * 100)
    assert find_cuts(timeline, 100, slots).segments == cuts


@pytest.mark.parametrize(
    ("cut_s", "first"),
    [
        ((), 12),
        ((52.0,), 13),  # a segment after the ideal one
        ((52.04,), 13),  # a frame off
        ((52.08,), 12),
        ((56.0,), 12),  # beyond its reach, an eighth of a chunk
        ((52.0, 44.0), 11),  # both as near: the first
    ],
)
def test_a_seam_hides_behind_a_scene_cut_within_reach(cut_s: tuple[float, ...], first: int) -> None:
    assert find_cuts(Timeline(Fraction(25), 4000), 100, 2, cut_s).segments[1] == first


def test_tails_are_even_and_end_with_the_title() -> None:
    def tails(fps: float, frames: int) -> list[int]:
        cuts = find_cuts(Timeline(Fraction(fps), frames), 100, 2)
        return [c.tail_frames for c in make_chunks(Timeline(Fraction(fps), frames), 100, cuts)]

    assert tails(25, 425) == [40, 0]
    assert tails(60, 425) == [80, 0]
    assert tails(10, 425) == [20, 0]
    assert tails(7.5, 425) == [16, 0]  # two seconds are 15 frames
