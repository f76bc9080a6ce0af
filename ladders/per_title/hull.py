"""The best that a codec can do with a title at each rate, whatever size that takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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

    Quality never falls with the rate, nor does the size: of two sizes that lead by turns the larger
    keeps the lead once it has it.
    """
    points: list[HullPoint] = []
    for bps in _rates(curves, limits):
        reached = [
            (quality, shape)
            for shape, curve in curves.items()
            if bps <= limits[shape] and (quality := curve.quality_at(bps)) is not None
        ]
        if points:
            reached = [each for each in reached if _pixels(each[1]) >= _pixels(points[-1].shape)]
        if not reached:
            continue
        quality, shape = max(reached, key=lambda each: (each[0], _pixels(each[1])))
        if not points or quality >= points[-1].quality:
            points.append(HullPoint(bps, quality, shape))
    return Hull(tuple(points), curves)


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
