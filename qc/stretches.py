"""Stretches of two seconds: long enough to be seen, short enough to hide in other figures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

STRETCH_S = 2


def stretch_frames(fps: Fraction) -> int:
    """Return how many frames a stretch has, where so many a second are scored."""
    return max(1, round(STRETCH_S * fps))


def stretch_means(values: Sequence[float], frames: int) -> list[float]:
    """Return the mean of every stretch of so many frames; of fewer values that of all of them."""
    frames = min(frames, len(values))
    sums = [0.0, *accumulate(values)]
    return [(sums[end] - sums[end - frames]) / frames for end in range(frames, len(sums))]


def worst_stretch(values: Sequence[float], frames: int) -> float:
    """Return the lowest mean of any stretch, to three decimals; `values` are in order."""
    return round(min(stretch_means(values, frames)), 3)
