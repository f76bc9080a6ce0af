"""Where scenes begin, seen in how much the source's small pictures change."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

# A cut changes the small picture far more than the frames around it change; a flash or a shake,
# which are not much above their neighbours, are none. Squared grey levels; tried on the clips that
# docs/benchmarks.md names as choosing.
LEAST_CHANGE = 60.0
ABOVE_NEIGHBOURS = 6.0
NEIGHBOURS = 8  # frames on either side
SHORTEST = 6  # frames of a scene: what looks like cuts one after the other is motion


def scene_starts(change: Sequence[float]) -> tuple[int, ...]:
    """Return the first frames of scenes but the first scene's, from `change` of every frame."""
    starts: list[int] = []
    for frame in range(1, len(change)):
        if change[frame] < LEAST_CHANGE or (starts and frame - starts[-1] < SHORTEST):
            continue
        before = change[max(1, frame - NEIGHBOURS) : frame]
        around = [*before, *change[frame + 1 : frame + 1 + NEIGHBOURS]]
        if not around or change[frame] > ABOVE_NEIGHBOURS * median(around):
            starts.append(frame)
    return tuple(starts)


def scenes_of(frames: int, starts: Sequence[int]) -> list[int]:
    """Return the number of its scene for every frame."""
    first = set(starts)
    numbers, scene = [], 0
    for frame in range(frames):
        scene += frame in first and frame > 0
        numbers.append(scene)
    return numbers
