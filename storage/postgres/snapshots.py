"""Reading jobs for people: rows into snapshots."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.errors import InvalidSpec
from farm.snapshots import JobSnapshot, StepSnapshot
from storage.postgres.models import Job, Step

STEP_FIELDS = tuple(field.name for field in fields(StepSnapshot))


def job_snapshot(session: Session, job_id: str) -> JobSnapshot:
    """Return the job and its steps; raise InvalidSpec where there is no such job."""
    job = session.get(Job, job_id)
    if job is None:
        raise InvalidSpec(f"there is no job {job_id}: check the id")
    rows = session.scalars(select(Step).where(Step.job_id == job_id).order_by(Step.id))
    steps = tuple(
        StepSnapshot(**{name: getattr(row, name) for name in STEP_FIELDS}) for row in rows
    )
    return JobSnapshot(
        id=job.id,
        asset=job.asset,
        external_id=job.external_id,
        state=job.state,
        error=job.error,
        spec=job.spec,
        created_at=job.created_at,
        finished_at=job.finished_at,
        steps=steps,
    )
