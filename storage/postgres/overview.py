"""The farm at a glance: who works, what waits, what went wrong. For people on call."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from farm.access import EVERY_TENANT
from farm.states import ENDED_JOB, JobState, StepState
from storage.postgres import fleet, statements
from storage.postgres.models import Job, Step
from storage.postgres.scoped import within

QUARANTINED_AT_MOST = 20  # named; all are counted
UNENDED = [state.value for state in JobState if state not in ENDED_JOB]


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
    """What the farm does now, or does for one tenant."""

    workers: tuple[WorkerSnapshot, ...] | None  # None: no tenant's business
    jobs: dict[str, int]  # state -> how many that have not ended
    steps: tuple[Backlog, ...]  # of a tenant without those that are BLOCKED: nobody counts them
    oldest_queued_s: float | None
    quarantined: tuple[QuarantinedStep, ...]


def farm_snapshot(
    session: Session, alive_within_s: float, tenant: str = EVERY_TENANT
) -> FarmSnapshot:
    """Return the farm as its tables have it; workers that were silent for longer are left out."""
    return FarmSnapshot(
        workers=_workers(session, alive_within_s) if tenant == EVERY_TENANT else None,
        jobs=_jobs(session, tenant),
        steps=_steps(session, tenant),
        oldest_queued_s=_oldest_queued_s(session, tenant),
        quarantined=quarantined(session, tenant),
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


def _jobs(session: Session, tenant: str) -> dict[str, int]:
    if tenant == EVERY_TENANT:
        return dict(statements.rows(session, _JOBS))
    return dict(statements.rows(session, _JOBS_OF, tenant=tenant, unended=UNENDED))


def _steps(session: Session, tenant: str) -> tuple[Backlog, ...]:
    if tenant == EVERY_TENANT:
        found = statements.rows(session, _STEPS)
    else:
        found = statements.rows(session, _STEPS_OF, tenant=tenant)
    return tuple(Backlog(*row) for row in found)


def _oldest_queued_s(session: Session, tenant: str) -> float | None:
    age = func.extract("epoch", func.now() - func.min(Step.queued_at))
    queued = select(age).where(Step.state == StepState.QUEUED, within(Step.tenant, tenant))
    found = session.scalar(queued)
    return None if found is None else float(found)


def quarantined(session: Session, tenant: str = EVERY_TENANT) -> tuple[QuarantinedStep, ...]:
    """Return the steps that killed their workers last."""
    rows = session.execute(
        select(Step.job_id, Job.asset, Step.key, Step.error["message"].as_string())
        .join(Job, Job.id == Step.job_id)
        .where(Step.state == StepState.QUARANTINED, within(Step.tenant, tenant))
        .order_by(Step.finished_at.desc())
        .limit(QUARANTINED_AT_MOST)
    )
    return tuple(QuarantinedStep(*row) for row in rows)


# Literal states: only so are the indexes on rows in one state looked at.
_JOBS = "SELECT state, count(*) FROM job WHERE finished_at IS NULL GROUP BY state"
_JOBS_OF = """
SELECT state, count(*) FROM job
 WHERE tenant = %(tenant)s AND state = ANY(%(unended)s) GROUP BY state
"""

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

_STEPS_OF = """
SELECT resource, 'QUARANTINED' AS state, count(*)
  FROM step WHERE state = 'QUARANTINED' AND tenant = %(tenant)s GROUP BY resource
 UNION ALL
SELECT resource, 'QUEUED', count(*)
  FROM step WHERE state = 'QUEUED' AND tenant = %(tenant)s GROUP BY resource
 UNION ALL
SELECT resource, 'RUNNING', count(*)
  FROM step WHERE state = 'RUNNING' AND tenant = %(tenant)s GROUP BY resource
 ORDER BY resource, state
"""

_FOLD = """
WITH folded AS (DELETE FROM blocked_steps RETURNING resource, steps)
INSERT INTO blocked_steps (resource, steps)
SELECT resource, sum(steps) FROM folded GROUP BY resource HAVING sum(steps) <> 0
"""
