"""How scores spread, which titles are far below the rest, and how that went over time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from farm.scored import KeptScore

# "Far out" in Tukey's Exploratory Data Analysis (1977): so many times the middle half's width
# below it. Scores lean to the left, so that his nearer fence would name one title in thirty.
FAR_OUT = 3.0
LEAST_GAP = 2.0  # VMAF: where all but a few titles are alike, less is nothing to look into
LEAST_TITLES = 10  # to say which are far off the rest
SHORT_SPAN = timedelta(days=21)  # is told by days, a longer one by weeks


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """Scores in order: the lowest, the quarters' ends, the highest."""

    titles: int
    low: float
    q1: float
    median: float
    q3: float
    high: float


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week (UTC), and the titles that were verified in it."""

    start: datetime
    end: datetime
    spread: ScoreSpread


def spread_of(scores: Sequence[float]) -> ScoreSpread:
    """Return how scores spread; there is one at least."""
    ordered = sorted(scores)
    low, q1, median, q3, high = (_quantile(ordered, quarter / 4) for quarter in range(5))
    return ScoreSpread(len(ordered), low, q1, median, q3, high)


def fence_of(spread: ScoreSpread) -> float | None:
    """Return the score below which a title is far below the rest, None for too few titles."""
    if spread.titles < LEAST_TITLES:
        return None
    return spread.q1 - max(FAR_OUT * (spread.q3 - spread.q1), LEAST_GAP)


def outliers(rows: Sequence[KeptScore], fence: float | None) -> tuple[KeptScore, ...]:
    """Return the titles whose harmonic mean is below the fence, the lowest first."""
    if fence is None:
        return ()
    found = [row for row in rows if row.score.harmonic_mean < fence]
    return tuple(sorted(found, key=lambda row: (row.score.harmonic_mean, row.job_id)))


def over_time(rows: Sequence[KeptScore]) -> tuple[Period, ...]:
    """Return the days or weeks in which titles were verified, in order, with their scores."""
    moments = [row.at for row in rows]
    by_day = not rows or max(moments) - min(moments) <= SHORT_SPAN
    length = timedelta(days=1 if by_day else 7)
    found: dict[datetime, list[float]] = defaultdict(list)
    for row in rows:
        day = row.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = day if by_day else day - timedelta(days=day.weekday())
        found[start].append(row.score.harmonic_mean)
    return tuple(
        Period(start, start + length, spread_of(scores)) for start, scores in sorted(found.items())
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the score that so large a share of the others is below, between two if need be."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
