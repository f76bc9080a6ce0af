"""Equal slopes: the CRF of each window at which a bit more brings as much anywhere.

With a price of a bit (a Lagrange multiplier) every window is best by itself; the price is right
where all together take the bits they took before. Y. Shoham and A. Gersho, "Efficient bit
allocation for an arbitrary set of quantizers", IEEE Trans. ASSP 36(9), 1988; by shots: I.
Katsavounidis and L. Guo, "Video codec comparison using the dynamic optimizer framework", SPIE 2018.
What is made the best of is the harmonic mean, in which bad pictures count for more: the plain mean
would take bits from the hardest shots, which show most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ladders.per_title.curves import STEP_CRF, CurvePoint, RateCurve

MOST_MOVE = 3.0  # CRF: further off the fast trials tell too little
MOVES = tuple(
    step * STEP_CRF for step in range(-round(MOST_MOVE / STEP_CRF), round(MOST_MOVE / STEP_CRF) + 1)
)
SAME = MOVES.index(0.0)
HALVINGS = 40
Pool = Callable[[Sequence[float]], float]
CHEAPEST, DEAREST = -80.0, 20.0  # prices of a bit/s, in octaves


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """What a window comes to at each of MOVES away from a rung's CRF: bit/s, and the score."""

    bps: tuple[float, ...]
    quality: tuple[float, ...]

    @property
    def harm(self) -> tuple[float, ...]:
        """Return what each score adds to the reciprocal of a harmonic mean, the less the better."""
        return tuple(map(_harm, self.quality))


def tradeoff(found: CurvePoint, shape: RateCurve, crf: float) -> Tradeoff:
    """Return what a window comes to around `found`, as its curve goes around `crf`.

    `found` is with the final preset, the curve with a fast one, where `crf` is the same quality.
    """
    at = shape.at(crf)
    around = [shape.at(crf + move) for move in MOVES]
    return Tradeoff(
        tuple(found.bps * point.bps / at.bps for point in around),
        tuple(found.quality + point.quality - at.quality for point in around),
    )


def equal_slopes(windows: Sequence[Tradeoff]) -> tuple[float, ...]:
    """Return how far each window's CRF moves, so that all together take no more bits."""
    allowed = math.fsum(window.bps[SAME] for window in windows)
    low, high = CHEAPEST, DEAREST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        places = [_best(window, 2**middle) for window in windows]
        taken = math.fsum(window.bps[place] for window, place in zip(windows, places, strict=True))
        low, high = (middle, high) if taken > allowed else (low, middle)
    return tuple(MOVES[_best(window, 2**high)] for window in windows)


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean."""
    return math.fsum(values) / len(values)


def harmonic_mean(scores: Sequence[float]) -> float:
    """Return the harmonic mean as libvmaf pools, which bears scores of 0."""
    return 1 / mean([_harm(score) for score in scores]) - 1


def gained(
    windows: Sequence[Tradeoff], moves: Sequence[float], pool: Pool = harmonic_mean
) -> float:
    """Return by how much the pooled score is better at `moves`, for the bits there were before.

    Bits more or less are counted as what they would bring if every CRF moved alike.
    """
    places = [_nearest(move) for move in moves]
    score = pool([w.quality[at] for w, at in zip(windows, places, strict=True)])
    bps = mean([w.bps[at] for w, at in zip(windows, places, strict=True)])
    return score - _alike(windows, bps, pool)


def mean_change(windows: Sequence[Tradeoff], moves: Sequence[float]) -> tuple[float, float]:
    """Return what `moves` make of the mean rate, as a factor, and add to the mean score."""
    places = [_nearest(move) for move in moves]
    before = mean([w.bps[SAME] for w in windows]), mean([w.quality[SAME] for w in windows])
    bps = mean([w.bps[at] for w, at in zip(windows, places, strict=True)])
    quality = mean([w.quality[at] for w, at in zip(windows, places, strict=True)])
    return bps / before[0], quality - before[1]


def _alike(windows: Sequence[Tradeoff], bps: float, pool: Pool) -> float:
    """Return the pooled score at a mean rate where all CRFs are moved by the same."""
    rates = [math.log2(mean([w.bps[at] for w in windows])) for at in range(len(MOVES))]
    scores = [pool([w.quality[at] for w in windows]) for at in range(len(MOVES))]
    wanted = math.log2(bps)
    # Rates fall with the place. Beyond the last the line goes on.
    at = next((i for i in range(1, len(rates) - 1) if rates[i] <= wanted), len(rates) - 1)
    share = (wanted - rates[at]) / (rates[at - 1] - rates[at])
    return scores[at] + share * (scores[at - 1] - scores[at])


def _best(window: Tradeoff, price: float) -> int:
    cost = [harm + price * bps for harm, bps in zip(window.harm, window.bps, strict=True)]
    return min(range(len(cost)), key=cost.__getitem__)


def _nearest(move: float) -> int:
    return min(range(len(MOVES)), key=lambda at: abs(MOVES[at] - move))


def _harm(score: float) -> float:
    # One is added as libvmaf does, whose scores may be 0.
    return 1 / (max(0.0, score) + 1)
