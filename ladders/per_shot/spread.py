"""From the windows that were tried to all shots of a title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ladders.per_shot.shots import ShotFrames
from ladders.per_shot.slopes import MOST_MOVE, Tradeoff, equal_slopes, gained
from ladders.per_title.curves import STEP_CRF

CAUTION = 0.5  # squared octaves, added to how far windows lie apart: few of them prove little


@dataclass(frozen=True, slots=True)
class Line:
    """How far a CRF moves by how hard the pictures are; `rise` is for each octave."""

    middle: float
    base: float
    rise: float

    def at(self, difficulty: float) -> float:
        return self.base + self.rise * (difficulty - self.middle)


def shot_moves(
    shots: Sequence[ShotFrames],
    starts: Sequence[int],
    difficulty: Sequence[float],
    windows: Sequence[Tradeoff],
    octaves_per_crf: float,
) -> tuple[float, ...]:
    """Return how far the CRF of each shot moves, in steps of STEP_CRF, the bits staying the same.

    Window n begins at frame `starts[n]` and is as hard as `difficulty[n]`. A shot that was tried
    moves as its windows do, the others by a line through those, if that line, drawn without a
    window, has been good for it.
    """
    moves = equal_slopes(windows)
    line = _line(difficulty, moves) if _foresees(difficulty, moves, windows) else None
    wanted = []
    for shot in shots:
        inside = [m for m, start in zip(moves, starts, strict=True) if shot.holds(start)]
        if inside:
            wanted.append(math.fsum(inside) / len(inside))
        else:
            wanted.append(line.at(shot.difficulty) if line else 0.0)
    return _levelled(shots, [_bounded(move) for move in wanted], octaves_per_crf)


def window_moves(
    shots: Sequence[ShotFrames], starts: Sequence[int], moves: Sequence[float]
) -> list[float]:
    """Return how far each window moves with the shot it begins in."""
    return [
        next(m for shot, m in zip(shots, moves, strict=True) if shot.holds(start))
        for start in starts
    ]


def _line(difficulty: Sequence[float], moves: Sequence[float]) -> Line:
    middle = math.fsum(difficulty) / len(difficulty)
    base = math.fsum(moves) / len(moves)
    apart = math.fsum((x - middle) ** 2 for x in difficulty)
    along = math.fsum(
        (x - middle) * (move - base) for x, move in zip(difficulty, moves, strict=True)
    )
    return Line(middle, base, along / (apart + CAUTION))


def _foresees(
    difficulty: Sequence[float], moves: Sequence[float], windows: Sequence[Tradeoff]
) -> bool:
    """Return whether windows would have gained by lines through all the others."""
    if len(windows) < 3:
        return False
    foreseen = []
    for left_out, x in enumerate(difficulty):
        others = [at for at in range(len(windows)) if at != left_out]
        line = _line([difficulty[at] for at in others], [moves[at] for at in others])
        foreseen.append(_bounded(line.at(x)))
    return gained(windows, foreseen) > 0


def _levelled(
    shots: Sequence[ShotFrames], moves: Sequence[float], octaves_per_crf: float
) -> tuple[float, ...]:
    """Return moves that together leave a title's bits as they were: what is hard weighs more."""
    hardest = max(shot.difficulty for shot in shots)
    weights = [shot.frames * 2 ** (shot.difficulty - hardest) for shot in shots]
    bits = math.fsum(
        weight * 2 ** (-move * octaves_per_crf) for weight, move in zip(weights, moves, strict=True)
    )
    shift = math.log2(bits / math.fsum(weights)) / octaves_per_crf
    return tuple(round(_bounded(move + shift) / STEP_CRF) * STEP_CRF for move in moves)


def _bounded(move: float) -> float:
    return max(-MOST_MOVE, min(MOST_MOVE, move))
