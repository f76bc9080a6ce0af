"""Jobs: submitting them, growing their DAG, ending them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from farm.errors import Cancelled, Superseded
from farm.events import END_OF, EventType, News
from farm.failpoint import reached
from farm.plan import Resource, StepPlan, check_plan, step_of
from farm.spec import JobSpec
from farm.states import ENDED_JOB, JOB_MOVES, JobState, StepState, check_move
from storage.postgres import artifacts, catalog_titles, events, statements
from storage.postgres.generations import ROLLBACK, UNPUBLISH
from storage.postgres.models import Job, Need, Review, Step
from storage.wakeups import Wakeup

UNBEGUN = (StepState.BLOCKED, StepState.QUEUED, StepState.WAITING)


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
        retry_of=spec.retry_of,
        plan=spec.plan,
        spec=spec.model_dump(mode="json"),
    )
    session.add(job)
    session.flush()
    add_steps(session, job, steps)
    freed, _ = free_steps(session, job.id, JobState.QUEUED)
    about = {"asset": job.asset, "external_id": job.external_id, "priority": job.priority}
    events.tell(session, job.id, [News(EventType.JOB_ACCEPTED, about)])
    reached("submit.before-commit")
    return job.id, freed


def note_work(session: Session, job_id: str, work: float) -> None:
    """Note how much there is to do of a job whose plan told."""
    session.execute(update(Job).where(Job.id == job_id).values(work=work))


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
                "device_kind": step.size.device_kind,
                "sessions": step.size.sessions,
                "pixels_per_s": step.size.pixels_per_s,
                "work": step.work,
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


def need(session: Session, job_id: str, step_id: int, inputs: Iterable[str]) -> None:
    """Have a step wait for those that make its `inputs`, whatever it has waited for already."""
    keys = {step_of(reference) for reference in inputs}
    needed = select(Step.id).where(Step.job_id == job_id, Step.key.in_(keys))
    edges = [{"step_id": step_id, "needs_id": each} for each in session.scalars(needed)]
    if edges:
        session.execute(postgresql.insert(Need).on_conflict_do_nothing(), edges)


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
    """End a locked job whose steps are all done: PUBLISHED, or SUPERSEDED by what came later.

    A plan ends PLANNED.
    """
    if job.superseded_by is None:
        finish(session, job, JobState.PLANNED if job.plan else JobState.PUBLISHED, None)
        return
    later = {
        ROLLBACK: f"{job.asset} was rolled back after this one was submitted",
        UNPUBLISH: f"{job.asset} was unpublished after this one was submitted",
    }.get(
        job.superseded_by,
        f"job {job.superseded_by}, submitted after this one, had published {job.asset} already",
    )
    late = Superseded(
        f"nothing is wrong: {later}, so that this one did not replace it",
        superseded_by=job.superseded_by,
    )
    finish(session, job, JobState.SUPERSEDED, late.as_json())


def finish(session: Session, job: Job, state: JobState, error: dict[str, object] | None) -> None:
    """End a locked job; steps that have not started never will, running ones learn by heartbeat."""
    job.state = check_move(JOB_MOVES, JobState(job.state), state)
    job.error = error
    job.finished_at = session.scalar(select(func.clock_timestamp()))
    session.flush()
    session.execute(
        update(Step)
        .where(Step.job_id == job.id, Step.state.in_(UNBEGUN))
        .values(state=StepState.CANCELLED, finished_at=func.clock_timestamp())
    )
    session.execute(
        update(Review)
        .where(Review.job_id == job.id, Review.decided_at.is_(None))
        .values(decided_at=func.clock_timestamp())
    )
    artifacts.use_all(session, job.id)
    told = _told_of_end(session, job)
    events.tell(session, job.id, [News(END_OF[state], told)])
    if job.catalog:
        catalog_titles.note_end(session, job.id, state, told["error"], told["outputs"])


def _told_of_end(session: Session, job: Job) -> dict[str, Any]:
    error, ended_at = job.error or {}, job.finished_at
    return {
        "asset": job.asset,
        "external_id": job.external_id,
        "state": job.state,
        # Its detail is evidence for engineers (commands, paths): the job record has it.
        "error": {key: error[key] for key in ("code", "message", "step") if key in error} or None,
        "outputs": _outputs(session, job) if job.state == JobState.PUBLISHED else None,
        "finished_at": ended_at.astimezone(UTC).isoformat() if ended_at else None,
    }


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


def _outputs(session: Session, job: Job) -> dict[str, Any] | None:
    outputs: dict[str, Any] | None = statements.value(session, _OUTPUTS, job=job.id)
    return outputs


_OUTPUTS = """
SELECT artifact.part -> 'facts'
  FROM step JOIN artifact ON artifact.fingerprint = step.parts ->> ''
 WHERE step.job_id = %(job)s AND step.key = 'publish' AND step.state = 'DONE'
"""
