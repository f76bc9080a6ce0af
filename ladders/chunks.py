"""Where a title is cut so that several workers can encode it at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from farm.ladder import Chunk, Timeline

MIN_CHUNK_SEGMENTS = 2  # below that, a chunk's own start-up costs more than the company helps
TAIL_S = 1  # the lookahead of a medium preset sees 40 frames; see docs/ladders.md


def cut_chunks(
    timeline: Timeline, segment_frames: int, slots: int, scene_cuts_s: Sequence[float] = ()
) -> tuple[Chunk, ...]:
    """Return consecutive chunks covering the timeline, as many as `slots` at most.

    Cuts lie on segment boundaries, at equal distances; a boundary near one of them is preferred
    when a scene starts there, since a seam in the rate control hides behind a scene cut.
    """
    whole_segments = timeline.frames // segment_frames
    count = max(1, min(slots, whole_segments // MIN_CHUNK_SEGMENTS))
    scenes = _scene_boundaries(timeline.fps, segment_frames, scene_cuts_s)
    even = Fraction(whole_segments, count)
    cuts = [0]
    for index in range(1, count):
        cuts.append(_cut_near(index * even, even, scenes))
    starts = [cut * segment_frames for cut in cuts]
    ends = [*starts[1:], timeline.frames]
    tail = _tail_frames(timeline.fps)
    return tuple(
        Chunk(index, start, end - start, min(tail, (timeline.frames - end) // 2 * 2))
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def _tail_frames(fps: Fraction) -> int:
    """Return the frames of TAIL_S, rounded up to even so that half-rate rungs have half."""
    return 2 * math.ceil(fps * TAIL_S / 2)


def _scene_boundaries(
    fps: Fraction, segment_frames: int, scene_cuts_s: Sequence[float]
) -> frozenset[int]:
    """Return the segment boundaries at which a scene starts, within a frame."""
    frames = (round(float(fps) * cut_s) for cut_s in scene_cuts_s)
    nearest = ((frame, round(frame / segment_frames)) for frame in frames)
    return frozenset(b for frame, b in nearest if abs(frame - b * segment_frames) <= 1)


def _cut_near(ideal: Fraction, even: Fraction, scenes: frozenset[int]) -> int:
    """Return the boundary to cut at: a scene's within an eighth of a chunk, else the nearest."""
    reach = even / 8  # two neighbours moved apart leave a chunk of three quarters at least
    near = [boundary for boundary in scenes if abs(boundary - ideal) <= reach]
    return min(near, key=lambda boundary: (abs(boundary - ideal), boundary), default=round(ideal))
