"""Which windows of a title are tried, so that few of them speak for all of it."""

from __future__ import annotations

from collections.abc import Sequence

from farm.ladder import Chunk, Timeline

# A window's trials take as much as so many windows of the encode (docs/ladders.md).
COST_OF_A_WINDOW = 4.8
# Encoded behind a window so that its last frames have a future, then cut off: what the fast presets
# of the trials look ahead.
TAIL_FRAMES = 16


def how_many(timeline: Timeline, window_frames: int, share: float, least: int, most: int) -> int:
    """Return how many windows may be tried for `share` of what the encode costs."""
    windows = timeline.frames / window_frames
    return max(least, min(most, int(share * windows / COST_OF_A_WINDOW)))


def choose_windows(
    timeline: Timeline,
    difficulty: Sequence[float],
    *,
    count: int,
    window_frames: int,
    tail_frames: int = TAIL_FRAMES,
) -> tuple[Chunk, ...]:
    """Return at most `count` windows, GOPs of the title: all of them where it is that short.

    `difficulty` are samples evenly spread over the title, empty where nothing is known. GOPs are
    ranked by it, and each of `count` equal parts of that ranking gives one: from its middle, as far
    as can be from those already chosen. So easy and hard scenes count by how long they last
    (stratified sampling).
    """
    gops = max(1, timeline.frames // window_frames)
    ranked = sorted(range(gops), key=lambda gop: (level(difficulty, gop, gops), gop))
    wanted = min(count, gops)
    chosen: list[int] = []
    for part in range(wanted):
        first, end = part * gops // wanted, (part + 1) * gops // wanted
        chosen.append(_farthest(_middle(ranked[first:end]), chosen))
    return tuple(
        _window(timeline, index, gop * window_frames, window_frames, tail_frames)
        for index, gop in enumerate(sorted(chosen))
    )


def level(difficulty: Sequence[float], gop: int, gops: int) -> float:
    """Return how hard one GOP of a title's is, by samples evenly spread over it; 0: unknown."""
    if not difficulty:
        return 0.0
    first = gop * len(difficulty) // gops
    end = max(first + 1, (gop + 1) * len(difficulty) // gops)
    return sum(difficulty[first:end]) / (end - first)


def _middle(stratum: Sequence[int]) -> Sequence[int]:
    quarter = len(stratum) // 4
    return stratum[quarter : len(stratum) - quarter]


def _farthest(candidates: Sequence[int], chosen: Sequence[int]) -> int:
    if not chosen:
        return candidates[len(candidates) // 2]
    return max(candidates, key=lambda gop: (min(abs(gop - other) for other in chosen), -gop))


def _window(timeline: Timeline, index: int, start: int, frames: int, tail: int) -> Chunk:
    kept = min(frames, timeline.frames - start)
    return Chunk(index, start, kept, min(tail, timeline.frames - start - kept) // 2 * 2)
