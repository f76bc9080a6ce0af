"""GOP arithmetic: every rung's segments start and end at the same instants, exactly."""

from __future__ import annotations

from fractions import Fraction


def gop_frames(fps: Fraction, gop_s: float, *, halved: bool) -> int:
    """Return the frames of a full-rate GOP of about `gop_s` seconds, at least one.

    With `halved` it is even, so that half-rate rungs have exactly half as many: 23.976 fps and 2 s
    make 48 frames, 59.94 fps make 120 and 60.
    """
    frames = fps * Fraction(gop_s).limit_denominator(1000)
    return 2 * max(1, round(frames / 2)) if halved else max(1, round(frames))


def segment_s(fps: Fraction, gop: int, segment_gops: int) -> Fraction:
    """Return how long a segment of `segment_gops` full-rate GOPs lasts: 6.006 s at 23.976 fps."""
    return Fraction(gop * segment_gops) / fps


def frames_at(frames: int, fps: Fraction, rung_fps: Fraction) -> int:
    """Return how many of `frames` timeline frames a rung of `rung_fps` shows, the first included.

    A half-rate rung shows frames 0, 2, 4 ...: of an odd number it shows the last one too.
    """
    step = fps / rung_fps
    if step.denominator != 1:
        raise ValueError(f"a rung of {rung_fps} fps does not divide a timeline of {fps} fps")
    return -(-frames // step.numerator)
