"""The worst stretches of a title, for clips: of the rungs that its verdict is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from farm.facts import Verdict
from farm.ladder import Ladder, Rung, Timeline
from farm.scores import FrameScore
from ladders.gop import frames_at
from qc.frames import ScoredFrames
from qc.stretches import STRETCH_S, stretch_frames

WINDOWS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one rung around its worst frame, counted on the rung's own timeline."""

    rung: Rung
    first_frame: int
    frames: int
    worst: FrameScore


def worst_windows(
    verdict: Verdict,
    ladder: Ladder,
    timeline: Timeline,
    frames: Mapping[str, ScoredFrames],
    limit: int = WINDOWS,
) -> tuple[Window, ...]:
    """Return at most `limit` stretches of two seconds, none of which is close to another.

    Rungs take turns, the best of each codec first. `frames` are those of each scored rung.
    """
    turns = [_worst_first(frames[rung.name], rung) for rung in rungs_of(verdict, ladder, frames)]
    chosen: list[Window] = []
    while turns and len(chosen) < limit:
        turn = turns.pop(0)
        for rung, score in turn:
            if all(_apart(score, other.worst) for other in chosen):
                chosen.append(_around(rung, score, timeline))
                turns.append(turn)
                break
    return tuple(chosen)


def rungs_of(verdict: Verdict, ladder: Ladder, scored: Mapping[str, object]) -> list[Rung]:
    """Return the scored rungs that checks against the title name, the best of each codec first.

    Those alone where no check names any.
    """
    rungs = [rung for rung in ladder.rungs if rung.name in scored]
    best = list({rung.codec: rung for rung in rungs}.values())  # the last of each
    others = [rung for rung in reversed(rungs) if rung not in best]
    against = [check.evidence for check in verdict.checks if check.outcome in ("fail", "review")]
    return [
        rung
        for rung in (*best, *others)
        if any(_names(evidence, rung.name) for evidence in against)
    ] or best


def _names(evidence: str, rung: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(rung)}(?![\w-])", evidence) is not None


def _worst_first(frames: ScoredFrames, rung: Rung) -> Iterator[tuple[Rung, FrameScore]]:
    """Give the frames that score below the rung's median, or one where none does."""
    order = sorted(range(len(frames)), key=frames.vmaf.__getitem__)
    median = frames.vmaf[order[len(order) // 2]]
    below = [index for index in order if frames.vmaf[index] < median] or order[:1]
    return ((rung, frames[index]) for index in below)


def _apart(one: FrameScore, other: FrameScore) -> bool:
    return abs(one.time_s - other.time_s) >= STRETCH_S


def _around(rung: Rung, worst: FrameScore, timeline: Timeline) -> Window:
    there = frames_at(timeline.frames, timeline.fps, rung.fps)
    count = min(there, stretch_frames(rung.fps))
    first = min(max(0, worst.frame - count // 2), there - count)
    return Window(rung, first, count, worst)
