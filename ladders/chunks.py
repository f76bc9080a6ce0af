"""Where a title is cut so that several workers can encode it at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from farm.ladder import Chunk, Timeline
from ladders.fit import HALVED_ABOVE_FPS

MIN_CHUNK_SEGMENTS = 2  # below that, a chunk's own start-up costs more than the company helps
# Segments for each slot from which on there are more chunks than slots; shorter titles are so soon
# done that more tails would cost more than an even end gains.
TAPERED_FROM = 4
# Of what is left, given out at once in equal chunks: so much that few chunks are needed, so little
# that the rest evens out chunks that take 30 % longer or shorter. See docs/ladders.md.
BATCH_SHARE = Fraction(3, 5)
SCENE_REACH = Fraction(1, 8)  # two neighbours moved apart leave three quarters of a chunk at least
# Encoded behind a chunk's end and cut off: what x264 looks ahead with the preset medium. A second,
# 24 frames, left the last frames of rungs at their cap up to 1.3 VMAF worse; see docs/ladders.md.
TAIL_FRAMES = 40
MAX_TAIL_S = 2  # of slow pictures


@dataclass(frozen=True, slots=True)
class Cuts:
    """Of the step `cut`: the segments that chunks begin with, the first 0; none without picture."""

    segments: tuple[int, ...] = ()


def find_cuts(
    timeline: Timeline, segment_frames: int, slots: int, scene_cuts_s: Sequence[float] = ()
) -> Cuts:
    """Return where to cut a title that `slots` workers encode at once; one needs no cut.

    A title that is long enough gives each of them several chunks, large ones first and small ones
    at its end, so that all are busy until the end although some chunks take longer. A segment at
    which a scene starts is preferred to a neighbour: a seam hides behind a scene cut.
    """
    segments = timeline.frames // segment_frames
    lengths = list(_lengths(segments, slots))
    scenes = _scene_boundaries(timeline.fps, segment_frames, scene_cuts_s)
    ideals = accumulate(lengths[:-1])
    reaches = (SCENE_REACH * min(neighbours) for neighbours in pairwise(lengths))
    cuts = (_cut_near(i, reach, scenes) for i, reach in zip(ideals, reaches, strict=True))
    return Cuts((0, *cuts))


def make_chunks(timeline: Timeline, segment_frames: int, cuts: Cuts) -> tuple[Chunk, ...]:
    """Return the chunks that begin at `cuts` and together cover the timeline.

    Cuts behind its end are left out: a ladder of half-rate rungs may have longer segments than the
    one the title was cut for.
    """
    all_starts = (segment * segment_frames for segment in cuts.segments)
    starts = [start for start in all_starts if start < timeline.frames]
    ends = [*starts[1:], timeline.frames]
    return tuple(
        Chunk(index, start, end - start, tail_frames(timeline, end))
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def tail_frames(timeline: Timeline, end: int) -> int:
    """Return how many frames are encoded behind a chunk that ends before frame `end`: even.

    A rung, also at half rate, has TAIL_FRAMES in them where the timeline goes on for so long.
    """
    fps = timeline.fps
    frames = TAIL_FRAMES * (2 if fps > HALVED_ABOVE_FPS else 1)
    return min(frames, 2 * math.ceil(fps * MAX_TAIL_S / 2), (timeline.frames - end) // 2 * 2)


def _lengths(segments: int, slots: int) -> Iterator[Fraction]:
    """Yield how many segments each chunk should have."""
    if slots == 1 or segments < TAPERED_FROM * slots:
        count = max(1, min(slots, segments // MIN_CHUNK_SEGMENTS))
        yield from [Fraction(segments, count)] * count
        return
    left = segments
    while (each := round(BATCH_SHARE * left / slots)) >= MIN_CHUNK_SEGMENTS:
        yield from [Fraction(each)] * slots
        left -= each * slots
    count = min(slots, left)
    yield from (Fraction(left // count + (index < left % count)) for index in range(count))


def _scene_boundaries(
    fps: Fraction, segment_frames: int, scene_cuts_s: Sequence[float]
) -> frozenset[int]:
    """Return the segment boundaries at which a scene starts, within a frame."""
    frames = (round(float(fps) * cut_s) for cut_s in scene_cuts_s)
    nearest = ((frame, round(frame / segment_frames)) for frame in frames)
    return frozenset(b for frame, b in nearest if abs(frame - b * segment_frames) <= 1)


def _cut_near(ideal: Fraction, reach: Fraction, scenes: frozenset[int]) -> int:
    """Return the boundary to cut at: a scene's within `reach`, else the nearest."""
    near = [boundary for boundary in scenes if abs(boundary - ideal) <= reach]
    return min(near, key=lambda boundary: (abs(boundary - ideal), boundary), default=round(ideal))
