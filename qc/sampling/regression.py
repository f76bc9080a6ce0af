"""A guess at every frame's score from what is known of all frames: ridge regression on samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

from qc.sampling.statistics import FrameTraits

RIDGE = 0.5  # as much as half a sample that says nothing helps
KNOTS = 3  # where the slope over the error may change: scores fall slowly first, then fast
FEWEST = 12  # samples: of fewer their mean says more


def guesses(known: Mapping[int, float], frames: int, traits: FrameTraits) -> list[float]:
    """Return a score from 0 to 100 for every frame, by its traits, fitted to those that are known.

    It leaves out where in the title a frame is. Without traits, or with few samples, all are equal.
    """
    raw = [
        [math.log(value + offset) for value in column]
        for column, offset in ((traits.error, 0.5), (traits.change, 1.0), (traits.detail, 1.0))
        if column
    ]
    if not raw or len(known) < FEWEST:
        return [fmean(known.values())] * frames
    chosen = sorted(known)
    columns = _basis(raw, chosen)
    weights = _ridge([[c[f] for c in columns] for f in chosen], [known[f] for f in chosen])
    return [
        min(100.0, max(0.0, sum(map(float.__mul__, weights, values))))
        for values in zip(*columns, strict=True)
    ]


def _basis(raw: list[list[float]], chosen: Sequence[int]) -> list[list[float]]:
    """Return a constant, columns at mean 0 and spread 1 over `chosen`, the first one's bends."""
    columns: list[list[float]] = [[1.0] * len(raw[0])]
    for number, column in enumerate(raw):
        of_chosen = [column[frame] for frame in chosen]
        middle, spread = fmean(of_chosen), pstdev(of_chosen) + 1e-9
        scaled = [(value - middle) / spread for value in column]
        columns.append(scaled)
        if number == 0:
            ordered = sorted(scaled[frame] for frame in chosen)
            for knot in range(1, KNOTS + 1):
                bend = ordered[knot * (len(ordered) - 1) // (KNOTS + 1)]
                columns.append([max(0.0, value - bend) for value in scaled])
    return columns


def _ridge(rows: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """Return the weights of least squares; all but the constant's are held small."""
    size = len(rows[0])
    system = [
        [math.fsum(row[i] * row[j] for row in rows) for j in range(size)]
        + [math.fsum(row[i] * y for row, y in zip(rows, wanted, strict=True))]
        for i in range(size)
    ]
    for i in range(1, size):
        system[i][i] += RIDGE
    for i in range(size):  # positive definite, so that no pivot is ever zero
        for j in range(i + 1, size):
            factor = system[j][i] / system[i][i]
            system[j] = [a - factor * b for a, b in zip(system[j], system[i], strict=True)]
    weights = [0.0] * size
    for i in reversed(range(size)):
        rest = math.fsum(system[i][j] * weights[j] for j in range(i + 1, size))
        weights[i] = (system[i][size] - rest) / system[i][i]
    return weights
