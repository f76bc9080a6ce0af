"""Fewer points for long titles, without losing a single bad moment."""

from __future__ import annotations

from collections.abc import Sequence

from farm.facts import FrameScore

MAX_POINTS = 800  # of each curve: about as many as a screen has columns for them


def thin_out(frames: Sequence[FrameScore], limit: int = MAX_POINTS) -> list[FrameScore]:
    """Return at most `limit` frames with the lowest and the highest VMAF of every stretch.

    Both ends of the title stay as well, and the order.
    """
    if len(frames) <= limit:
        return list(frames)
    stretches = max(1, limit // 2 - 1)
    kept = {0, len(frames) - 1}
    for number in range(stretches):
        begin = number * len(frames) // stretches
        end = (number + 1) * len(frames) // stretches
        indices = range(begin, end)
        kept.add(min(indices, key=lambda i: frames[i].vmaf))
        kept.add(max(indices, key=lambda i: frames[i].vmaf))
    return [frames[i] for i in sorted(kept)]
