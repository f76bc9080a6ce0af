"""One look at the scores of many titles: everything that is said and drawn of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from farm.ladder import CODEC_NAMES, CodecName
from farm.scored import KeptScore, Maker, ScoreSeries
from qc.trends.changes import ScoreChange, changes
from qc.trends.spread import Period, ScoreSpread, fence_of, outliers, over_time, spread_of


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The top rungs that one maker made of one series, and how they scored."""

    series: ScoreSeries
    maker: Maker
    first: datetime
    last: datetime
    spread: ScoreSpread


@dataclass(frozen=True, slots=True)
class CodecScores:
    """The top rungs in one codec: the newest one of each title."""

    codec: CodecName
    titles: tuple[KeptScore, ...]  # the newest first
    harmonic_mean: ScoreSpread
    p5: ScoreSpread
    p1: ScoreSpread
    fence: float | None  # below it a title is far below the rest; None: too few to say
    outliers: tuple[KeptScore, ...]  # the lowest first
    periods: tuple[Period, ...]
    makers: tuple[MadeBy, ...]  # the newest first


@dataclass(frozen=True, slots=True)
class QualityLook:
    """What there is to see of the newest titles, `since` being when the oldest was verified."""

    titles: int
    since: datetime | None
    is_whole: bool  # False: there are more than were looked at
    codecs: tuple[CodecScores, ...]
    changes: tuple[ScoreChange, ...]  # the latest first


def look_at(rows: Sequence[KeptScore], most: int) -> QualityLook:
    """Return what scores show; `rows` are the newest first, no more than `most`."""
    by_codec: dict[CodecName, list[KeptScore]] = defaultdict(list)
    for row in rows:
        if row.score.is_top:
            by_codec[row.score.series.codec].append(row)
    # The last title may have lost rungs to the limit; what is kept of it is as good as any.
    return QualityLook(
        titles=len({(row.tenant, row.asset) for row in rows}),
        since=rows[-1].at if rows else None,
        is_whole=len(rows) < most,
        codecs=tuple(_of_codec(name, by_codec[name]) for name in CODEC_NAMES if by_codec[name]),
        changes=changes(rows),
    )


def _of_codec(codec: CodecName, rows: Sequence[KeptScore]) -> CodecScores:
    newest: dict[tuple[str, str], KeptScore] = {}
    for row in rows:
        newest.setdefault((row.tenant, row.asset), row)
    titles = tuple(newest.values())
    harmonic_mean = spread_of([row.score.harmonic_mean for row in titles])
    fence = fence_of(harmonic_mean)
    return CodecScores(
        codec=codec,
        titles=titles,
        harmonic_mean=harmonic_mean,
        p5=spread_of([row.score.p5 for row in titles]),
        p1=spread_of([row.score.p1 for row in titles]),
        fence=fence,
        outliers=outliers(titles, fence),
        periods=over_time(rows),
        makers=_made_by(rows),
    )


def _made_by(rows: Sequence[KeptScore]) -> tuple[MadeBy, ...]:
    found: dict[tuple[ScoreSeries, Maker], list[KeptScore]] = defaultdict(list)
    for row in rows:
        found[row.score.series, row.score.maker].append(row)
    made = [
        MadeBy(
            series=series,
            maker=maker,
            first=its[-1].at,
            last=its[0].at,
            spread=spread_of([row.score.harmonic_mean for row in its]),
        )
        for (series, maker), its in found.items()
    ]
    return tuple(sorted(made, key=lambda each: (each.first, each.series.lines), reverse=True))
