"""Fewer points for long titles, without losing a single bad moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from farm.found import Span
from qc.frames import ScoredFrames
from qc.sampling.curve import ScoreCurve

COLUMNS = 1200  # of the page's figure: about as many as it has pixels on a wide screen


def thin_out(frames: ScoredFrames, duration_s: float, columns: int = COLUMNS) -> list[int]:
    """Return the indices of the frames to draw: lowest and highest VMAF of every pixel column.

    Both ends of the title stay as well, and the order. Of few frames all stay.
    """
    return keep_extremes(frames.time_s, frames.vmaf, duration_s, columns)


def keep_extremes(
    times_s: Sequence[float], values: Sequence[float], duration_s: float, columns: int
) -> list[int]:
    """Return the indices of the lowest and the highest value of every pixel column, and the ends.

    In their order. All of few.
    """
    count = len(values)
    if count <= 2 * columns:
        return list(range(count))
    kept = {0, count - 1}
    for indices in _in_columns(times_s, duration_s, columns):
        kept.add(min(indices, key=values.__getitem__))
        kept.add(max(indices, key=values.__getitem__))
    return sorted(kept)


def band_edges(
    curve: ScoreCurve, times_s: Sequence[float], duration_s: float, columns: int
) -> list[tuple[float, float, float]]:
    """Return when, and between what, a curve lies: of each column the lowest and the highest.

    Of few rows all stay.
    """
    rows: list[range] = [range(at, at + 1) for at in range(len(curve))]
    if len(rows) > columns:
        rows = _in_columns(times_s, duration_s, columns)
    return [
        (
            (times_s[each.start] + times_s[each.stop - 1]) / 2,
            min(curve.low[each.start : each.stop]),
            max(curve.high[each.start : each.stop]),
        )
        for each in rows
    ]


def _in_columns(times_s: Sequence[float], duration_s: float, columns: int) -> list[range]:
    """Return the indices of each column in which anything is."""
    edges = [bisect_left(times_s, duration_s * n / columns) for n in range(columns)]
    return [range(begin, end) for begin, end in pairwise([*edges, len(times_s)]) if begin < end]


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
