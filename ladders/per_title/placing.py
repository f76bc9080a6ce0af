"""Where on a title's hull its rungs go: how far apart, how high the top, how low the bottom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from farm.ladder_policy import AdaptiveRules
from ladders.per_title.hull import Hull, HullPoint

LITTLE_MORE = 0.3  # that all steps together may be further apart, sooner than one rung more
SHOWS = 1.0  # VMAF that half as many bits again must bring, or nobody sees them


@dataclass(frozen=True, slots=True)
class RungPlace:
    """A rung to be: where on the hull, and why there."""

    point: HullPoint
    why: str


def place_rungs(hull: Hull, rules: AdaptiveRules) -> list[RungPlace]:
    """Return where the rungs of one codec go, lowest first, at least one.

    The top is where `top_quality` is reached, or where more bits stop showing; the bottom at
    `min_bps`. Between, neighbours are about `step_quality` or `max_ratio` apart, whichever is
    nearer, and never nearer than `min_ratio`.
    """
    top, why_top = _top(hull.points, rules)
    low = next((p for p in hull.points if p.bps >= rules.min_bps), hull.points[-1])
    if low.bps >= top.bps:
        return [RungPlace(top, why_top)]
    stretch = [point for point in hull.points if low.bps <= point.bps <= top.bps]
    distances = [_distance(a, b, rules) for a, b in pairwise(stretch)]
    steps = min(rules.max_rungs - 1, max(1, math.ceil(math.fsum(distances) - LITTLE_MORE)))
    if rules.max_rungs == 1:
        return [RungPlace(top, why_top)]
    inner = _evenly(stretch, distances, steps)[1:-1]
    return [
        RungPlace(low, _why_bottom(low, rules)),
        *(RungPlace(point, "") for point in inner),
        RungPlace(top, why_top),
    ]


def _top(points: Sequence[HullPoint], rules: AdaptiveRules) -> tuple[HullPoint, str]:
    reached = next((p for p in points if p.quality >= rules.top_quality), None)
    best = reached or points[-1]
    showing = next((p for p in points if _brings(points, p) < SHOWS), best)
    if showing.bps < best.bps:
        return showing, f"the top: half as many bits again would bring less than {SHOWS:g}"
    if reached:
        return best, f"the top: {rules.top_quality:g}, above which more bits do not show"
    return best, "the top: the highest rate this ladder allows"


def _brings(points: Sequence[HullPoint], point: HullPoint) -> float:
    """Return what half as many bits again bring, more than SHOWS where there are none to try."""
    further = next((p for p in points if p.bps >= 1.5 * point.bps), None)
    return SHOWS if further is None else further.quality - point.quality


def _why_bottom(low: HullPoint, rules: AdaptiveRules) -> str:
    if low.bps < 1.25 * rules.min_bps:
        return "the bottom: for cellular networks"
    return "the bottom: what the smallest picture needs"


def _distance(a: HullPoint, b: HullPoint, rules: AdaptiveRules) -> float:
    """Return how many rungs apart two points of the hull are."""
    octaves = math.log2(b.bps / a.bps)
    by_quality = (b.quality - a.quality) / rules.step_quality
    nearest = octaves / math.log2(rules.min_ratio)
    return min(nearest, max(by_quality, octaves / math.log2(rules.max_ratio)))


def _evenly(points: Sequence[HullPoint], distances: Sequence[float], steps: int) -> list[HullPoint]:
    """Return points that are equally far apart, the first and the last among them."""
    so_far = [0.0, *accumulate(distances)]
    wanted = [so_far[-1] * step / steps for step in range(steps + 1)]
    return [
        points[min(range(len(points)), key=lambda place: abs(so_far[place] - each))]
        for each in wanted
    ]
