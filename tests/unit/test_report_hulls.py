"""Why a ladder is as it is, drawn: what was tried, the hull, the rungs, and names that fit."""

from __future__ import annotations

from dataclasses import replace

from qc.report.axes import Tick
from qc.report.hulls import HullDrawing, draw_hulls
from qc.report.labels import Label, Labels, above, below
from qc.report.predicted import MeasuredRung, predicted_rungs
from tests.unit.tried import HEVC, LADDER, LOW, POINTS, TOP, UNTRIED


def drawn() -> HullDrawing:
    return draw_hulls(LADDER)[0]


def test_each_codec_has_a_figure_of_its_own_to_one_scale() -> None:
    h264, hevc = draw_hulls(LADDER)
    assert (h264.codec, hevc.codec, h264.metric) == ("h264", "hevc", "VMAF v1")
    assert (h264.rates, h264.scores) == (hevc.rates, hevc.scores)
    assert [tick.label for tick in h264.rates] == ["0.2", "0.5", "1", "2", "5"]
    assert [tick.label for tick in h264.scores] == ["50", "60", "70", "80", "90", "100"]
    assert (h264.scores[0], h264.scores[-1]) == (Tick(284, "50"), Tick(28, "100"))
    assert h264.words == (
        "VMAF v1 over bit rate of what was tried of h264: of 6 fast trials 3 lie on the hull,"
        " 2 rungs follow"
    )


def test_rungs_are_named_and_lie_where_the_trial_was_that_they_became() -> None:
    assert [(rung.mark.words, rung.label and rung.label.text) for rung in drawn().rungs] == [
        (f"{LOW}: 640x360, medium, CRF 30.5: 390 kbit/s, VMAF v1 71.0", "360p-400k"),
        (f"{TOP}: 1280x720, medium, CRF 22.25: 2.40 Mbit/s, VMAF v1 94.0", "720p-3000k"),
    ]
    [other] = drawn().also_tried
    assert other.words == "1280x720, medium, CRF 25: 1.70 Mbit/s, VMAF v1 88.0"
    low, top = (rung.mark for rung in drawn().rungs)
    assert low.x_px < other.x_px < top.x_px
    assert low.y_px > other.y_px > top.y_px


def test_each_size_has_a_curve_and_one_that_no_rung_has_is_marked() -> None:
    sizes = drawn().sizes
    assert [(size.label and size.label.text, size.is_used) for size in sizes] == [
        ("360p", True),
        ("✕ 540p", False),
        ("720p", True),
    ]
    assert [[mark.on_hull for mark in size.marks] for size in sizes] == [
        [True, False],
        [False, False],
        [True, True],
    ]
    low = sizes[0].marks[0]
    assert sizes[0].path.startswith(f"M{low.x_px} {low.y_px}l")
    assert low.words == "640x360, veryfast, CRF 36: 200 kbit/s, VMAF v1 60.0, on the hull"


def test_the_hull_goes_through_its_points_by_rate() -> None:
    first, last = drawn().sizes[0].marks[0], drawn().sizes[2].marks[1]
    middle = drawn().sizes[2].marks[0]
    assert drawn().hull == (
        f"M{first.x_px} {first.y_px}l{middle.x_px - first.x_px} {middle.y_px - first.y_px}"
        f" {last.x_px - middle.x_px} {last.y_px - middle.y_px}"
    )


def test_by_v0_6_1_what_has_no_such_score_is_left_out() -> None:
    assert LADDER.trials is not None
    h264, hevc = draw_hulls(replace(LADDER, trials=replace(LADDER.trials, metric="vmaf_v0.6.1")))
    assert (h264.metric, h264.sizes, h264.hull, len(h264.rungs)) == ("VMAF", [], None, 2)
    assert [rung.mark.words for rung in hevc.rungs] == [
        f"{HEVC}: 1280x720, medium, CRF 24: 1.50 Mbit/s, VMAF 92.0"
    ]


def test_nothing_is_drawn_where_nothing_was_tried_or_scored() -> None:
    assert draw_hulls(UNTRIED) == []
    assert LADDER.trials is not None
    unscored = tuple(replace(point, vmaf_v1=None) for point in POINTS)
    assert draw_hulls(replace(LADDER, trials=replace(LADDER.trials, points=unscored))) == []


def test_a_name_takes_the_first_place_that_is_free_and_inside() -> None:
    labels = Labels((0, 0, 200, 100), taken=[(0, 40, 80, 60)])
    assert labels.place(above("720p", 100, 60)) == Label("720p", 100, 48, "middle")
    assert labels.place(above("720p", 100, 60)) == Label("720p", 100, 30, "middle")
    assert labels.place([Label("720p", 100, 48, "middle")]) is None
    assert labels.place(below("540p", 100, 90)) == Label("540p", 109, 94, "start")


def test_every_predicted_rung_is_held_against_what_was_measured_of_it() -> None:
    measured = {
        LOW: MeasuredRung(400_000, 70.5),
        HEVC: MeasuredRung(1_600_000, 90.8),
    }
    shown = [
        (each.name, each.bps, each.vmaf, each.measured.vmaf, each.verdict)
        for each in predicted_rungs(LADDER, measured)
    ]
    assert shown == [
        (TOP, 2_400_000, 93.0, None, ""),
        (HEVC, 1_500_000, 92.0, 90.8, "−1.2, over 1 off"),
        (LOW, 390_000, 70.0, 70.5, "+0.5"),
    ]
    assert predicted_rungs(UNTRIED, measured) == []
