"""The farm at a glance: who works, what waits, what went wrong. For people on call."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from farm.states import StepState
from storage.postgres import fleet, statements
from storage.postgres.models import Job, Step

QUARANTINED_AT_MOST = 20  # named; all are counted


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """A worker that reported lately, and how many steps it runs."""

    name: str
    queues: tuple[str, ...]
    cores: int
    memory_bytes: int
    draining: bool
    running: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many steps of one resource class are in one state."""

    resource: str
    state: str
    steps: int


@dataclass(frozen=True, slots=True)
class QuarantinedStep:
    """A step that killed its workers, and what was seen."""

    job_id: str
    asset: str
    step: str
    message: str


@dataclass(frozen=True, slots=True)
class FarmSnapshot:
    """What the farm does now."""

    workers: tuple[WorkerSnapshot, ...]
    jobs: dict[str, int]  # state -> how many that have not ended
    steps: tuple[Backlog, ...]
    oldest_queued_s: float | None
    quarantined: tuple[QuarantinedStep, ...]


def farm_snapshot(session: Session, alive_within_s: float) -> FarmSnapshot:
    """Return the farm as its tables have it; workers that were silent for longer are left out."""
    return FarmSnapshot(
        workers=_workers(session, alive_within_s),
        jobs=_jobs(session),
        steps=_steps(session),
        oldest_queued_s=_oldest_queued_s(session),
        quarantined=_quarantined(session),
    )


def fold(session: Session) -> None:
    """Add up the rows that count BLOCKED steps, so that there are few; any number may at once.

    What somebody else is folding or has folded meanwhile is not there to be folded again.
    """
    statements.rows(session, _FOLD)


def _workers(session: Session, alive_within_s: float) -> tuple[WorkerSnapshot, ...]:
    count = select(Step.worker, func.count()).where(Step.state == StepState.RUNNING)
    running: dict[str | None, int] = dict(session.execute(count.group_by(Step.worker)).all())
    return tuple(
        WorkerSnapshot(
            name=worker.name,
            queues=tuple(worker.resources),
            cores=worker.cores,
            memory_bytes=worker.memory_bytes,
            draining=worker.draining,
            running=running.get(worker.name, 0),
        )
        for worker in fleet.alive(session, alive_within_s)
    )


def _jobs(session: Session) -> dict[str, int]:
    return dict(statements.rows(session, _JOBS))


def _steps(session: Session) -> tuple[Backlog, ...]:
    return tuple(Backlog(*row) for row in statements.rows(session, _STEPS))


def _oldest_queued_s(session: Session) -> float | None:
    age = func.extract("epoch", func.now() - func.min(Step.queued_at))
    found = session.scalar(select(age).where(Step.state == StepState.QUEUED))
    return None if found is None else float(found)


def _quarantined(session: Session) -> tuple[QuarantinedStep, ...]:
    rows = session.execute(
        select(Step.job_id, Job.asset, Step.key, Step.error["message"].as_string())
        .join(Job, Job.id == Step.job_id)
        .where(Step.state == StepState.QUARANTINED)
        .order_by(Step.finished_at.desc())
        .limit(QUARANTINED_AT_MOST)
    )
    return tuple(QuarantinedStep(*row) for row in rows)


# Literal states: only so are the indexes on rows in one state looked at.
_JOBS = "SELECT state, count(*) FROM job WHERE finished_at IS NULL GROUP BY state"

# BLOCKED are a million where fifty thousand titles wait: triggers count them. The others are as few
# as what waits for its turn, and a claim or a completion has no count to keep.
_STEPS = """
SELECT resource, 'BLOCKED' AS state, CAST(sum(steps) AS bigint)
  FROM blocked_steps GROUP BY resource HAVING sum(steps) > 0
 UNION ALL
SELECT resource, 'QUARANTINED', count(*) FROM step WHERE state = 'QUARANTINED' GROUP BY resource
 UNION ALL
SELECT resource, 'QUEUED', count(*) FROM step WHERE state = 'QUEUED' GROUP BY resource
 UNION ALL
SELECT resource, 'RUNNING', count(*) FROM step WHERE state = 'RUNNING' GROUP BY resource
 ORDER BY resource, state
"""

_FOLD = """
WITH folded AS (DELETE FROM blocked_steps RETURNING resource, steps)
INSERT INTO blocked_steps (resource, steps)
SELECT resource, sum(steps) FROM folded GROUP BY resource HAVING sum(steps) <> 0
"""
