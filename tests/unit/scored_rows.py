"""Kept scores as the database gives them, for tests of what they show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from farm.scored import KeptScore, Maker, RungScore, ScoreSeries

START = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
SERIES = ScoreSeries("h264", 1080, "house", "cpu", "vmaf_v0.6.1", 1080)
BEFORE = Maker("n9.0.2-17-g2a571b6068", "a" * 64, "0.1.0", "medium", 3, "d" * 12)
AFTER = replace(BEFORE, tool="n9.1-3-g6f1d0b7c9a", build="b" * 64)


def kept(
    number: int,
    score: float,
    maker: Maker = BEFORE,
    series: ScoreSeries = SERIES,
    source: str = "",
    at: datetime | None = None,
    asset: str = "",
) -> KeptScore:
    """Return the score of a title; `number` is its hour and, unless named, its source and asset."""
    rung = RungScore(
        series=series,
        maker=maker,
        source_sha256=source or f"source {number}",
        width=1920,
        height=1080,
        is_top=series.lines == SERIES.lines,
        harmonic_mean=score,
        p5=score - 5,
        p1=score - 9,
        min=score - 20,
        verdict="pass",
    )
    moment = at or START + timedelta(hours=number)
    return KeptScore(f"{number:032x}", "t", asset or f"title-{number}", moment, rung)


def newest_first(rows: Sequence[KeptScore]) -> list[KeptScore]:
    return sorted(rows, key=lambda row: row.at, reverse=True)


def other_titles(rng: random.Random, count: int, by: float, width: float = 0) -> list[KeptScore]:
    """Return titles of which half were made by AFTER and score so much more, others all of them.

    They score as titles do, most near 95 and some far below; or, given a width, as a bell does.
    """
    scores = [rng.gauss(94, width) if width else skewed(rng) for _ in range(2 * count)]
    moved = [score + by * (place >= count) for place, score in enumerate(scores)]
    makers = [BEFORE] * count + [AFTER] * count
    return newest_first([kept(n, moved[n], makers[n]) for n in range(2 * count)])


def same_titles(
    rng: random.Random, count: int, by: float, series: ScoreSeries = SERIES
) -> list[KeptScore]:
    """Return titles that were made by BEFORE and again by AFTER, which scores so much more."""
    rows = []
    for n in range(count):
        score = skewed(rng)
        rows.append(kept(n, score, BEFORE, series))
        again = score + by + rng.gauss(0, 0.4)  # as scores differ from one encode to the next
        rows.append(kept(count + n, again, AFTER, series, f"source {n}", asset=f"title-{n}"))
    return newest_first(rows)


def skewed(rng: random.Random) -> float:
    return 100 - rng.gammavariate(4, 1.3)
