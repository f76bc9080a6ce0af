"""Why a ladder is as it is, drawn: what was tried of each codec, the hull, and the rungs on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from farm.ladder import CODEC_NAMES, Ladder, Rung
from farm.trial_rungs import rung_of
from farm.trials import QualityMetric, TrialPoint
from qc.report.axes import Axis, Tick, vmaf_ticks
from qc.report.drawing import line
from qc.report.labels import Box, Label, Labels, above, below
from qc.report.words import rate

WIDTH_PX, HEIGHT_PX = 640, 330
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 40, 24, 28, 46  # margins around the plot
TICKS_BPS = tuple(step * 10**power for power in range(3, 9) for step in (1, 2, 5))
MARGIN = 1.35  # of the rates shown, beyond the lowest and the highest
MARGIN_VMAF = 4
MOST_TICKS = 8
LEAST_RANGE_VMAF = 30
POINT_PX = 5
METRICS = {"vmaf_v1": "VMAF v1", "vmaf_v0.6.1": "VMAF"}

PictureSize = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrialMark:
    """A trial in the picture."""

    x_px: int
    y_px: int
    words: str
    on_hull: bool


@dataclass(frozen=True, slots=True)
class TriedSize:
    """The trials of one size with the fast preset, and their curve; unused: no rung has it."""

    path: str
    marks: tuple[TrialMark, ...]
    label: Label | None
    is_used: bool


@dataclass(frozen=True, slots=True)
class NamedRung:
    """A rung where its trial puts it; two that are very close share the room of one name."""

    mark: TrialMark
    label: Label | None


@dataclass(frozen=True, slots=True)
class HullDrawing:
    """All of one codec's figure in pixels from its upper left corner."""

    codec: str
    metric: str
    words: str
    rates: Sequence[Tick]
    scores: Sequence[Tick]
    sizes: Sequence[TriedSize]
    hull: str | None
    also_tried: Sequence[TrialMark]  # with the final preset, and no rung
    rungs: Sequence[NamedRung]
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    left_px: int = LEFT_PX
    right_px: int = WIDTH_PX - RIGHT_PX
    top_px: int = TOP_PX
    bottom_px: int = HEIGHT_PX - BOTTOM_PX


def draw_hulls(ladder: Ladder) -> list[HullDrawing]:
    """Return a figure for each codec, all to one scale; none where nothing was tried."""
    if ladder.trials is None:
        return []
    metric = ladder.trials.metric
    scored = [p for p in ladder.trials.points if p.bps > 0 and _score(p, metric) is not None]
    if not scored:
        return []
    rates = [point.bps for point in scored]
    low, high = min(rates) / MARGIN, max(rates) * MARGIN
    x = Axis(math.log(low), math.log(high), LEFT_PX, WIDTH_PX - RIGHT_PX)
    least = min(_quality(point, metric) for point in scored) - MARGIN_VMAF
    floor = max(0, min(100 - LEAST_RANGE_VMAF, math.floor(least / 10) * 10))
    y = Axis(floor, 100, HEIGHT_PX - BOTTOM_PX, TOP_PX)
    return [
        _Figure([point for point in scored if point.codec == codec], ladder, metric, x, y).drawn()
        for codec in CODEC_NAMES
        if any(point.codec == codec for point in scored)
    ]


class _Figure:
    """Draws one codec."""

    def __init__(
        self,
        points: Sequence[TrialPoint],
        ladder: Ladder,
        metric: QualityMetric,
        x: Axis,
        y: Axis,
    ) -> None:
        self._points = sorted(points, key=lambda point: point.bps)
        self._metric: QualityMetric = metric
        self._x, self._y = x, y
        self._rungs = {point: rung_of(point, ladder.rungs) for point in points}
        marks = [self._place(point) for point in points]
        edges = (LEFT_PX, 0, WIDTH_PX, HEIGHT_PX - BOTTOM_PX)
        self._labels = Labels(edges, [_around(place) for place in marks])

    def drawn(self) -> HullDrawing:
        codec = self._points[0].codec
        fast = [point for point in self._points if not point.final]
        on_hull = [self._place(point) for point in fast if point.on_hull]
        chosen = [(point, rung) for point in self._points if (rung := self._rungs[point])]
        rungs = [self._named(point, rung) for point, rung in chosen]  # they choose their room first
        return HullDrawing(
            codec=codec,
            metric=METRICS[self._metric],
            words=f"{METRICS[self._metric]} over bit rate of what was tried of {codec}: of"
            f" {len(fast)} fast trials {len(on_hull)} lie on the hull, {len(rungs)} rungs follow",
            rates=[Tick(self._x.at(math.log(bps)), f"{bps / 1e6:g}") for bps in _shown(self._x)],
            scores=vmaf_ticks(self._y),
            sizes=[self._size(size, fast) for size in dict.fromkeys(map(_size_of, fast))],
            hull=line(on_hull) if on_hull else None,
            also_tried=[self._mark(p) for p in self._points if p.final and self._rungs[p] is None],
            rungs=rungs,
        )

    def _size(self, size: PictureSize, fast: Sequence[TrialPoint]) -> TriedSize:
        mine = [point for point in fast if _size_of(point) == size]
        places = [self._place(point) for point in mine]
        is_used = any(_size_of(point) == size for point, rung in self._rungs.items() if rung)
        text = f"{min(size)}p" if is_used else f"✕ {min(size)}p"
        label = self._labels.place(below(text, *places[0]))
        return TriedSize(line(places), tuple(map(self._mark, mine)), label, is_used)

    def _named(self, point: TrialPoint, rung: Rung) -> NamedRung:
        mark = self._mark(point, f"{rung.name}: ")
        text = rung.name.removeprefix(f"{rung.codec}-")
        return NamedRung(mark, self._labels.place(above(text, mark.x_px, mark.y_px)))

    def _mark(self, point: TrialPoint, name: str = "") -> TrialMark:
        words = (
            f"{name}{point.width}x{point.height}, {point.preset}, CRF {point.crf:g}:"
            f" {rate(round(point.bps))}, {METRICS[self._metric]} {self._quality(point):.1f}"
        )
        on_hull = point.on_hull
        return TrialMark(*self._place(point), words + (", on the hull" if on_hull else ""), on_hull)

    def _place(self, point: TrialPoint) -> tuple[int, int]:
        return self._x.at(math.log(point.bps)), self._y.at(self._quality(point))

    def _quality(self, point: TrialPoint) -> float:
        return _quality(point, self._metric)


def _shown(x: Axis) -> list[int]:
    """Return the rates that have a tick: fewer where there is little room for what they say."""
    seen = [bps for bps in TICKS_BPS if x.low <= math.log(bps) <= x.high]
    return seen if len(seen) <= MOST_TICKS else [bps for bps in seen if str(bps)[0] == "1"]


def _quality(point: TrialPoint, metric: QualityMetric) -> float:
    score = _score(point, metric)
    assert score is not None
    return score


def _score(point: TrialPoint, metric: QualityMetric) -> float | None:
    return point.vmaf_v1 if metric == "vmaf_v1" else point.vmaf


def _size_of(point: TrialPoint) -> PictureSize:
    return point.width, point.height


def _around(place: tuple[int, int]) -> Box:
    x_px, y_px = place
    return x_px - POINT_PX, y_px - POINT_PX, x_px + POINT_PX, y_px + POINT_PX
