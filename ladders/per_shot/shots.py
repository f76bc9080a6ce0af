"""The shots of a title as encoders can treat them: whole GOPs, and how hard their pictures are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from farm.ladder import Timeline
from ladders.per_title.windows import level


@dataclass(frozen=True, slots=True)
class ShotFrames:
    """A shot: frames of the timeline, and how hard they are, in octaves of a sketch's bits."""

    start_frame: int
    frames: int
    difficulty: float

    def holds(self, frame: int) -> bool:
        """Return whether a frame of the timeline is in it."""
        return self.start_frame <= frame < self.start_frame + self.frames


def find_shots(
    timeline: Timeline,
    gop_frames: int,
    scene_cuts_s: Sequence[float],
    difficulty: Sequence[float],
) -> tuple[ShotFrames, ...]:
    """Return the shots of a title, each cut moved to the nearest GOP: shorter ones go together.

    A CRF that changes at a key frame costs nothing, one that changes between them does.
    """
    gops = max(1, timeline.frames // gop_frames)
    cuts = {round(float(timeline.fps) * cut_s / gop_frames) for cut_s in scene_cuts_s}
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < gops), gops]
    return tuple(
        ShotFrames(
            first * gop_frames,
            (timeline.frames if end == gops else end * gop_frames) - first * gop_frames,
            sum(level(difficulty, gop, gops) for gop in range(first, end)) / (end - first),
        )
        for first, end in pairwise(bounds)
    )
