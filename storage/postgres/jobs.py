"""Jobs: submitting them, growing their DAG, pausing and ending them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from farm.errors import Cancelled, InvalidSpec, Superseded
from farm.failpoint import reached
from farm.plan import Resource, StepPlan, check_plan
from farm.spec import JobSpec
from farm.states import ENDED_JOB, JOB_MOVES, STEP_MOVES, JobState, StepState, check_move
from storage.postgres import artifacts, outbox, statements
from storage.postgres.models import Job, Need, Step
from storage.wakeups import Wakeup


def submit(
    session: Session, spec: JobSpec, steps: Iterable[StepPlan], request: str
) -> tuple[str, list[Wakeup]]:
    """Write a job and its first steps; return its id and the steps that can start."""
    job = Job(
        id=uuid.uuid4().hex,
        tenant=spec.tenant,
        asset=spec.asset,
        external_id=spec.external_id,
        request=request,
        state=JobState.QUEUED,
        priority=spec.priority,
        catalog=spec.catalog or "",
        spec=spec.model_dump(mode="json"),
    )
    session.add(job)
    session.flush()
    add_steps(session, job, steps)
    freed, _ = free_steps(session, job.id, JobState.QUEUED)
    reached("submit.before-commit")
    return job.id, freed


def find_unfinished(session: Session, request: str) -> str | None:
    """Return the newest job of the same request that has not ended, if there is one."""
    return session.scalar(
        select(Job.id)
        .where(Job.request == request, Job.state.not_in(ENDED_JOB))
        .order_by(Job.created_at.desc())
        .limit(1)
    )


def unfinished(session: Session, job_ids: Iterable[str]) -> set[str]:
    """Return those of some jobs that have not ended; a forgotten one has."""
    going_on = select(Job.id).where(Job.id.in_(list(job_ids)), Job.state.not_in(ENDED_JOB))
    return set(session.scalars(going_on))


def add_steps(session: Session, job: Job, steps: Iterable[StepPlan]) -> None:
    """Add `steps` to a job's DAG, all BLOCKED; raise ValueError if they do not form one."""
    planned = list(steps)
    if not planned:
        return
    rows_known = session.execute(select(Step.key, Step.id).where(Step.job_id == job.id))
    known: dict[str, int] = dict(rows_known.all())
    ordered = check_plan(planned, known)
    rows = session.execute(
        insert(Step).returning(Step.key, Step.id),
        [
            {
                "job_id": job.id,
                "key": step.key,
                "kind": step.kind,
                "label": step.label or step.key,
                "params": step.params,
                "inputs": list(step.inputs),
                "state": StepState.BLOCKED,
                "resource": step.size.resource,
                "cores": step.size.cores,
                "memory_bytes": step.size.memory_bytes,
                "priority": job.priority,
                "tenant": job.tenant,
                "catalog": job.catalog,
                "submitted_at": job.created_at,
            }
            for step in ordered
        ],
    )
    known.update(dict(rows.all()))
    edges = [
        {"step_id": known[step.key], "needs_id": known[key]}
        for step in ordered
        for key in step.needs
    ]
    if edges:
        session.execute(insert(Need), edges)


def free_steps(session: Session, job_id: str, state: JobState) -> tuple[list[Wakeup], bool]:
    """Queue every blocked step of a locked job whose needs are all done.

    Returns those, and whether the job has steps at all that are not done. A job whose `state` is
    PAUSED frees none: `resume` does.
    """
    rows = statements.rows(
        session,
        _FREE,
        job=job_id,
        paused=state == JobState.PAUSED,
        begins=state == JobState.QUEUED,
    )
    freed = [Wakeup(step_id, Resource(resource)) for step_id, resource, _ in rows if step_id]
    return sorted(freed), any(goes_on for _, _, goes_on in rows)


def lock(session: Session, job_id: str) -> Job:
    """Return the job's row, locked: steps of one job complete one after the other.

    Without it two last predecessors could each see the other undone and free nobody. Raises
    Cancelled where the job ended so long ago that it was forgotten.
    """
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise Cancelled(f"job {job_id} has ended, and is forgotten")
    return job


def succeed(session: Session, job: Job) -> None:
    """End a locked job whose steps are all done: PUBLISHED, or SUPERSEDED by a newer one."""
    if job.superseded_by is None:
        finish(session, job, JobState.PUBLISHED, None)
        return
    late = Superseded(
        f"nothing is wrong: job {job.superseded_by}, submitted after this one, had published"
        f" {job.asset} already, so that this one did not replace it",
        superseded_by=job.superseded_by,
    )
    finish(session, job, JobState.SUPERSEDED, late.as_json())


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
    artifacts.use_all(session, job.id)
    outbox.owe(session, job)


def request_cancel(session: Session, job_id: str) -> JobState:
    """Cancel a job; return its state after that. Ended jobs stay as they are."""
    job = _locked(session, job_id)
    if job.state not in ENDED_JOB:
        finish(session, job, JobState.CANCELLED, {"code": "cancelled", "message": "cancelled"})
    return JobState(job.state)


def pause(session: Session, job_id: str) -> JobState:
    """Start no more steps of a job; those that run go on. Raises InvalidSpec for an ended one."""
    job = _locked(session, job_id)
    _refuse_ended(job)
    if job.state != JobState.PAUSED:
        job.state = check_move(JOB_MOVES, JobState(job.state), JobState.PAUSED)
        session.execute(
            update(Step)
            .where(Step.job_id == job.id, Step.state == StepState.QUEUED)
            .values(state=check_move(STEP_MOVES, StepState.QUEUED, StepState.BLOCKED))
        )
    return JobState(job.state)


def resume(session: Session, job_id: str) -> tuple[JobState, list[Wakeup]]:
    """Let a paused job go on; return its state and the steps that can start.

    One of which no step has run yet waits for its turn again.
    """
    job = _locked(session, job_id)
    _refuse_ended(job)
    if job.state != JobState.PAUSED:
        return JobState(job.state), []
    state = JobState.QUEUED if job.begun_at is None else JobState.RUNNING
    job.state = check_move(JOB_MOVES, JobState.PAUSED, state)
    session.flush()
    return state, free_steps(session, job_id, state)[0]


def _locked(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise InvalidSpec(f"there is no job {job_id}: check the id")
    return job


def _refuse_ended(job: Job) -> None:
    if job.state in ENDED_JOB:
        raise InvalidSpec(f"job {job.id} has ended ({job.state}): submit the title again")


# The move is BLOCKED -> QUEUED.
_FREE = """
WITH freed AS (
    UPDATE step
       SET state = 'QUEUED', queued_at = now(), woken_at = NULL, begins = %(begins)s
     WHERE job_id = %(job)s AND state = 'BLOCKED' AND NOT %(paused)s
       AND NOT EXISTS (SELECT FROM need JOIN step AS needed ON needed.id = need.needs_id
                        WHERE need.step_id = step.id AND needed.state <> 'DONE')
    RETURNING id, resource
)
SELECT id, resource, true AS goes_on FROM freed
 UNION ALL
SELECT NULL, NULL, EXISTS (SELECT FROM step WHERE job_id = %(job)s AND state <> 'DONE')
"""
