"""Frames to score as ranges, which is what one pass over a title can pick out."""

from __future__ import annotations

from fractions import Fraction

from qc.sampling.spread import sample_frames

# Of a stride, beside the samples: each level halves the gaps, which makes eight times as many.
WIDENINGS = tuple(Fraction(n, 2**level) for level in (1, 2, 3) for n in range(1, 2**level, 2))


def some(wanted: int, frames: int) -> range:
    """Return about `wanted` of `frames`, evenly spread; all of them where these are few."""
    chosen = sample_frames(frames, wanted)
    return every(chosen[1] - chosen[0], frames) if len(chosen) > 1 else range(frames)


def every(stride: int, frames: int) -> range:
    """Return one frame in `stride` of `frames`, never the first or last: these lack a neighbour.

    All frames where the stride is 1 or leaves none.
    """
    spread = range(stride // 2, frames - 1, stride) if stride > 1 else range(frames)
    return spread if spread else range(frames)


def amid(samples: range, widenings: int) -> range:
    """Return frames between `samples`, to be scored after so many widenings; none after the last.

    The first halves the stride; the second and the third together halve it again, and so on.
    """
    shares = WIDENINGS[: widenings + 1]
    offsets = [int(samples.step * share) for share in shares]
    if widenings >= len(WIDENINGS) or offsets[-1] in {0, *offsets[:-1]}:
        return range(0)
    return range(samples.start + offsets[-1], samples[-1], samples.step)
