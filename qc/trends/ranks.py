"""Whether scores moved, by ranks: no shape of their distribution is assumed.

Scores of titles are skewed, bounded by 100 and have outliers, which means and t-tests follow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

MOST_EXACT = 40  # pairs: above it the normal approximation is as good
Z_95 = 1.959964  # of the 95 % intervals
THINNED = 80  # scores that estimates are made of: their number goes with its square


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much scores are higher after than before: estimate, 95 % interval, and p.

    `p` is the probability of so large a difference, up or down, where nothing moved them.
    """

    by: float
    low: float
    high: float
    p: float


def shift_of_groups(before: Sequence[float], after: Sequence[float]) -> Shift:
    """Return the shift between the scores of other titles before and after; neither is empty.

    The test is the U test of Mann and Whitney (Ann. Math. Statist. 18, 1947), normal approximation
    with ties and continuity corrected; the shift is the estimator of Hodges and Lehmann (Ann. Math.
    Statist. 34, 1963), the median of all differences, and its interval follows from the same ranks.
    """
    m, n = len(before), len(after)
    total = m + n
    ranks, ties = _midranks([*before, *after])
    u = sum(ranks[m:]) - n * (n + 1) / 2
    variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)))
    few = thinned(after)
    differences = sorted(b - a for a in thinned(before) for b in few)
    half = Z_95 * math.sqrt((total + 1) / (12 * m * n))
    return _shift(differences, half, _two_sided(u - m * n / 2, variance))


def shift_of_pairs(before: Sequence[float], after: Sequence[float]) -> Shift:
    """Return the shift between the scores of the same titles before and after, in one order.

    The test is the signed-rank test of Wilcoxon (Biometrics Bulletin 1, 1945), exact up to
    MOST_EXACT pairs; the shift is the estimator of Hodges and Lehmann, the median of the means of
    any two differences, and its interval follows from the same ranks.
    """
    moved = [b - a for a, b in zip(before, after, strict=True)]
    n = len(moved)
    few = thinned(moved)
    means = sorted((a + b) / 2 for place, a in enumerate(few) for b in few[place:])
    half = Z_95 * math.sqrt((2 * n + 1) / (6 * n * (n + 1)))
    return _shift(means, half, _signed_rank_p([each for each in moved if each]))


def thinned(scores: Sequence[float]) -> list[float]:
    """Return scores in order, of many so few that they are spread as all are."""
    ordered, count = sorted(scores), len(scores)
    if count <= THINNED:
        return ordered
    return [ordered[int((place + 0.5) * count / THINNED)] for place in range(THINNED)]


def _signed_rank_p(moved: Sequence[float]) -> float:
    n = len(moved)
    if not n:
        return 1.0
    ranks, ties = _midranks([abs(each) for each in moved])
    positive = sum(rank for rank, each in zip(ranks, moved, strict=True) if each > 0)
    if n > MOST_EXACT:
        variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
        return _two_sided(positive - n * (n + 1) / 4, variance)
    # How many of all choices of signs give each sum; of twice the ranks, as ties have halves.
    ways = [1] + [0] * (n * (n + 1))
    for rank in ranks:
        step = round(2 * rank)
        ways = [there + (ways[at - step] if at >= step else 0) for at, there in enumerate(ways)]
    reached = round(2 * positive)
    tail = min(sum(ways[: reached + 1]), sum(ways[reached:]))
    return min(1.0, 2 * tail / 2.0**n)


def _two_sided(distance: float, variance: float) -> float:
    """Return how likely a rank sum is so far from its mean; half a step is rounding."""
    if variance <= 0:
        return 1.0
    beyond = max(0.0, abs(distance) - 0.5)
    return math.erfc(beyond / math.sqrt(2 * variance))


def _midranks(values: Sequence[float]) -> tuple[list[float], int]:
    """Return ranks, equal values having the mean of theirs, and the sum of t^3 - t over ties."""
    ranks, ties, ahead = [0.0] * len(values), 0, 0
    for _, equal in groupby(sorted(range(len(values)), key=values.__getitem__), values.__getitem__):
        places = list(equal)
        for place in places:
            ranks[place] = ahead + (len(places) + 1) / 2
        ahead += len(places)
        ties += len(places) ** 3 - len(places)
    return ranks, ties


def _shift(estimates: Sequence[float], half: float, p: float) -> Shift:
    """Return median and interval of single estimates in order: `half` is a share of all of them."""
    count = len(estimates)
    low = max(0, math.floor(count * (0.5 - half)) - 1)
    by = (estimates[(count - 1) // 2] + estimates[count // 2]) / 2
    return Shift(by, estimates[low], estimates[count - 1 - low], p)
