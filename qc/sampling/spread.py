"""Which frames of a rendition are scored for real: single ones, evenly spread at an odd stride.

What counts for accuracy is how many single frames are scored, not which share of the title they
are; windows of neighbours at the same cost are three to five times worse, and random places are
worse than even ones. An even stride always hits the same places in pyramids of B-frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, zip_longest

# With these, and SOUGHT, errors are as docs/benchmarks.md has them (QC). Low rungs differ more from
# scene to scene, so that they need more.
SAMPLES = 80
LOW_SAMPLES = 110
LOW_SHARE = 0.25  # of the largest rung's pixels: below it a rung is a low one
SOUGHT = 10  # frames scored besides, where the first ones make the worst expected
MOST = 120  # frames in all: as many as any title is promised to be scored by, of each rung


def wanted_samples(pixels: int, most_pixels: int) -> int:
    """Return how many frames are wanted of a rung of `pixels` in a ladder up to `most_pixels`."""
    return LOW_SAMPLES if pixels < LOW_SHARE * most_pixels else SAMPLES


def sample_frames(frames: int, wanted: int) -> tuple[int, ...]:
    """Return the frames to score of `frames`: about `wanted`, evenly spread at an odd stride.

    The first lies half a stride in. All frames where they are MOST or fewer; else never so many
    that SOUGHT more would exceed it. Raises ValueError where nothing is wanted.
    """
    if wanted < 1:
        raise ValueError(f"{wanted} samples say nothing of a title: score at least one")
    if frames <= MOST:
        return tuple(range(frames))
    stride = 2 * (frames // (2 * wanted)) + 1  # the odd number nearest to frames / wanted
    while len(chosen := range(stride // 2, frames, stride)) > MOST - SOUGHT:
        stride += 2
    return tuple(chosen)


def worst_of_all(places: Sequence[Sequence[int]], most: int) -> tuple[int, ...]:
    """Return the frames, `most` at most, to look at in all renditions of a title; ascending.

    `places` are each rendition's own, the worst first: they take turns, as where one is at its
    worst others are bad, too.
    """
    turns = (frame for turn in zip_longest(*places) for frame in turn if frame is not None)
    return tuple(sorted(islice(dict.fromkeys(turns), most)))
