"""The states of jobs and steps, and the only ways from one to another."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar


class JobState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"  # steps that run may end; none is started
    WAITING = "WAITING"  # for a person's verdict: made in full, and not published
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"  # QC or conformance said no
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    SUPERSEDED = "SUPERSEDED"  # made in full, but its asset was published from a newer submission
    PLANNED = "PLANNED"  # a plan is done: all is known that can be before anything is encoded


class StepState(StrEnum):
    BLOCKED = "BLOCKED"  # waits for predecessors
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"  # leased to one worker
    WAITING = "WAITING"  # for a person: no worker holds it
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    QUARANTINED = "QUARANTINED"


class TitleState(StrEnum):
    """The states of a title in a catalog: those in which jobs end, and three before that."""

    WAITING = "WAITING"  # one row: nothing else of it is there yet
    TAKEN = "TAKEN"  # it has a job, which says more
    REVIEW = "REVIEW"  # its job waits for a person's verdict
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    SUPERSEDED = "SUPERSEDED"


JOB_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset(
        {JobState.RUNNING, JobState.PAUSED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.PAUSED,
            JobState.WAITING,
            JobState.PUBLISHED,
            JobState.PLANNED,
            JobState.SUPERSEDED,
            JobState.REJECTED,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.PAUSED: frozenset(
        {
            JobState.RUNNING,
            JobState.QUEUED,  # no step of it has run
            JobState.WAITING,  # meanwhile it came to where a person decides
            JobState.PUBLISHED,
            JobState.PLANNED,
            JobState.SUPERSEDED,
            JobState.REJECTED,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.WAITING: frozenset({JobState.RUNNING, JobState.REJECTED, JobState.CANCELLED}),
    JobState.PUBLISHED: frozenset(),
    JobState.REJECTED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.SUPERSEDED: frozenset(),
    JobState.PLANNED: frozenset(),
}

STEP_MOVES: dict[StepState, frozenset[StepState]] = {
    StepState.BLOCKED: frozenset({StepState.QUEUED, StepState.CANCELLED}),
    # Back to BLOCKED with a paused job.
    StepState.QUEUED: frozenset({StepState.RUNNING, StepState.BLOCKED, StepState.CANCELLED}),
    StepState.RUNNING: frozenset(
        {
            StepState.DONE,
            StepState.QUEUED,  # retry, release or lost lease
            StepState.BLOCKED,  # the same, while its job is paused
            StepState.WAITING,
            StepState.FAILED,
            StepState.CANCELLED,
            StepState.QUARANTINED,
        }
    ),
    # Approved, rejected, or cancelled with its job.
    StepState.WAITING: frozenset({StepState.QUEUED, StepState.FAILED, StepState.CANCELLED}),
    # What it was done with is changed: it is done again, with all that builds on it.
    StepState.DONE: frozenset({StepState.BLOCKED}),
    StepState.FAILED: frozenset(),
    StepState.CANCELLED: frozenset(),
    StepState.QUARANTINED: frozenset(),
}

GOING_ON = (JobState.RUNNING, JobState.PAUSED)  # running steps of such a job are wanted
ENDED_JOB = frozenset(state for state, moves in JOB_MOVES.items() if not moves)
AT_REST = ENDED_JOB | {JobState.WAITING}  # nothing more becomes of it by itself

State = TypeVar("State", JobState, StepState)


class IllegalMove(RuntimeError):
    """A state change the tables do not know: a defect in ReelFarm, never a user's mistake."""


def check_move(moves: dict[State, frozenset[State]], old: State, new: State) -> State:
    """Return `new` if the table allows old -> new, else raise IllegalMove."""
    if new not in moves[old]:
        raise IllegalMove(f"{type(old).__name__} cannot go from {old} to {new}")
    return new
