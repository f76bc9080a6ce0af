"""The waterfall of a title's steps: where its time went, as shares of the time it took.

All places are per cent of the width. Times of a step are those of its newest attempt; earlier
attempts come from the events that told of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.pages.drawings.critical import critical_path
from api.pages.states import ShownState, step_state
from api.pages.words import duration
from farm.events import EventType
from farm.states import StepState
from services.titles import ToldEvent
from storage.postgres.timeline import TimedStep

LEAST_WIDTH = 0.35  # per cent: what took no time can still be seen
FOLDED_FROM = 9  # steps of one kind: so many rows say no more than one
TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
MOST_TICKS = 8
LONG_WAIT = 0.25  # of the time: a wait for the first turn beyond it is said and not drawn


@dataclass(frozen=True, slots=True)
class BarPart:
    """A stretch of one row: "waited", "ran", "running", "again", "reused", "failed"."""

    kind: str
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """One step, and what is drawn of it."""

    step: TimedStep
    state: ShownState
    segments: tuple[BarPart, ...]
    critical: bool
    waited_s: float | None
    ran_s: float | None

    @property
    def said(self) -> str:
        """Return the row in words, for those who do not see it."""
        return "; ".join(segment.words for segment in self.segments) or self.state.word


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Steps of one kind, one after the other in the plan; folded where they are many."""

    kind: str
    rows: tuple[WaterfallRow, ...]

    @property
    def is_folded(self) -> bool:
        return len(self.rows) >= FOLDED_FROM

    @property
    def done(self) -> int:
        """Return how many of the steps are done."""
        return sum(row.step.state == StepState.DONE for row in self.rows)


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A line across all rows, and what it says."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All rows over one scale of time."""

    groups: tuple[RowGroup, ...]
    ticks: tuple[TimeTick, ...]
    total_s: float
    undrawn_wait_s: float  # for the first turn, before the scale begins

    @property
    def rows(self) -> tuple[WaterfallRow, ...]:
        """Return the rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


def draw_waterfall(
    steps: Sequence[TimedStep],
    needs: Mapping[str, Sequence[str]],
    attempts: Sequence[ToldEvent],
    created_at: datetime,
    now: datetime,
) -> Waterfall:
    """Return the waterfall of a job; `now` is where unfinished steps end for the time being."""
    scale, undrawn_s = _scale(steps, created_at, now)
    on_path = critical_path(steps, needs)
    earlier = _earlier_attempts(attempts)
    rows = [
        _row(step, scale, now, step.key in on_path, earlier.get(step.key, ())) for step in steps
    ]
    return Waterfall(_grouped(rows), _ticks(scale.total_s), scale.total_s, undrawn_s)


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    total_s: float

    def at(self, moment: datetime) -> float:
        share = (moment - self.start).total_seconds() / self.total_s
        return round(100 * min(1.0, max(0.0, share)), 3)


def _scale(steps: Sequence[TimedStep], created_at: datetime, now: datetime) -> tuple[_Scale, float]:
    moments = [moment for step in steps for moment in (step.started_at, step.finished_at) if moment]
    if any(step.state in (StepState.RUNNING, StepState.QUEUED) for step in steps):
        moments.append(now)
    end = max([created_at, *moments])
    begun = [step.started_at for step in steps if step.started_at]
    start, first = created_at, min(begun, default=created_at)
    whole_s, wait_s = (end - start).total_seconds(), (first - created_at).total_seconds()
    if begun and wait_s > LONG_WAIT * max(whole_s, 1e-9) and wait_s > 1:
        start = first
    else:
        wait_s = 0.0
    return _Scale(start, max(0.001, (end - start).total_seconds())), wait_s


def _row(
    step: TimedStep, scale: _Scale, now: datetime, critical: bool, earlier: Sequence[_Attempt]
) -> WaterfallRow:
    segments: list[BarPart] = []
    state = step_state(step.state, step.reused, step.attempts)
    for number, attempt in enumerate(earlier, 1):
        if attempt.ended_at is not None and attempt.ended_at != step.finished_at:
            took = duration((attempt.ended_at - attempt.started_at).total_seconds())
            words = f"attempt {number} {attempt.outcome} after {took}"
            segments.append(_bar_part("again", scale, attempt.started_at, attempt.ended_at, words))
    waited_s = ran_s = None
    waits_until = step.started_at or (now if step.state == StepState.QUEUED else None)
    started = step.started_at if step.state != StepState.QUEUED else None
    if step.state == StepState.QUEUED:
        waits_until = now
    if step.queued_at is not None and waits_until is not None and step.queued_at < waits_until:
        waited_s = (waits_until - step.queued_at).total_seconds()
        words = f"waited {duration(waited_s)}"
        segments.append(_bar_part("waited", scale, step.queued_at, waits_until, words))
    if started is not None:
        ends = step.finished_at or now
        ran_s = step.wall_s if step.wall_s is not None else (ends - started).total_seconds()
        kind, word = _ran(step)
        segments.append(_bar_part(kind, scale, started, ends, f"{word} {duration(ran_s)}"))
    return WaterfallRow(step, state, tuple(segments), critical, waited_s, ran_s)


def _ran(step: TimedStep) -> tuple[str, str]:
    if step.state == StepState.RUNNING:
        return "running", "has been running for"
    if step.state in (StepState.FAILED, StepState.QUARANTINED):
        return "failed", "failed after"
    if step.state == StepState.CANCELLED:
        return "stopped", "was stopped after"
    return ("reused", "reused in") if step.reused else ("ran", "ran")


def _bar_part(kind: str, scale: _Scale, begins: datetime, ends: datetime, words: str) -> BarPart:
    x = scale.at(begins)
    width = max(LEAST_WIDTH, scale.at(ends) - x)
    return BarPart(kind, min(x, 100 - LEAST_WIDTH), round(width, 3), words)


@dataclass(slots=True)
class _Attempt:
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = "was lost"


def _earlier_attempts(told: Sequence[ToldEvent]) -> dict[str, list[_Attempt]]:
    """Return the attempts at each step but those that ended well or have not ended."""
    found: dict[str, list[_Attempt]] = {}
    for event in told:
        attempts = found.setdefault(str(event.data.get("step")), [])
        if event.type == EventType.STEP_STARTED:
            if attempts and attempts[-1].ended_at is None:
                attempts[-1].ended_at = event.at
            attempts.append(_Attempt(event.at))
        elif attempts and attempts[-1].ended_at is None:
            attempts[-1].ended_at = event.at
            attempts[-1].outcome = _OUTCOMES.get(str(event.data.get("outcome")), "ended")
    # The newest attempt is the step's own row, unless it waits to be tried again.
    again = {"failed, to be tried again", "was given back", "was lost"}
    return {
        key: [each for each in attempts if each.ended_at and each.outcome in again]
        for key, attempts in found.items()
    }


_OUTCOMES = {
    "done": "was done",
    "retrying": "failed, to be tried again",
    "released": "was given back",
    "lost": "was lost",
    "failed": "failed",
    "cancelled": "was cancelled",
}


def _grouped(rows: Sequence[WaterfallRow]) -> tuple[RowGroup, ...]:
    kinds: dict[str, list[WaterfallRow]] = {}
    for row in rows:
        kinds.setdefault(row.step.kind, []).append(row)
    return tuple(RowGroup(kind, tuple(its)) for kind, its in kinds.items())


def _ticks(total_s: float) -> tuple[TimeTick, ...]:
    step_s = next((step for step in TICK_STEPS_S if total_s / step <= MOST_TICKS), TICK_STEPS_S[-1])
    count = int(total_s // step_s)
    return tuple(
        TimeTick(round(100 * n * step_s / total_s, 3), _tick(timedelta(seconds=n * step_s)))
        for n in range(min(count, 50) + 1)
    )


def _tick(at: timedelta) -> str:
    seconds = round(at.total_seconds())
    if seconds < 120 and seconds % 60:
        return f"{seconds} s"
    return "0" if not seconds else duration(seconds)
