"""What keeps the farm going when messages and workers get lost. Any number may run at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.orm import Session

from farm.states import JobState, StepState
from storage import jobs
from storage.models import Job, Step

QUARANTINE_AFTER = 3  # lost leases
BATCH = 500


def due_for_ringing(session: Session, older_than_s: float, job_id: str | None = None) -> list[int]:
    """Return queued steps (of one job) nobody rang for lately, oldest first, marked as rung."""
    rung_before = func.now() - timedelta(seconds=older_than_s)
    waiting = (
        select(Step.id)
        .where(
            Step.state == StepState.QUEUED,
            func.coalesce(Step.not_before, func.now()) <= func.now(),
            or_(Step.rung_at.is_(None), Step.rung_at < rung_before),
        )
        .where(Step.job_id == job_id if job_id else true())
        .order_by(Step.queued_at, Step.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = sorted(session.scalars(waiting))
    mark_rung(session, ids)
    return ids


def mark_rung(session: Session, step_ids: list[int]) -> None:
    """Note that the bell was rung for these steps."""
    if step_ids:
        session.execute(update(Step).where(Step.id.in_(step_ids)).values(rung_at=func.now()))


def reap_expired(session: Session) -> list[int]:
    """Take back steps whose lease ran out; return those queued again.

    The third lost lease quarantines the step and fails its job: it kills whoever runs it.
    """
    return _take_back_where(session, Step.lease_until < func.now(), lost=True)


def release_all(session: Session) -> list[int]:
    """Take back every leased step, uncounted; return those queued again.

    For a stack whose workers are known to be gone: the lock on its state directory proves it.
    """
    return _take_back_where(session, true(), lost=False)


def release_job(session: Session, job_id: str) -> list[int]:
    """Take back the leased steps of one job whose worker is known to be gone, uncounted."""
    return _take_back_where(session, Step.job_id == job_id, lost=False)


def _take_back_where(session: Session, due: ColumnElement[bool], lost: bool) -> list[int]:
    leased = (Step.state == StepState.RUNNING, due)
    job_ids = session.scalars(select(Step.job_id).where(*leased).distinct().limit(BATCH)).all()
    queued = []
    for job_id in sorted(job_ids):
        job = jobs.lock(session, job_id)  # job before step, as everywhere: no deadlocks
        mine = select(Step).where(Step.job_id == job_id, *leased).with_for_update()
        queued += [
            step.id for step in session.scalars(mine) if _take_back(session, job, step, lost)
        ]
    return queued


def _take_back(session: Session, job: Job, step: Step, lost: bool) -> bool:
    step.epoch += 1  # whoever still holds the old lease is fenced off from here on
    step.lease_until = None
    step.lost_leases += lost
    if job.state != JobState.RUNNING:
        step.state = StepState.CANCELLED
        step.finished_at = session.scalar(select(func.clock_timestamp()))
        return False
    if step.lost_leases < QUARANTINE_AFTER:
        step.state = StepState.QUEUED
        step.queued_at = session.scalar(select(func.now()))
        step.rung_at = None
        return True
    step.state = StepState.QUARANTINED
    step.finished_at = session.scalar(select(func.clock_timestamp()))
    step.error = {
        "code": "quarantined",
        "message": f"step {step.key} lost its worker {step.lost_leases} times, last {step.worker}:"
        " look for an out-of-memory kill there",
        "detail": {"worker": step.worker, "lost_leases": step.lost_leases},
    }
    jobs.finish(session, job, JobState.FAILED, {**step.error, "step": step.key})
    return False
