"""Whether another tool, preset or ladder policy moved the scores of comparable rungs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from farm.scored import KeptScore, Maker, ScoreSeries
from qc.trends.ranks import Shift, shift_of_groups, shift_of_pairs
from qc.trends.spread import ScoreSpread, spread_of

# That one of all changes of a look is told to have moved scores, where none did.
FALSE_ALARMS = 0.01
LEAST_MOVE = 0.2  # VMAF; what is less is measured by many titles, and seen by nobody
LEAST_GROUP = 20  # titles on either side, where they are others: too few show nothing but luck
LEAST_PAIRS = 10  # the same titles on both sides differ by what made them alone
MOST_TITLES = 1000  # a side, the newest ones


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What a change of what makes rungs did to the scores of one series."""

    series: ScoreSeries
    before: Maker
    after: Maker
    since: datetime  # the first title after it
    scores_before: ScoreSpread  # of the titles that were compared
    scores_after: ScoreSpread
    pairs: int  # titles that were made on both sides; 0: other titles were compared
    shift: Shift | None  # None: too few to say
    outcome: Literal["moved", "unmoved", "too few"]

    @property
    def test(self) -> str | None:
        """Return the name of the test that `p` is of."""
        if self.shift is None:
            return None
        return "Wilcoxon signed-rank" if self.pairs else "Mann-Whitney U"


@dataclass(slots=True)
class _Side:
    """The titles of a series that one maker made, the newest score of each, the newest first."""

    maker: Maker
    first: datetime
    scores: dict[tuple[str, str], float]  # by tenant and source


def changes(rows: Sequence[KeptScore]) -> tuple[ScoreChange, ...]:
    """Return what each change did to the series it happened in, the latest change first.

    `rows` are the newest first. Each maker is held against the one before it with enough titles
    to be held against, by the same titles where enough were made on both sides. All tests of a look
    count together (Holm, Scand. J. Statist. 6, 1979), so that FALSE_ALARMS holds for all of it.
    Too few titles are told of the latest maker alone.
    """
    by_series: dict[ScoreSeries, list[KeptScore]] = defaultdict(list)
    for row in rows:
        by_series[row.score.series].append(row)
    found = [change for series, its in by_series.items() for change in _of_series(series, its)]
    latest = sorted(found, key=lambda c: (c.since, c.series.codec, c.series.lines), reverse=True)
    return tuple(_judged(latest))


def _of_series(series: ScoreSeries, rows: Sequence[KeptScore]) -> list[ScoreChange]:
    sides = _sides(rows)
    found: list[ScoreChange] = []
    before = sides[0]
    for side in sides[1:]:
        change = _compared(series, before, side)
        if change.shift is not None or side is sides[-1]:
            found.append(change)
        if len(side.scores) >= min(LEAST_GROUP, len(before.scores)):
            before = side
    return found


def _sides(rows: Sequence[KeptScore]) -> list[_Side]:
    """Return each maker with its titles, in the order in which they came."""
    sides: dict[Maker, _Side] = {}
    for row in rows:
        side = sides.setdefault(row.score.maker, _Side(row.score.maker, row.at, {}))
        side.first = min(side.first, row.at)
        title = row.tenant, row.score.source_sha256
        if len(side.scores) < MOST_TITLES:
            side.scores.setdefault(title, row.score.harmonic_mean)
    return sorted(sides.values(), key=lambda side: side.first)


def _compared(series: ScoreSeries, before: _Side, after: _Side) -> ScoreChange:
    both = [title for title in before.scores if title in after.scores]
    compared = [list(side.scores.values()) for side in (before, after)]
    shift, is_paired = None, len(both) >= LEAST_PAIRS
    if is_paired:
        compared = [[side.scores[title] for title in both] for side in (before, after)]
        shift = shift_of_pairs(*compared)
    elif min(map(len, compared)) >= LEAST_GROUP:
        shift = shift_of_groups(*compared)
    first, second = map(spread_of, compared)
    return ScoreChange(
        series=series,
        before=before.maker,
        after=after.maker,
        since=after.first,
        scores_before=first,
        scores_after=second,
        pairs=len(both) if is_paired else 0,
        shift=shift,
        outcome="too few" if shift is None else "unmoved",
    )


def _judged(found: Sequence[ScoreChange]) -> list[ScoreChange]:
    """Return the changes, those marked that moved scores by all tests together."""
    told = sorted((c.shift.p, place) for place, c in enumerate(found) if c.shift is not None)
    judged = list(found)
    for rank, (p, place) in enumerate(told):
        if p > FALSE_ALARMS / (len(told) - rank):
            break
        shift = found[place].shift
        if shift is not None and abs(shift.by) >= LEAST_MOVE:
            judged[place] = replace(found[place], outcome="moved")
    return judged
