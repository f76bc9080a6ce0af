"""The best that a codec can do with a title at each rate, whatever size that takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

from ladders.per_title.candidates import Shape
from ladders.per_title.curves import RateCurve

STEPS_PER_OCTAVE = 16


@dataclass(frozen=True, slots=True)
class HullPoint:
    """At a rate: the best quality, and the size that has it."""

    bps: float
    quality: float
    shape: Shape


@dataclass(frozen=True, slots=True)
class Hull:
    """The upper envelope of the curves of one codec, from its lowest rate to its highest.

    Sizes are compared at equal rates, so that it is the convex hull of Netflix's per-title ladders
    (J. De Cock et al., "Complexity-based consistent-quality encoding in the cloud", ICIP 2016),
    as densely sampled as rungs can be told apart.
    """

    points: tuple[HullPoint, ...]
    curves: Mapping[Shape, RateCurve]

    def at(self, bps: float) -> HullPoint:
        """Return the point nearest to a rate."""
        return min(self.points, key=lambda point: abs(math.log2(point.bps / bps)))

    def lead(self, shape: Shape, bps: float) -> float | None:
        """Return how far a size is behind the best one at a rate; None where it has none."""
        quality = self.curves[shape].quality_at(bps)
        return None if quality is None else self.at(bps).quality - quality

    def stretch(self, shape: Shape) -> tuple[float, float] | None:
        """Return the rates between which a size is the best, None where it never is."""
        best = [point.bps for point in self.points if point.shape == shape]
        return (best[0], best[-1]) if best else None


def hull(curves: Mapping[Shape, RateCurve], limits: Mapping[Shape, float]) -> Hull:
    """Return the hull of the curves of one codec, none used above its limit in bit/s.

    Quality never falls with the rate, nor does the size: where sizes lead by turns, they follow
    each other where that loses least over all rates.
    """
    points: list[HullPoint] = []
    at_rates = [_reached(bps, curves, limits) for bps in _rates(curves, limits)]
    for point in _climb(at_rates, sorted(curves, key=_pixels)):
        if not points or point.quality >= points[-1].quality:
            points.append(point)
    return Hull(tuple(points), curves)


def _reached(
    bps: float, curves: Mapping[Shape, RateCurve], limits: Mapping[Shape, float]
) -> dict[Shape, HullPoint]:
    return {
        shape: HullPoint(bps, quality, shape)
        for shape, curve in curves.items()
        if bps <= limits[shape] and (quality := curve.quality_at(bps)) is not None
    }


@dataclass(frozen=True, slots=True)
class _Way:
    """A way up to some rate: all of its quality together, its last point, and the way before."""

    total: float = 0.0
    last: HullPoint | None = None
    before: _Way | None = None

    def points(self) -> list[HullPoint]:
        found: list[HullPoint] = []
        way: _Way | None = self
        while way is not None and way.last is not None:
            found.append(way.last)
            way = way.before
        return found[::-1]


def _climb(
    at_rates: Sequence[Mapping[Shape, HullPoint]], rising: Sequence[Shape]
) -> list[HullPoint]:
    """Return a point for each rate that has one, sizes never falling, of the most quality in all.

    A curve may seem to lead at its very end, beyond what was tried; no step from rate to rate may
    fall for that (dynamic programming: the best way to each rate for each size that it may end in).
    """
    ways = [_Way()] * len(rising)
    for reached in at_rates:
        ways = list(accumulate(ways, _better))
        ways = [
            _Way(way.total + max(0.0, reached[shape].quality), reached[shape], way)
            if shape in reached
            else way
            for shape, way in zip(rising, ways, strict=True)
        ]
    return reduce(_better, ways).points()


def _better(smaller: _Way, larger: _Way) -> _Way:
    return smaller if smaller.total > larger.total else larger


def _rates(curves: Mapping[Shape, RateCurve], limits: Mapping[Shape, float]) -> Iterator[float]:
    """Yield rates in equal steps of the octave, over all that the curves reach."""
    sampled = {shape: list(curve.sampled()) for shape, curve in curves.items()}
    low = min(points[-1].bps for points in sampled.values())
    high = max(min(points[0].bps, limits[shape]) for shape, points in sampled.items())
    steps = max(1, math.floor(math.log2(max(high / low, 1.01)) * STEPS_PER_OCTAVE))
    for step in range(steps + 1):
        yield low * (high / low) ** (step / steps)


def _pixels(shape: Shape) -> int:
    return shape[1] * shape[2]
