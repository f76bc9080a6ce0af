"""The worst moments of a title: where a rung falls furthest below what it usually delivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from farm.scores import FrameScore
from qc.frames import SCORE_DECIMALS, ScoredFrames

MOMENTS = 6
APART_S = 2.0  # closer ones look alike


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of one rung; `drop` is how far its VMAF lies below the rung's median."""

    rung: str
    score: FrameScore
    drop: float


def worst_moments(frames: Mapping[str, ScoredFrames], limit: int = MOMENTS) -> tuple[Moment, ...]:
    """Return at most `limit` moments in the order of the title.

    `frames` are those of each rung, in the ladder's order. Half the moments are the best rung's,
    which most viewers see and which decides the verdict; the others are the largest drops of the
    rungs below, since the absolute worst would all be of the smallest one. Within a half none is
    close to another.
    """
    if not frames:
        return ()
    best_rung, *rungs_below = reversed(tuple(frames))
    below = [drop for rung in rungs_below for drop in _drops(rung, frames[rung])]
    others = _largest(below, limit // 2)
    best = _largest(_drops(best_rung, frames[best_rung]), limit - len(others))
    return tuple(sorted([*best, *others], key=lambda moment: moment.score.time_s))


def _largest(drops: Sequence[Moment], limit: int) -> list[Moment]:
    """Return the largest drops that are apart from each other; of equal ones the first."""
    return list(islice(_apart(sorted(drops, key=attrgetter("drop"), reverse=True)), limit))


def _apart(moments: Iterable[Moment]) -> Iterator[Moment]:
    """Yield the moments that are close to none of those before them."""
    chosen: list[Moment] = []
    for moment in moments:
        if all(abs(moment.score.time_s - other.score.time_s) >= APART_S for other in chosen):
            chosen.append(moment)
            yield moment


def _drops(rung: str, frames: ScoredFrames) -> list[Moment]:
    """Return the worst frame of every stretch of a rung, as far as it lies below the median."""
    vmaf, time_s = frames.vmaf, frames.time_s
    median = sorted(vmaf)[len(vmaf) // 2]
    worst: dict[int, int] = {}
    for index, value in enumerate(vmaf):
        if value < median:
            stretch = int(time_s[index] / APART_S)
            if stretch not in worst or value < vmaf[worst[stretch]]:
                worst[stretch] = index
    scores = [frames[index] for index in sorted(worst.values(), key=vmaf.__getitem__)]
    usual = round(median, SCORE_DECIMALS)
    return [Moment(rung, score, round(usual - score.vmaf, SCORE_DECIMALS)) for score in scores]
