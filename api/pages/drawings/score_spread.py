"""How scores spread: from the titles' scores to bars, a row for each figure, to one scale."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.pages.words import many
from qc.trends.look import CodecScores

WIDTH = 640
EDGE = 14  # left and right of the bars
ROW, BARS = 84, 40  # a row: all of it, its bars
LABEL = 20  # above the bars
AXIS = 24  # below the last row
MOST_BINS = 44
BIN_STEPS = (0.5, 1.0, 2.0, 5.0)
TICK_STEPS = (0.5, 1, 2, 5, 10, 20)
MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class ScoreTick:
    """A line of the grid."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """Titles that score alike."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One figure of all titles: bars by score, the middle half below them, the median in it."""

    name: str
    y: float  # of the bars' ground
    bars: tuple[ScoreBar, ...]
    low: float
    q1: float
    median: float
    q3: float
    high: float
    far: tuple[float, ...]  # titles far below the rest


@dataclass(frozen=True, slots=True)
class ScoreSpreadDrawing:
    """The rows, one below the other, to one scale."""

    rows: tuple[ScoreRow, ...]
    ticks: tuple[ScoreTick, ...]
    width: int
    height: int
    bottom: float


def draw_spread(codec: CodecScores) -> ScoreSpreadDrawing:
    """Return how the top rungs in a codec score: by harmonic mean, 5th and 1st percentile."""
    figures = (
        ("harmonic mean", codec.harmonic_mean, [row.score.harmonic_mean for row in codec.titles]),
        ("5th percentile of frames", codec.p5, [row.score.p5 for row in codec.titles]),
        ("1st percentile", codec.p1, [row.score.p1 for row in codec.titles]),
    )
    lowest = min(spread.low for _, spread, _ in figures)
    step = next((s for s in BIN_STEPS if (100 - lowest) / s <= MOST_BINS), BIN_STEPS[-1])
    low = min(95.0, math.floor(lowest / 5) * 5.0)

    def x_of(score: float) -> float:
        return round(EDGE + (score - low) / (100 - low) * (WIDTH - 2 * EDGE), 1)

    far = tuple(x_of(row.score.harmonic_mean) for row in codec.outliers)
    bottom = ROW * len(figures)
    return ScoreSpreadDrawing(
        rows=tuple(
            ScoreRow(
                name=name,
                y=place * ROW + LABEL + BARS,
                bars=_bars(scores, low, step, place * ROW + LABEL, x_of),
                low=x_of(spread.low),
                q1=x_of(spread.q1),
                median=x_of(spread.median),
                q3=x_of(spread.q3),
                high=x_of(spread.high),
                far=far if place == 0 else (),
            )
            for place, (name, spread, scores) in enumerate(figures)
        ),
        ticks=tuple(ScoreTick(x_of(at), f"{at:g}") for at in round_scores(low, 100)),
        width=WIDTH,
        height=bottom + AXIS,
        bottom=bottom,
    )


def round_scores(low: float, high: float) -> list[float]:
    """Return the scores to draw lines of the grid at."""
    step = next(s for s in TICK_STEPS if (high - low) / s <= MOST_TICKS or s == TICK_STEPS[-1])
    first = math.ceil(low / step)
    return [place * step for place in range(first, math.floor(high / step) + 1)]


def _bars(
    scores: Sequence[float], low: float, step: float, top: float, x_of: Callable[[float], float]
) -> tuple[ScoreBar, ...]:
    last = round((100 - low) / step) - 1
    counts = Counter(min(last, int((score - low) / step)) for score in scores)
    most = max(counts.values())
    bars: list[ScoreBar] = []
    for place, count in sorted(counts.items()):
        begin, tall = low + place * step, max(2.0, BARS * count / most)
        x = x_of(begin)
        bars.append(
            ScoreBar(
                x=x,
                y=round(top + BARS - tall, 1),
                width=round(max(1.0, x_of(begin + step) - x - 1), 1),
                height=round(tall, 1),
                words=f"{begin:g} to {begin + step:g}: {many(count, 'title')}",
            )
        )
    return tuple(bars)
