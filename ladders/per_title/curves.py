"""Rate and quality of one picture size over CRF: monotone curves through a few trial points.

Few points are enough where curves between them are straight: octaves of the rate are nearly so over
CRF, and so are octaves of the quality that is lost. Quality itself falls the faster the further it
has fallen; drawn straight through two points it was 1.6 VMAF too low between them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

HALVINGS = 20  # of a curve's 20 to 60 CRF, down to what no encoder tells apart
BEYOND_CRF = 3.0  # how far a curve may be followed past the points it goes through
MOST_QUALITY = 101.0  # what nothing reaches: VMAF ends at 100
LEAST_LOSS = 0.5
STEP_CRF = 0.25  # what encoders tell apart (x264 and x265 take any; SVT-AV1 takes quarters)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What one CRF comes to: bit/s, and the score that decides."""

    crf: float
    bps: float
    quality: float


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Rate and quality over CRF, both falling, through two points at least in order of CRF."""

    points: tuple[CurvePoint, ...]

    def at(self, crf: float) -> CurvePoint:
        """Return what a CRF comes to; outside its points the curve goes on straight."""
        rate, loss = _cubics(self.points)
        return CurvePoint(crf, 2 ** rate.at(crf), MOST_QUALITY - 2 ** loss.at(crf))

    def sampled(self) -> Iterator[CurvePoint]:
        """Yield the curve in steps of STEP_CRF, from its best quality to its lowest rate."""
        first, last = self._ends
        steps = round((last - first) / STEP_CRF)
        for step in range(steps + 1):
            yield self.at(first + step * STEP_CRF)

    def quality_at(self, bps: float) -> float | None:
        """Return the quality at a rate, None where the curve does not reach it."""
        crf = self.crf_at(bps)
        return None if crf is None else self.at(crf).quality

    def crf_at(self, bps: float) -> float | None:
        """Return the CRF that comes to a rate, None outside the curve."""
        low, high = self._ends
        if not self.at(high).bps <= bps <= self.at(low).bps:
            return None
        return self._last_where(lambda point: point.bps > bps)

    def crf_of(self, quality: float) -> float:
        """Return the CRF that comes to a quality, the curve's end where it does not reach it."""
        return self._last_where(lambda point: point.quality > quality)

    @property
    def _ends(self) -> tuple[float, float]:
        return self.points[0].crf - BEYOND_CRF, self.points[-1].crf + BEYOND_CRF

    def _last_where(self, holds: Callable[[CurvePoint], bool]) -> float:
        low, high = self._ends
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(self.at(middle)) else (low, middle)
        return (low + high) / 2

    def slope_at(self, crf: float) -> float:
        """Return how much quality a step of one CRF costs there, positive."""
        lost = self.at(crf - 0.5).quality - self.at(crf + 0.5).quality
        return max(lost, LEAST_SLOPE)


LEAST_SLOPE = 0.05  # of VMAF: where nothing is lost any more, a secant would run away


def monotone(points: Sequence[CurvePoint]) -> RateCurve:
    """Return the curve through points of one size, evened out where noise made it rise.

    Neighbours that rise are given their mean, of the rate in octaves (pool adjacent violators).
    """
    ordered = sorted(points, key=lambda point: point.crf)
    rates = _falling([math.log2(point.bps) for point in ordered])
    scores = _falling([point.quality for point in ordered])
    # Equal neighbours would have no inverse: a trifle apart they keep their order.
    return RateCurve(
        tuple(
            CurvePoint(point.crf, 2 ** (rate - place * 1e-6), score)
            for place, (point, rate, score) in enumerate(zip(ordered, rates, scores, strict=True))
        )
    )


def _falling(values: Sequence[float]) -> list[float]:
    pools: list[list[float]] = []
    for value in values:
        pools.append([value])
        while len(pools) > 1 and _mean(pools[-2]) < _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return [_mean(pool) for pool in pools for _ in pool]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


@dataclass(frozen=True, slots=True)
class MonotoneCubic:
    """The monotone cubic through (xs, ys), xs rising; straight lines beyond.

    F. N. Fritsch and R. E. Carlson, "Monotone Piecewise Cubic Interpolation", SIAM Journal on
    Numerical Analysis 17(2), 1980, with the harmonic slopes of Fritsch and Butland (1984).
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    secants: tuple[float, ...]
    slopes: tuple[float, ...]

    def at(self, x: float) -> float:
        """Return the value at `x`."""
        xs, ys = self.xs, self.ys
        if x <= xs[0]:
            return ys[0] + (x - xs[0]) * self.secants[0]
        if x >= xs[-1]:
            return ys[-1] + (x - xs[-1]) * self.secants[-1]
        place = bisect_left(xs, x) - 1
        width = xs[place + 1] - xs[place]
        t = (x - xs[place]) / width
        return (
            (1 + 2 * t) * (1 - t) ** 2 * ys[place]
            + t * (1 - t) ** 2 * width * self.slopes[place]
            + t**2 * (3 - 2 * t) * ys[place + 1]
            + t**2 * (t - 1) * width * self.slopes[place + 1]
        )


def through(xs: Sequence[float], ys: Sequence[float]) -> MonotoneCubic:
    """Return the cubic through two points at least, xs rising."""
    widths = [b - a for a, b in pairwise(xs)]
    secants = [(b - a) / width for (a, b), width in zip(pairwise(ys), widths, strict=True)]
    inner = [
        _harmonic(before, after, left, right)
        for (before, after), (left, right) in zip(pairwise(widths), pairwise(secants), strict=True)
    ]
    slopes = (secants[0], *inner, secants[-1])
    return MonotoneCubic(tuple(xs), tuple(ys), tuple(secants), slopes)


def _harmonic(before: float, after: float, left: float, right: float) -> float:
    if left * right <= 0:
        return 0.0
    first, second = 2 * after + before, after + 2 * before
    return (first + second) / (first / left + second / right)


@lru_cache(maxsize=256)
def _cubics(points: tuple[CurvePoint, ...]) -> tuple[MonotoneCubic, MonotoneCubic]:
    """Return octaves of the rate, and of the quality that is lost, over CRF."""
    crfs = [point.crf for point in points]
    rates = [math.log2(point.bps) for point in points]
    losses = [math.log2(max(LEAST_LOSS, MOST_QUALITY - point.quality)) for point in points]
    return through(crfs, rates), through(crfs, losses)
