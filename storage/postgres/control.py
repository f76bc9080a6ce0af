"""Cancelling, pausing and resuming jobs, one transaction each."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from farm.errors import Cancelled, Conflict, NotFound
from farm.events import EventType, News
from farm.states import ENDED_JOB, JOB_MOVES, STEP_MOVES, JobState, StepState, check_move
from storage.postgres import events, jobs
from storage.postgres.models import Job, Step
from storage.postgres.scoped import within
from storage.wakeups import Wakeup


def request_cancel(session: Session, tenant: str, job_id: str) -> JobState:
    """Cancel a job; return its state after that. Ended jobs stay as they are."""
    job = locked(session, tenant, job_id)
    if job.state not in ENDED_JOB:
        jobs.finish(session, job, JobState.CANCELLED, Cancelled("cancelled").as_json())
    return JobState(job.state)


def pause(session: Session, tenant: str, job_id: str) -> JobState:
    """Start no more steps of a job; those that run go on. Raises Conflict for an ended one.

    And for one that waits for a person, of which nothing would start by itself.
    """
    job = locked(session, tenant, job_id)
    _refuse_ended(job)
    if job.state == JobState.WAITING:
        raise Conflict(
            f"job {job.id} waits for a person's verdict: approve, reject or cancel it",
            input=job.id,
            state=job.state,
        )
    if job.state != JobState.PAUSED:
        job.state = check_move(JOB_MOVES, JobState(job.state), JobState.PAUSED)
        session.execute(
            update(Step)
            .where(Step.job_id == job.id, Step.state == StepState.QUEUED)
            .values(state=check_move(STEP_MOVES, StepState.QUEUED, StepState.BLOCKED))
        )
        events.tell(session, job.id, [News(EventType.JOB_PAUSED, {"asset": job.asset})])
    return JobState(job.state)


def resume(session: Session, tenant: str, job_id: str) -> tuple[JobState, list[Wakeup]]:
    """Let a paused job go on; return its state and the steps that can start.

    One of which no step has run yet waits for its turn again, one for a person's verdict for that.
    """
    job = locked(session, tenant, job_id)
    _refuse_ended(job)
    if job.state != JobState.PAUSED:
        return JobState(job.state), []
    state = JobState.QUEUED if job.begun_at is None else JobState.RUNNING
    waits = select(Step.id).where(Step.job_id == job.id, Step.state == StepState.WAITING)
    if session.scalar(waits) is not None:
        state = JobState.WAITING
    job.state = check_move(JOB_MOVES, JobState.PAUSED, state)
    session.flush()
    events.tell(session, job.id, [News(EventType.JOB_RESUMED, {"asset": job.asset})])
    return state, jobs.free_steps(session, job_id, state)[0]


def prioritise(session: Session, tenant: str, job_id: str, priority: int) -> JobState:
    """Let a job's steps take their turns by another priority; raise Conflict for an ended one."""
    job = locked(session, tenant, job_id)
    _refuse_ended(job)
    job.priority = priority
    job.spec = {**job.spec, "priority": priority}
    session.execute(update(Step).where(Step.job_id == job.id).values(priority=priority))
    return JobState(job.state)


def locked(session: Session, tenant: str, job_id: str) -> Job:
    """Return a job's row, locked; raise NotFound where the tenant has no such job."""
    job = session.scalar(
        select(Job).where(Job.id == job_id, within(Job.tenant, tenant)).with_for_update()
    )
    if job is None:
        raise NotFound(f"there is no job {job_id}: check the id", input=job_id)
    return job


def _refuse_ended(job: Job) -> None:
    if job.state in ENDED_JOB:
        raise Conflict(
            f"job {job.id} has ended ({job.state}): submit the title again",
            input=job.id,
            state=job.state,
        )
