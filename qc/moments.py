"""The worst moments of a title: where a rung falls furthest below what it usually delivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from farm.facts import FrameScore, Scores

MOMENTS = 6
APART_S = 2.0  # closer ones look alike


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of one rung; `drop` is how far its VMAF lies below the rung's median."""

    rung: str
    score: FrameScore
    drop: float


def worst_moments(scores: Sequence[Scores], limit: int = MOMENTS) -> tuple[Moment, ...]:
    """Return at most `limit` moments in the order of the title.

    `scores` are in the ladder's order. Half the moments are the best rung's, which most viewers
    see and which decides the verdict; the others are the largest drops of the rungs below, since
    the absolute worst would all be of the smallest one. Within a half none is close to another.
    """
    if not scores:
        return ()
    below = [drop for rung in reversed(scores[:-1]) for drop in _drops(rung)]
    others = _largest(below, limit // 2)
    best = _largest(_drops(scores[-1]), limit - len(others))
    return tuple(sorted([*best, *others], key=lambda moment: moment.score.time_s))


def _largest(drops: Sequence[Moment], limit: int) -> list[Moment]:
    """Return the largest drops that are apart from each other; of equal ones the first."""
    chosen: list[Moment] = []
    for moment in sorted(drops, key=attrgetter("drop"), reverse=True):
        if len(chosen) == limit:
            break
        if all(abs(moment.score.time_s - other.score.time_s) >= APART_S for other in chosen):
            chosen.append(moment)
    return chosen


def _drops(scores: Scores) -> list[Moment]:
    """Return the worst frame of every stretch of a rung, as far as it lies below the median."""
    ordered = sorted(scores.frames, key=attrgetter("vmaf"))
    median = ordered[len(ordered) // 2].vmaf
    worst: dict[int, FrameScore] = {}
    for score in ordered:
        if score.vmaf < median:
            worst.setdefault(int(score.time_s / APART_S), score)
    return [Moment(scores.rung, s, round(median - s.vmaf, 3)) for s in worst.values()]
