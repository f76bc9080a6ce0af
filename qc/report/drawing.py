"""Quality over time as a drawing: for paper, and where no script runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qc.report.axes import Axis, Tick, time_ticks, vmaf_ticks
from qc.report.curves import COLUMNS, band_edges, keep_extremes
from qc.report.data import ReportData
from qc.report.quality import Lane, floor_of, lanes, rate_of, thresholds

WIDTH_PX, LEFT_PX, RIGHT_PX, TOP_PX = 1200, 84, 28, 12
CURVES_PX, GAP_PX, LANE_PX, MARK_PX, FOOT_PX = 320, 10, 20, 10, 24
DRAWN_COLUMNS = COLUMNS // 2  # paper shows no more, and each column costs twelve bytes a rung


@dataclass(frozen=True, slots=True)
class Curve:
    """One rung's VMAF; `place` is the rung's in the ladder, the rest SVG path data.

    `band` is around what is expected, `scored` a dot for each frame that was: both empty where
    the line goes through scored frames alone.
    """

    place: int
    path: str
    band: str = ""
    scored: str = ""


@dataclass(frozen=True, slots=True)
class DrawnLane:
    name: str
    kind: str
    middle_px: int
    path: str


@dataclass(frozen=True, slots=True)
class QualityDrawing:
    """All of the figure in pixels from its upper left corner."""

    width_px: int
    height_px: int
    left_px: int
    right_px: int  # of the area with the curves, as are the next two
    top_px: int
    bottom_px: int
    times: Sequence[Tick]
    scores: Sequence[Tick]
    thresholds: Sequence[Tick]
    curves: Sequence[Curve]
    lanes: Sequence[DrawnLane]
    moments: Sequence[tuple[int, int]]  # in the order of their numbers


def draw_quality(report: ReportData) -> QualityDrawing:
    """Return the figure of a title that has scores."""
    duration_s = float(report.duration_s)
    bottom_px = TOP_PX + CURVES_PX
    x = Axis(0, duration_s, LEFT_PX, WIDTH_PX - RIGHT_PX)
    y = Axis(floor_of(report), 101, bottom_px, TOP_PX)
    rows = lanes(report)
    below_px = GAP_PX + LANE_PX * len(rows) if rows else 0
    moments = [still.moment.score for still in report.stills]
    return QualityDrawing(
        width_px=WIDTH_PX,
        height_px=bottom_px + below_px + FOOT_PX,
        left_px=x.begin_px,
        right_px=x.end_px,
        top_px=TOP_PX,
        bottom_px=bottom_px,
        times=time_ticks(x),
        scores=vmaf_ticks(y),
        thresholds=[
            Tick(y.at(each.vmaf), each.label) for each in thresholds(report) if each.vmaf > y.low
        ],
        curves=[_curve(report, place, rung, x, y) for place, rung in enumerate(report.frames)],
        lanes=[
            _lane(row, bottom_px + GAP_PX + LANE_PX * number + LANE_PX // 2, x)
            for number, row in enumerate(rows)
        ],
        moments=[(x.at(moment.time_s), y.at(moment.vmaf)) for moment in moments],
    )


def _curve(report: ReportData, place: int, rung: str, x: Axis, y: Axis) -> Curve:
    frames, duration_s = report.frames[rung], float(report.duration_s)
    curve = report.curves.get(rung)
    if curve is None:
        return Curve(place, _line(frames.time_s, frames.vmaf, x, y))
    rate = rate_of(report, rung)
    times_s = [float(frame / rate) for frame in curve.frame]
    edges = [
        (x.at(at_s), y.at(max(low, y.low)), y.at(max(high, y.low)))
        for at_s, low, high in band_edges(curve, times_s, duration_s, DRAWN_COLUMNS)
    ]
    above, below = [(at, high) for at, _, high in edges], [(at, low) for at, low, _ in edges]
    dots = dict.fromkeys(
        (x.at(at_s), y.at(vmaf)) for at_s, vmaf in zip(frames.time_s, frames.vmaf, strict=True)
    )
    return Curve(
        place,
        _line(times_s, curve.expected, x, y),
        f"{line([*above, *below[::-1]])}z",
        "".join(f"M{across} {down}h0" for across, down in dots),
    )


def _line(times_s: Sequence[float], vmaf: Sequence[float], x: Axis, y: Axis) -> str:
    kept = keep_extremes(times_s, vmaf, x.high, DRAWN_COLUMNS)
    return line((x.at(times_s[index]), y.at(vmaf[index])) for index in kept)


def line(points: Iterable[tuple[int, int]]) -> str:
    """Return the path through points: the first, then steps, which are shorter to write.

    A single point is a step to where it is.
    """
    (x, y), *others = points
    steps = pairwise([(x, y), *(others or [(x, y)])])
    return f"M{x} {y}l" + " ".join(f"{c - a} {d - b}" for (a, b), (c, d) in steps)


def _lane(lane: Lane, middle_px: int, x: Axis) -> DrawnLane:
    top_px = middle_px - MARK_PX // 2
    marks = (f"M{x.at(at)} {top_px}v{MARK_PX}" for at in lane.marks)
    spans = (
        f"M{x.at(begin)} {middle_px}h{max(1, x.at(end) - x.at(begin))}" for begin, end in lane.spans
    )
    kind = "mark" if lane.marks else "span"
    return DrawnLane(lane.name, kind, middle_px, "".join([*marks, *spans]))
