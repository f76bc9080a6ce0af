"""BD-rate: how many bits one ladder takes for the quality of another, on average.

G. Bjontegaard, "Calculation of average PSNR differences between RD-curves" (VCEG-M33, 2001), with
VMAF for PSNR and, for his cubic, the monotone piecewise one of F. N. Fritsch and J. Butland ("A
method for constructing local monotone piecewise cubic interpolants", 1984; PCHIP), which no
ladder makes swing between its rungs.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class RateScore:
    """What one rendition takes and what it is worth: bit/s, and VMAF from 0 to 100."""

    bps: float
    vmaf: float


@dataclass(frozen=True, slots=True)
class BdRate:
    """Bits above those of the anchor at equal VMAF, in per cent, over `low` to `high` VMAF."""

    percent: float
    low: float
    high: float


def bd_rate(anchor: Iterable[RateScore], tried: Iterable[RateScore]) -> BdRate | None:
    """Return how many per cent more bits `tried` takes than `anchor`; less than 0 is fewer.

    It is the mean difference of log rates over the VMAF that both reach. None where that is
    nothing, or where either has fewer than two rungs that are worth their bits.
    """
    curves = [frontier(anchor), frontier(tried)]
    if min(map(len, curves)) < 2:
        return None
    low = max(curve[0].vmaf for curve in curves)
    high = min(curve[-1].vmaf for curve in curves)
    if high <= low:
        return None
    base, other = (_area(_Pchip.through(curve), low, high) for curve in curves)
    return BdRate(100 * (math.exp((other - base) / (high - low)) - 1), low, high)


def frontier(points: Iterable[RateScore]) -> list[RateScore]:
    """Return the points that are better than every cheaper one, cheapest first."""
    kept: list[RateScore] = []
    for point in sorted(points, key=lambda point: (point.bps, -point.vmaf)):
        if not kept or point.vmaf > kept[-1].vmaf:
            kept.append(point)
    return kept


def bps_at(points: Iterable[RateScore], vmaf: float) -> float | None:
    """Return the rate at which a ladder reaches `vmaf`, None outside of what it reaches."""
    curve = frontier(points)
    if len(curve) < 2 or not curve[0].vmaf <= vmaf <= curve[-1].vmaf:
        return None
    return math.exp(_Pchip.through(curve).at(vmaf))


@dataclass(frozen=True, slots=True)
class _Pchip:
    """Log rate over VMAF: values and slopes at the rungs, cubics between them."""

    xs: Sequence[float]
    ys: Sequence[float]
    slopes: Sequence[float]

    @classmethod
    def through(cls, curve: Sequence[RateScore]) -> _Pchip:
        xs, ys = [point.vmaf for point in curve], [math.log(point.bps) for point in curve]
        return cls(xs, ys, _slopes(xs, ys))

    def at(self, x: float) -> float:
        i = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        width = self.xs[i + 1] - self.xs[i]
        t = (x - self.xs[i]) / width
        return (
            self.ys[i] * (1 + 2 * t) * (1 - t) ** 2
            + self.ys[i + 1] * t**2 * (3 - 2 * t)
            + width * (self.slopes[i] * t * (1 - t) ** 2 - self.slopes[i + 1] * t**2 * (1 - t))
        )


def _area(curve: _Pchip, low: float, high: float) -> float:
    """Return the integral from `low` to `high`: Simpson's rule, which is exact for cubics."""
    bounds = [low, *(x for x in curve.xs if low < x < high), high]
    return math.fsum(
        (b - a) / 6 * (curve.at(a) + 4 * curve.at((a + b) / 2) + curve.at(b))
        for a, b in pairwise(bounds)
    )


def _slopes(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    widths = [b - a for a, b in pairwise(xs)]
    rises = [(b - a) / width for (a, b), width in zip(pairwise(ys), widths, strict=True)]
    if len(rises) == 1:
        return [rises[0], rises[0]]
    inner = [
        _between(widths[i], widths[i + 1], rises[i], rises[i + 1]) for i in range(len(rises) - 1)
    ]
    first = _at_end(widths[0], widths[1], rises[0], rises[1])
    last = _at_end(widths[-1], widths[-2], rises[-1], rises[-2])
    return [first, *inner, last]


def _between(before: float, after: float, rise: float, next_rise: float) -> float:
    """Return the weighted harmonic mean of two rises; on a frontier both are above 0."""
    left, right = 2 * after + before, after + 2 * before
    return (left + right) / (left / rise + right / next_rise)


def _at_end(width: float, inner_width: float, rise: float, inner_rise: float) -> float:
    """Return the slope there of the parabola through three points, 0 where it would fall."""
    return max(0.0, ((2 * width + inner_width) * rise - width * inner_rise) / (width + inner_width))
