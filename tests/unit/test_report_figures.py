"""The figures: what the script gets to draw, and the drawings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from farm.facts import Packaged
from farm.found import Span
from farm.spec import QcPolicy
from qc.report import report_html
from qc.report.axes import Axis, Tick, time_ticks, vmaf_ticks
from qc.report.drawing import draw_quality
from qc.report.quality import quality_data, usual_doubt
from qc.report.rate import draw_rates
from tests.unit import titles
from tests.unit.reported import FRAMES, LOW, TOP, evidence, pictures, report_data, sampled_report

EVENTFUL = titles.analysis(
    black=(Span(1, 2), Span(5, 5.5)), silence=(Span(3, 4),), scene_cuts_s=(3.5, 7.25)
)


def test_every_rung_has_a_curve_in_steps_of_frames_and_tenths_of_vmaf() -> None:
    low, top = quality_data(report_data())["rungs"]
    assert (low["name"], top["name"], top["fps"]) == (LOW, TOP, [25, 1])
    assert list(accumulate(top["frames"])) == list(FRAMES[TOP].frame)
    assert top["vmaf"] == [round(score.vmaf * 10) for score in FRAMES[TOP]]


def test_where_some_frames_tell_of_all_a_band_is_around_what_is_expected() -> None:
    given = sampled_report()
    curve = given.curves[TOP]
    _, top = quality_data(given)["rungs"]
    assert list(accumulate(top["frames"])) == list(curve.frame) == list(range(1000))
    assert top["vmaf"] == [round(round(value, 3) * 10) for value in curve.expected]
    scored = list(accumulate(top["band"]["scored"]))
    assert scored == list(FRAMES[TOP].frame)
    for edge in ("below", "above"):
        assert {top["band"][edge][frame] for frame in scored} == {0}
        assert min(top["band"][edge][frame] for frame in range(6, 990) if frame % 5) > 0


def test_the_drawing_has_the_band_and_a_dot_for_each_scored_frame() -> None:
    low, top = draw_quality(sampled_report()).curves
    assert (low.place, top.place) == (0, 1)
    assert top.band.startswith("M85 60l2 -1")
    assert top.band.endswith("z")
    assert top.scored.startswith("M84 65h0M89 63h0")
    assert 195 < top.scored.count("M") <= 200
    exact = draw_quality(report_data()).curves
    assert {(curve.band, curve.scored) for curve in exact} == {("", "")}


def test_how_sure_the_best_rung_is_between_its_scores_is_said() -> None:
    given = sampled_report()
    doubt = usual_doubt(given)
    assert doubt is not None
    assert 0 < doubt < 2
    assert f"{doubt:.1f} to either side for the best rung" in report_html(given, pictures(given))
    assert usual_doubt(report_data()) is None
    assert "where 95 of 100" not in report_html(report_data(), pictures(report_data()))


def test_a_rung_of_half_the_rate_counts_its_own_frames() -> None:
    given = report_data()
    slow = replace(given.renditions[0], fps=Fraction(24000, 2002))
    halved = replace(given, renditions=(slow, given.renditions[1]))
    assert quality_data(halved)["rungs"][0]["fps"] == [12000, 1001]


def test_the_figure_knows_its_floor_thresholds_moments_and_chapters() -> None:
    given = report_data(QcPolicy(top_p1=None))
    data = quality_data(given)
    assert (data["duration_s"], data["floor"]) == (40.0, 47.0)
    assert data["thresholds"] == [
        {"label": "h. mean 80", "vmaf": 80.0},
        {"label": "p5 70", "vmaf": 70.0},
    ]
    assert data["moments"] == [
        {"time_s": still.moment.score.time_s, "vmaf": still.moment.score.vmaf}
        for still in given.stills
    ]
    assert data["chapters"] == [{"from_s": 0.0, "title": "All of it"}]


def test_the_lanes_are_those_in_which_something_happens() -> None:
    assert quality_data(report_data(known=evidence(analysis=EVENTFUL)))["lanes"] == [
        {"name": "scene cuts", "marks": [3.5, 7.25], "spans": ()},
        {"name": "chapters", "marks": [0.0], "spans": ()},
        {"name": "silence", "marks": (), "spans": [(3, 4)]},
        {"name": "black", "marks": (), "spans": [(1, 2), (5, 5.5)]},
    ]


def test_the_drawing_has_the_same_curves_lanes_and_moments_in_pixels() -> None:
    given = report_data(known=evidence(analysis=EVENTFUL))
    drawing = draw_quality(given)
    area = (drawing.left_px, drawing.right_px, drawing.top_px, drawing.bottom_px)
    assert area == (84, 1172, 12, 332)
    assert [curve.place for curve in drawing.curves] == [0, 1]
    assert drawing.curves[1].path.startswith("M84 65l5 -2 6 -3 ")
    assert [(lane.name, lane.kind, lane.middle_px, lane.path) for lane in drawing.lanes] == [
        ("scene cuts", "mark", 352, "M179 347v10M281 347v10"),
        ("chapters", "mark", 372, "M84 367v10"),
        ("silence", "span", 392, "M166 392h27"),
        ("black", "span", 412, "M111 412h27M220 412h14"),
    ]
    assert drawing.height_px == 332 + 10 + 4 * 20 + 24
    assert len(drawing.moments) == 6
    assert [tick.label for tick in drawing.thresholds] == ["h. mean 80", "p5 70", "p1 60"]


def test_rate_and_quality_come_from_what_was_measured() -> None:
    drawing = draw_rates(report_data())
    assert drawing is not None
    low, top = drawing.points
    assert [(low.label, low.place), (top.label, top.place)] == [("180p", 0), ("360p", 1)]
    assert low.x_px < top.x_px
    assert low.y_px > top.y_px
    assert all(point.low_px >= point.y_px for point in drawing.points)
    assert [tick.label for tick in drawing.rates] == ["200 kbit/s", "500 kbit/s", "1 Mbit/s"]


def test_the_threshold_is_drawn_where_the_policy_has_one() -> None:
    asked = draw_rates(report_data())
    assert asked is not None
    assert asked.threshold == Tick(86, "best rung: 80")
    lenient = draw_rates(report_data(QcPolicy(top_harmonic_mean=None)))
    assert lenient is not None
    assert lenient.threshold is None


def test_rungs_without_a_rate_make_no_rate_figure() -> None:
    bare = replace(report_data(), packaged=Packaged("master.m3u8", "manifest.mpd", ()))
    assert draw_rates(bare) is None


def test_ticks_are_round_and_few() -> None:
    labels = [tick.label for tick in time_ticks(Axis(0, 7200, 0, 1000))]
    assert labels == [
        *("0:00", "15:00", "30:00", "45:00", "1:00:00", "1:15:00", "1:30:00", "1:45:00"),
        "2:00:00",
    ]
    assert [tick.label for tick in time_ticks(Axis(0, 0.04, 0, 1000))] == ["0:00"]
    assert len(time_ticks(Axis(0, 30 * 3600, 0, 1000))) == 10
    assert [tick.label for tick in vmaf_ticks(Axis(47, 101, 100, 0))] == [
        *("50", "60", "70", "80", "90", "100")
    ]
    assert [tick.label for tick in vmaf_ticks(Axis(0, 101, 100, 0))] == [
        *("0", "20", "40", "60", "80", "100")
    ]
