"""How large a title comes out: by trials, what such rungs came to before, or their caps. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.ladder import Ladder

# A rung at constant quality comes to half its cap, more or less: Big Buck Bunny's from 0.25 to 0.8.
SHARE_OF_CAP = 0.5
UNKNOWN_SPREAD = 0.6  # of the logarithm
LEAST_SPREAD = 0.15
ASSUMED = 3.0  # how many titles that assumption weighs as much as
CONTAINER = 1.02  # what boxes, playlists and thumbnails add
BESIDE_BYTES = (400_000, 700_000, 2_000_000)  # report, poster and sprites; noise is large
EIGHTY = 1.2816  # standard deviations within which four of five lie


@dataclass(frozen=True, slots=True)
class PastRate:
    """What a rung of a published title came to."""

    rung: str
    max_bps: float
    average_bps: float


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Bytes: what is expected, and within what four of five titles lie."""

    low_bytes: int
    expected_bytes: int
    high_bytes: int


def output_size(
    ladder: Ladder,
    audio_bps: Sequence[int],
    duration_s: Fraction,
    past: Iterable[PastRate],
) -> SizeRange:
    """Return the size of everything that is published of a title.

    A rung that was tried comes to what its trial did, whatever others came to.
    """
    of_rung: dict[str, list[float]] = defaultdict(list)
    for rate in past:
        if rate.average_bps > 0:
            of_rung[rate.rung].append(math.log(rate.average_bps / rate.max_bps))
    tried = {each.rung: each.bps for each in ladder.trials.predictions} if ladder.trials else {}
    all_known = [log for logs in of_rung.values() for log in logs]
    totals = [0.0, 0.0, 0.0]
    for rung in ladder.rungs:
        if rung.name in tried:
            mean, spread = math.log(tried[rung.name] / rung.max_bps), LEAST_SPREAD
        else:
            mean, spread = _fitted(of_rung.get(rung.name) or all_known)
        for place, deviations in enumerate((-EIGHTY, 0.0, EIGHTY)):
            share = min(1.0, math.exp(mean + deviations * spread))
            totals[place] += rung.max_bps * share
    low, expected, high = (
        round((bps + sum(audio_bps)) / 8 * float(duration_s) * CONTAINER) + beside
        for bps, beside in zip(totals, BESIDE_BYTES, strict=True)
    )
    return SizeRange(low, expected, high)


def _fitted(logs: Sequence[float]) -> tuple[float, float]:
    """Return mean and deviation of the logarithm of a rung's share of its cap."""
    prior = math.log(SHARE_OF_CAP)
    weight = len(logs) + ASSUMED
    mean = (sum(logs) + ASSUMED * prior) / weight
    squares = sum((log - mean) ** 2 for log in logs) + ASSUMED * UNKNOWN_SPREAD**2
    return mean, max(LEAST_SPREAD, math.sqrt(squares / weight))
