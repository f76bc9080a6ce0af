"""The ladder's rate-quality picture as a drawing: measured bits against measured quality."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qc.report.axes import Axis, Tick, vmaf_ticks
from qc.report.data import ReportData
from qc.report.drawing import line
from qc.report.words import rate

WIDTH_PX, HEIGHT_PX = 720, 380
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 44, 24, 24, 44  # margins around the plot
TICKS_BPS = tuple(step * 10**power for power in range(4, 9) for step in (1, 2, 5))
MARGIN = 1.25  # of the rates shown, beyond the lowest and the highest


@dataclass(frozen=True, slots=True)
class Point:
    """A rung; `low_px` is where its 5th percentile lies."""

    place: int  # in the ladder
    x_px: int
    y_px: int
    low_px: int
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class RateDrawing:
    """All of the figure in pixels from its upper left corner."""

    width_px: int
    height_px: int
    left_px: int
    right_px: int
    top_px: int
    bottom_px: int
    rates: Sequence[Tick]
    scores: Sequence[Tick]
    threshold: Tick | None
    path: str
    points: Sequence[Point]


def draw_rates(report: ReportData) -> RateDrawing | None:
    """Return the figure, None where no rung has both scores and a rate."""
    rates = {
        score.rung: track.average_bps
        for score in report.scores
        for track in (report.track(score.rung),)
        if track
    }
    if not rates:
        return None
    bottom_px, right_px = HEIGHT_PX - BOTTOM_PX, WIDTH_PX - RIGHT_PX
    low_bps, high_bps = min(rates.values()) / MARGIN, max(rates.values()) * MARGIN
    x = Axis(math.log(low_bps), math.log(high_bps), LEFT_PX, right_px)
    y = Axis(0, 100, bottom_px, TOP_PX)
    points = _points(report, rates, x, y)
    of_rung = {rendition.rung: rendition.codec for rendition in report.renditions}
    codecs = [of_rung.get(scores.rung, "") for scores in report.scores]
    least = report.policy.top_harmonic_mean
    return RateDrawing(
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        left_px=LEFT_PX,
        right_px=right_px,
        top_px=TOP_PX,
        bottom_px=bottom_px,
        rates=[
            Tick(x.at(math.log(bps)), rate(bps).replace(".00", ""))
            for bps in TICKS_BPS
            if low_bps <= bps <= high_bps
        ],
        scores=vmaf_ticks(y),
        threshold=None if least is None else Tick(y.at(least), f"best rung: {least:g}"),
        path="".join(
            line((point.x_px, point.y_px) for point in points if codecs[point.place] == codec)
            for codec in dict.fromkeys(codecs[point.place] for point in points)
        ),
        points=points,
    )


def _points(report: ReportData, rates: dict[str, int], x: Axis, y: Axis) -> list[Point]:
    heights = {rendition.rung: rendition.height for rendition in report.renditions}
    return [
        Point(
            place=place,
            x_px=x.at(math.log(rates[scores.rung])),
            y_px=y.at(vmaf.harmonic_mean),
            low_px=y.at(min(vmaf.p5, vmaf.harmonic_mean)),
            label=f"{heights[scores.rung]}p",
            words=f"{scores.rung}: {rate(rates[scores.rung])}, VMAF {vmaf.harmonic_mean:.1f},"
            f" p5 {vmaf.p5:.1f}, p1 {vmaf.p1:.1f}",
        )
        for place, scores in enumerate(report.scores)
        if scores.rung in rates
        for vmaf in (scores.vmaf,)
    ]
