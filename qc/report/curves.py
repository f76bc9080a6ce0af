"""Fewer points for long titles, without losing a single bad moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from farm.found import Span
from qc.frames import ScoredFrames

COLUMNS = 1200  # of the page's figure: about as many as it has pixels on a wide screen


def thin_out(frames: ScoredFrames, duration_s: float, columns: int = COLUMNS) -> list[int]:
    """Return the indices of the frames to draw: lowest and highest VMAF of every pixel column.

    Both ends of the title stay as well, and the order. Of few frames all stay.
    """
    count = len(frames)
    if count <= 2 * columns:
        return list(range(count))
    kept = {0, count - 1}
    edges = [bisect_left(frames.time_s, duration_s * n / columns) for n in range(columns)]
    for begin, end in pairwise([*edges, count]):
        if begin < end:
            indices = range(begin, end)
            kept.add(min(indices, key=frames.vmaf.__getitem__))
            kept.add(max(indices, key=frames.vmaf.__getitem__))
    return sorted(kept)


def thin_marks(times_s: Sequence[float], duration_s: float) -> list[float]:
    """Return the first of the marks in every pixel column: more no screen can show apart."""
    first = {int(at * COLUMNS / duration_s): at for at in sorted(times_s, reverse=True)}
    return sorted(first.values())


def join_spans(spans: Sequence[Span], duration_s: float) -> list[Span]:
    """Return the spans with those joined that are less than a pixel column apart."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_s):
        if joined and span.start_s - joined[-1].end_s < duration_s / COLUMNS:
            last = joined.pop()
            joined.append(Span(last.start_s, max(last.end_s, span.end_s)))
        else:
            joined.append(span)
    return joined
