"""Jobs: submitting them, growing their DAG, ending them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from farm.errors import InvalidSpec
from farm.plan import StepPlan, check_plan
from farm.spec import JobSpec
from farm.states import ENDED_JOB, JOB_MOVES, JobState, StepState, check_move
from storage.models import Job, Need, Step


def submit(
    session: Session, spec: JobSpec, steps: Iterable[StepPlan], request: str
) -> tuple[str, list[int]]:
    """Write a job and its first steps; return its id and the steps that can start."""
    job = Job(
        id=uuid.uuid4().hex,
        tenant=spec.tenant,
        asset=spec.asset,
        external_id=spec.external_id,
        request=request,
        state=JobState.QUEUED,
        spec=spec.model_dump(mode="json"),
    )
    session.add(job)
    session.flush()
    add_steps(session, job.id, steps)
    return job.id, free_steps(session, job.id)


def find_unfinished(session: Session, request: str) -> str | None:
    """Return the newest job of the same request that has not ended, if there is one."""
    return session.scalar(
        select(Job.id)
        .where(Job.request == request, Job.state.not_in(ENDED_JOB))
        .order_by(Job.created_at.desc())
        .limit(1)
    )


def add_steps(session: Session, job_id: str, steps: Iterable[StepPlan]) -> None:
    """Add `steps` to a job's DAG, all BLOCKED; raise ValueError if they do not form one."""
    rows_known = session.execute(select(Step.key, Step.id).where(Step.job_id == job_id))
    known: dict[str, int] = dict(rows_known.all())
    ordered = check_plan(steps, known)
    rows = [
        Step(
            job_id=job_id,
            key=step.key,
            kind=step.kind,
            params=step.params,
            inputs=list(step.inputs),
            state=StepState.BLOCKED,
        )
        for step in ordered
    ]
    session.add_all(rows)
    session.flush()
    known.update({row.key: row.id for row in rows})
    session.add_all(
        Need(step_id=known[step.key], needs_id=known[key]) for step in ordered for key in step.needs
    )
    session.flush()


def free_steps(session: Session, job_id: str) -> list[int]:
    """Queue every blocked step of a job whose needs are all done; return their ids."""
    unmet = (
        select(Need.step_id)
        .join(Step, Step.id == Need.needs_id)
        .where(Step.job_id == job_id, Step.state != StepState.DONE)
    )
    freed = session.scalars(
        update(Step)
        .where(Step.job_id == job_id, Step.state == StepState.BLOCKED, Step.id.not_in(unmet))
        .values(state=StepState.QUEUED, queued_at=func.now())
        .returning(Step.id)
    )
    return sorted(freed)


def lock(session: Session, job_id: str) -> Job:
    """Return the job's row, locked: steps of one job complete one after the other.

    Without it two last predecessors could each see the other undone and free nobody.
    """
    return session.execute(select(Job).where(Job.id == job_id).with_for_update()).scalar_one()


def finish(session: Session, job: Job, state: JobState, error: dict[str, object] | None) -> None:
    """End a locked job; steps that have not started never will, running ones learn by heartbeat."""
    job.state = check_move(JOB_MOVES, JobState(job.state), state)
    job.error = error
    job.finished_at = session.scalar(select(func.clock_timestamp()))
    session.execute(
        update(Step)
        .where(Step.job_id == job.id, Step.state.in_((StepState.BLOCKED, StepState.QUEUED)))
        .values(state=StepState.CANCELLED, finished_at=func.clock_timestamp())
    )


def request_cancel(session: Session, job_id: str) -> JobState:
    """Cancel a job; return its state after that. Ended jobs stay as they are."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise InvalidSpec(f"there is no job {job_id}: check the id")
    if job.state not in ENDED_JOB:
        finish(session, job, JobState.CANCELLED, {"code": "cancelled", "message": "cancelled"})
    return JobState(job.state)
