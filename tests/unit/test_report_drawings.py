"""The drawings to the pixel: axes, margins, ticks, and what is too small to be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from farm.facts import ChapterList, Packaged
from farm.found import Span
from farm.spec import QcPolicy
from qc.report import ReportData
from qc.report.axes import Axis, Tick, time_ticks, vmaf_ticks
from qc.report.drawing import draw_quality, line
from qc.report.quality import floor_of, quality_data
from qc.report.rate import RateDrawing, draw_rates
from tests.unit import titles
from tests.unit.reported import LOW, TOP, a_track, evidence, frames, report_data, scores

# What people count time in: 1, 2, 5, 10, 15 and 30 seconds, minutes, and then hours.
ROUND_S = (1, 2, 5, 10, 15, 30, 60, 2 * 60, 5 * 60, 10 * 60, 15 * 60, 30 * 60, 3600, 7200)


def scored(low: Callable[[int], float], top: Callable[[int], float], count: int) -> ReportData:
    """Return a title of five frames a second in which nothing happens, with these scores."""
    known = evidence(
        analysis=titles.analysis(duration_s=Fraction(count, 5)),
        scores=(scores(LOW, low, count), scores(TOP, top, count)),
        chapters=ChapterList((), ()),
    )
    return report_data(known=known, scored={LOW: frames(low, count), TOP: frames(top, count)})


def rates(low_bps: int, top_bps: int, of: ReportData | None = None) -> RateDrawing:
    tracks = (a_track(LOW, low_bps), a_track(TOP, top_bps))
    packaged = Packaged("master.m3u8", "manifest.mpd", tracks)
    drawing = draw_rates(replace(of or report_data(), packaged=packaged))
    assert drawing is not None
    return drawing


def test_an_axis_maps_its_ends_and_what_lies_between_also_backwards() -> None:
    assert [Axis(10, 20, 100, 300).at(value) for value in (10, 12.5, 20)] == [100, 150, 300]
    assert [Axis(10, 20, 300, 100).at(value) for value in (10, 12.5, 20)] == [300, 250, 100]


@pytest.mark.parametrize(("step_s", "next_s"), [*pairwise(ROUND_S)])
def test_times_have_the_finest_round_step_that_leaves_ten_ticks(step_s: int, next_s: int) -> None:
    def seconds(duration_s: int) -> list[int]:
        return [tick.at_px for tick in time_ticks(Axis(0, duration_s, 0, duration_s))]

    most_s = 9 * step_s
    assert seconds(most_s) == [n * step_s for n in range(10)]
    assert seconds(most_s + 1)[:2] == [0, next_s]


def test_beyond_round_steps_a_title_is_cut_in_nine() -> None:
    ends_s = 9 * ROUND_S[-1]
    assert [tick.at_px for tick in time_ticks(Axis(0, ends_s, 0, ends_s))][1] == 7200
    assert [tick.at_px for tick in time_ticks(Axis(0, ends_s + 9, 0, ends_s + 9))][1] == 7201


def test_seventy_points_of_vmaf_are_told_in_tens_and_more_in_twenties() -> None:
    def labels(low: int) -> list[str]:
        return [tick.label for tick in vmaf_ticks(Axis(low, 101, 0, 0))]

    assert labels(31) == ["40", "50", "60", "70", "80", "90", "100"]
    assert labels(30) == ["40", "60", "80", "100"]


def test_the_rate_figure_has_these_margins() -> None:
    seen = rates(100_000, 400_000)
    assert (seen.width_px, seen.height_px) == (720, 380)
    assert (seen.left_px, seen.right_px, seen.top_px, seen.bottom_px) == (44, 696, 24, 336)
    assert seen.scores == [
        *(Tick(336, "0"), Tick(274, "20"), Tick(211, "40")),
        *(Tick(149, "60"), Tick(86, "80"), Tick(24, "100")),
    ]
    # A quarter beyond either rate: ln 1.25 of ln 6.25 from each margin.
    assert [point.x_px for point in seen.points] == [123, 617]
    assert seen.path.startswith(f"M123 {seen.points[0].y_px}l494 ")


def test_rates_are_told_at_one_two_and_five_of_every_power_of_ten() -> None:
    assert [tick.label for tick in rates(9000, 500_000_000).rates] == [
        *("10 kbit/s", "20 kbit/s", "50 kbit/s", "100 kbit/s", "200 kbit/s", "500 kbit/s"),
        *("1 Mbit/s", "2 Mbit/s", "5 Mbit/s", "10 Mbit/s", "20 Mbit/s", "50 Mbit/s"),
        *("100 Mbit/s", "200 Mbit/s", "500 Mbit/s"),
    ]
    at_both_ends = rates(12_500, 400_000).rates
    assert (at_both_ends[0], at_both_ends[-1]) == (Tick(44, "10 kbit/s"), Tick(696, "500 kbit/s"))


def test_from_a_rungs_mean_a_line_leads_down_to_its_bad_frames_never_up() -> None:
    # Of the low rung every twentieth frame has a VMAF of 25; of the top one a few have none at all,
    # which pulls the harmonic mean below the fifth percentile.
    given = scored(lambda n: 25.0 if n < 10 else 75.0, lambda n: 0.0 if n < 8 else 75.0, 200)
    low, top = rates(100_000, 400_000, given).points
    assert (low.low_px, low.y_px < low.low_px) == (258, True)
    assert top.low_px == top.y_px


def test_a_rung_without_a_rate_leaves_the_others_their_places() -> None:
    packaged = Packaged("master.m3u8", "manifest.mpd", (a_track(TOP, 800_000),))
    drawing = draw_rates(replace(report_data(), packaged=packaged))
    assert drawing is not None
    assert [(point.place, point.label) for point in drawing.points] == [(1, "360p")]


def test_quality_over_time_is_drawn_on_these_axes() -> None:
    dip = scored(lambda _: 60.0, lambda n: 79.0 if n == 10 else 95.0, 200)
    seen = draw_quality(dip)
    assert (seen.width_px, seen.height_px) == (1200, 332 + 24)  # no lanes below the curves
    assert seen.times == [Tick(84 + 136 * n, f"0:{5 * n:02}") for n in range(9)]
    assert (seen.scores[0], seen.scores[-1]) == (Tick(310, "60"), Tick(19, "100"))
    assert seen.thresholds == [
        *(Tick(165, "h. mean 80"), Tick(237, "p5 70"), Tick(310, "p1 60")),
    ]
    assert seen.moments == [(138, 172)]
    assert [curve.path[:8] for curve in seen.curves] == ["M84 310l", "M84 56l5"]


def test_a_threshold_on_the_axis_or_below_it_is_not_drawn() -> None:
    given = report_data(QcPolicy(top_harmonic_mean=47.5, top_p5=47.0, top_p1=46.5))
    assert floor_of(given) == 47
    assert [tick.label for tick in draw_quality(given).thresholds] == ["h. mean 47.5"]


def test_a_stretch_too_short_for_a_pixel_has_one() -> None:
    seen = titles.analysis(black=(Span(10, 10.001), Span(20, 20.1)))
    (lane,) = (
        lane
        for lane in draw_quality(report_data(known=evidence(analysis=seen))).lanes
        if lane.name == "black"
    )
    assert lane.path == f"M356 {lane.middle_px}h1M628 {lane.middle_px}h3"


@pytest.mark.parametrize(
    ("lowest", "floor"), [(59.9, 47.0), (50.0, 47.0), (49.9, 37.0), (10.0, 7.0), (9.9, 0.0)]
)
def test_the_axis_begins_a_little_below_the_tens_of_the_lowest_score(
    lowest: float, floor: float
) -> None:
    assert floor_of(scored(lambda _: lowest, lambda _: 95.0, 1)) == floor


def test_a_curve_has_two_points_for_each_pixel_and_half_as_many_on_paper() -> None:
    def up_and_down(n: int) -> float:
        return (10.0, 90.0)[n % 2]

    # Columns of five frames, of ten on paper: the first low, the first high one, and the end.
    given = scored(up_and_down, up_and_down, 6000)
    assert [len(rung["frames"]) for rung in quality_data(given)["rungs"]] == [2401, 2401]
    for curve in draw_quality(given).curves:
        steps = curve.path.partition("l")[2].split()
        assert len(steps) == 2 * 1200


def test_a_line_of_one_point_is_one_that_browsers_draw() -> None:
    assert line([(3, 4), (5, 4), (5, 1)]) == "M3 4l2 0 0 -3"
    assert line([(3, 4)]) == "M3 4l0 0"
