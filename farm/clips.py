"""ClipList of a title's worst moments, made for whoever has to decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

CLIPS = "clips"  # the part of `verify` that has them: no generation takes it


@dataclass(frozen=True, slots=True)
class Clip:
    """One stretch as two MP4 files: the source as it was encoded, and what became of it.

    Frames count on the rung's own timeline. `source_skip` and `encode_skip` are how many frames of
    each file come before `first_frame`; others may come behind the last.
    """

    name: str
    rung: str
    fps: Fraction
    first_frame: int
    frames: int
    worst_frame: int
    score: float  # VMAF of that frame
    source: str  # file names
    encode: str
    source_skip: int
    encode_skip: int
    # The rendition's own packets; False where those are coded anew, for browsers that cannot
    # decode them, or since they are HDR and the source beside them is not.
    delivered: bool

    @property
    def at_s(self) -> Fraction:
        """Return when the worst frame is shown."""
        return self.worst_frame / self.fps


@dataclass(frozen=True, slots=True)
class ClipList:
    """Of `verify`, its part CLIPS: none where the title passed, or nothing was scored."""

    clips: tuple[Clip, ...] = ()
