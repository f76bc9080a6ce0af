"""What keeps the farm going when messages and workers get lost. Any number may run at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session

from farm.failpoint import reached
from farm.plan import Resource
from farm.states import GOING_ON, STEP_MOVES, JobState, StepState, check_move
from storage.postgres import events, jobs, statements
from storage.postgres.leases import waiting_state
from storage.postgres.models import Job, Step
from storage.wakeups import LONGEST_QUEUE, Wakeup

ISOLATE_AFTER = 2  # lost leases: then it runs alone, so that it cannot take others with it
QUARANTINE_AFTER = 3
BATCH = 500


def due_for_waking(
    session: Session, older_than_s: float, job_id: str | None = None
) -> list[Wakeup]:
    """Return queued steps (of one job) not woken for lately, oldest first, marked as woken for.

    A queue's worth at most of each class: more would not fit into the queue.
    """
    statement = _DUE_OF_JOB if job_id else _DUE_OF_ALL
    rows = statements.rows(
        session, statement, classes=list(Resource), older_than_s=older_than_s, job=job_id
    )
    due = [Wakeup(step_id, Resource(resource)) for step_id, resource in rows]
    mark_woken(session, due)
    return due


def mark_woken(session: Session, steps: list[Wakeup]) -> None:
    """Note that workers were woken for these steps."""
    if steps:
        statements.rows(session, _WOKEN, ids=[step.step_id for step in steps])


def mark_unwoken(session: Session, steps: list[Wakeup]) -> None:
    """Note that no workers could be woken for these steps."""
    ids = [step.step_id for step in steps]
    session.execute(update(Step).where(Step.id.in_(ids)).values(woken_at=None))


def reap_expired(session: Session) -> list[Wakeup]:
    """Take back steps whose lease ran out; return those that can start again.

    The second lost lease isolates the step, the third quarantines it and fails its job: it kills
    whoever runs it.
    """
    queued = _take_back_where(session, Step.lease_until < func.now(), lost=True)
    reached("reap.before-commit")
    return queued


def release_all(session: Session) -> list[Wakeup]:
    """Take back every leased step, uncounted; return those that can start again.

    For a stack whose workers are known to be gone: the lock on its state directory proves it.
    """
    return _take_back_where(session, true(), lost=False)


def release_worker(session: Session, worker: str) -> list[Wakeup]:
    """Take back the leased steps of a worker that is known to be gone, counted as lost."""
    return _take_back_where(session, Step.worker == worker, lost=True)


def release_job(session: Session, job_id: str) -> list[Wakeup]:
    """Take back the leased steps of one job whose worker is known to be gone, uncounted."""
    return _take_back_where(session, Step.job_id == job_id, lost=False)


def _take_back_where(session: Session, due: ColumnElement[bool], lost: bool) -> list[Wakeup]:
    leased = (Step.state == StepState.RUNNING, due)
    started_at = session.scalar(select(func.pg_postmaster_start_time()))
    job_ids = session.scalars(select(Step.job_id).where(*leased).distinct().limit(BATCH)).all()
    queued = []
    for job_id in sorted(job_ids):
        # Job before step, as everywhere: no deadlocks. A job somebody works on waits for the next
        # pass: one held by a worker that hangs must not hold up all others.
        job = session.scalar(select(Job).where(Job.id == job_id).with_for_update(skip_locked=lost))
        if job is None:
            continue
        mine = (
            select(Step)
            .where(Step.job_id == job_id, *leased)
            .order_by(Step.id)
            .with_for_update(skip_locked=lost)
        )
        queued += [
            Wakeup(step.id, Resource(step.resource))
            for step in session.scalars(mine)
            if _take_back(session, job, step, lost and not _ended_before(step, started_at))
        ]
    return queued


def _ended_before(step: Step, postgres_started_at: datetime | None) -> bool:
    """Return whether nobody could renew the lease: no worker's fault then, nor the step's."""
    if step.lease_until is None or postgres_started_at is None:
        return False
    return step.lease_until < postgres_started_at


def _take_back(session: Session, job: Job, step: Step, lost: bool) -> bool:
    events.tell_of_step(session, step.id, "lost" if lost else "released")
    step.epoch += 1  # whoever still holds the old lease is fenced off from here on
    step.lease_until = None
    step.lost_leases += lost
    step.isolated = step.lost_leases >= ISOLATE_AFTER
    now = session.scalar(select(func.clock_timestamp()))
    if job.state not in GOING_ON:
        step.state = check_move(STEP_MOVES, StepState.RUNNING, StepState.CANCELLED)
        step.finished_at = now
        return False
    if step.lost_leases < QUARANTINE_AFTER:
        step.state = check_move(STEP_MOVES, StepState.RUNNING, waiting_state(job))
        step.queued_at = now
        step.woken_at = None
        return step.state == StepState.QUEUED
    step.state = check_move(STEP_MOVES, StepState.RUNNING, StepState.QUARANTINED)
    step.finished_at = now
    step.error = {
        "code": "quarantined",
        "message": f"step {step.key} lost its worker {step.lost_leases} times, the last one"
        f" ({step.worker}) while it ran alone: look for an out-of-memory kill there",
        "detail": {"worker": step.worker, "lost_leases": step.lost_leases},
    }
    jobs.finish(session, job, JobState.FAILED, {**step.error, "step": step.key})
    return False


_DUE = """
SELECT due.id, class.resource
  FROM unnest(CAST(%(classes)s AS text[])) WITH ORDINALITY AS class (resource, place)
 CROSS JOIN LATERAL (
    SELECT step.id
      FROM step
     WHERE {queued} AND step.resource = class.resource
       AND coalesce(step.woken_at, '-infinity') < now() - make_interval(secs => %(older_than_s)s)
       AND (step.not_before IS NULL OR step.not_before <= now())
     ORDER BY {order}, step.id
     LIMIT {longest}
       FOR UPDATE SKIP LOCKED) AS due
 ORDER BY class.place
"""

# In the order of step_unwoken, and up to what was woken for just now: no further than a queue is
# long, whether everything is due or nothing.
_DUE_OF_ALL = _DUE.format(
    queued="step.state = 'QUEUED'",
    order="coalesce(step.woken_at, '-infinity')",
    longest=LONGEST_QUEUE,
)
# In the same order, but not by an index on what is QUEUED, which hides behind an expression: before
# statistics are taken, one would seem quicker than that on jobs.
_DUE_OF_JOB = _DUE.format(
    queued="step.job_id = %(job)s AND step.state || '' = 'QUEUED'",
    order="step.woken_at NULLS FIRST",
    longest=LONGEST_QUEUE,
)

_WOKEN = "UPDATE step SET woken_at = now() WHERE id = ANY(%(ids)s)"
