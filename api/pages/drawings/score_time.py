"""How scores went over time: medians as a line in the band of the middle halves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.pages.drawings.score_spread import MOST_TICKS, WIDTH, ScoreTick, round_scores
from api.pages.words import many
from farm.scored import ScoreSeries
from qc.trends.look import CodecScores, MadeBy
from qc.trends.spread import Period, ScoreSpread
from qc.trends.words import day

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 36, 8, 20, 28, 276
FEW = 5  # titles of a day or week, whose median says little
NEAR = 16.0  # px between marks whose numbers would lie on each other


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A day or week: where its median and its middle half lie."""

    x: float
    y: float
    high: float
    low: float
    is_few: bool
    words: str


@dataclass(frozen=True, slots=True)
class TimeMark:
    """From when on something else made rungs; without a number where another one is too near."""

    x: float
    number: str
    words: str


@dataclass(frozen=True, slots=True)
class OverTimeDrawing:
    """Medians as a line in the band of the middle halves."""

    points: tuple[TimePoint, ...]
    band: str
    line: str
    marks: tuple[TimeMark, ...]
    scores: tuple[ScoreTick, ...]
    days: tuple[ScoreTick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw_over_time(codec: CodecScores) -> OverTimeDrawing:
    """Return how the harmonic means of top rungs in a codec went, and when makers changed."""
    periods = codec.periods
    low = math.floor(min(period.spread.q1 for period in periods) - 1)
    high = min(100, math.ceil(max(period.spread.q3 for period in periods) + 1))
    first, last = periods[0].start, periods[-1].end

    def x_of(moment: datetime) -> float:
        share = (moment - first) / (last - first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y_of(score: float) -> float:
        share = (score - low) / (high - low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    points = tuple(
        TimePoint(
            x=x_of(period.start + (period.end - period.start) / 2),
            y=y_of(period.spread.median),
            high=y_of(period.spread.q3),
            low=y_of(period.spread.q1),
            is_few=period.spread.titles < FEW,
            words=f"{_days(period)}: {_told(period.spread)}",
        )
        for period in periods
    )
    there = [f"{point.x},{point.high}" for point in points]
    back = [f"{point.x},{point.low}" for point in reversed(points)]
    return OverTimeDrawing(
        points=points,
        band=" ".join(there + back),
        line=" ".join(f"{point.x},{point.y}" for point in points),
        marks=_marks(codec, x_of),
        scores=tuple(ScoreTick(y_of(at), f"{at:g}") for at in round_scores(low, high)),
        days=_days_between(first, last, x_of),
    )


def numbered(codec: CodecScores) -> list[tuple[str, MadeBy]]:
    """Return what made the top rungs in a codec, the newest first, numbered from the oldest on."""
    count = len(codec.makers)
    return [(f"{count - place}", made) for place, made in enumerate(codec.makers)]


def _marks(codec: CodecScores, x_of: Callable[[datetime], float]) -> tuple[TimeMark, ...]:
    """Return where a maker took over from another, in order."""
    marks: list[TimeMark] = []
    free_from = 0.0  # where the next number has room
    series: set[ScoreSeries] = set()
    for number, made in reversed(numbered(codec)):
        if made.series in series:
            x = x_of(made.first)
            is_free = x >= free_from
            free_from = x + NEAR if is_free else free_from
            words = f"from {day(made.first)} on made as {number} in the table"
            marks.append(TimeMark(x, number if is_free else "", words))
        series.add(made.series)
    return tuple(marks)


def _days_between(
    first: datetime, last: datetime, x_of: Callable[[datetime], float]
) -> tuple[ScoreTick, ...]:
    every = max(1, math.ceil((last - first).days / (MOST_TICKS - 1)))
    count = (last - first).days // every
    days = (first + timedelta(days=place * every) for place in range(count + 1))
    return tuple(ScoreTick(x_of(each), day(each)) for each in days)


def _days(period: Period) -> str:
    if period.end - period.start <= timedelta(days=1):
        return day(period.start)
    return f"{day(period.start)} to {day(period.end - timedelta(days=1))}"


def _told(spread: ScoreSpread) -> str:
    return (
        f"{many(spread.titles, 'title')}, median {spread.median:.1f}, the middle half"
        f" {spread.q1:.1f} to {spread.q3:.1f}"
    )
