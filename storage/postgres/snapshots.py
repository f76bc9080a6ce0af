"""Reading jobs for people: rows into snapshots."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.errors import NotFound
from farm.snapshots import JobSnapshot, StepSnapshot
from storage.postgres import statements
from storage.postgres.models import Job
from storage.postgres.scoped import within
from storage.postgres.statements import Connected

JOB_FIELDS = tuple(field.name for field in fields(JobSnapshot))
STEP_FIELDS = tuple(field.name for field in fields(StepSnapshot))


def job_snapshot(there: Connected, tenant: str, job_id: str) -> JobSnapshot:
    """Return the job and its steps; raise NotFound where the tenant has no such job.

    In one statement: it is asked for hundreds of times a second.
    """
    found = statements.rows(there, _SNAPSHOT, job=job_id, tenant=tenant)
    if not found:
        raise _unknown(job_id)
    values = dict(zip(JOB_FIELDS, found[0], strict=True))
    return JobSnapshot(**{**values, "steps": tuple(map(_step, values["steps"]))})


def check_job(session: Session, tenant: str, job_id: str) -> Job:
    """Return the job's row; raise NotFound where the tenant has no such job."""
    job = session.scalar(select(Job).where(Job.id == job_id, within(Job.tenant, tenant)))
    if job is None:
        raise _unknown(job_id)
    return job


def _step(row: dict[str, Any]) -> StepSnapshot:
    for name in ("started_at", "finished_at"):
        if row[name] is not None:
            row[name] = datetime.fromisoformat(row[name])
    return StepSnapshot(**row)


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"there is no job {job_id}: check the id", input=job_id)


_SNAPSHOT = f"""
SELECT job.id, job.tenant, job.asset, job.external_id, nullif(job.catalog, ''), job.state,
       job.priority, job.error, job.spec, job.created_at, job.finished_at,
       (SELECT coalesce(jsonb_agg(to_jsonb(step) - 'number' ORDER BY number), '[]')
          FROM (SELECT id AS number, {", ".join(STEP_FIELDS)} FROM step WHERE job_id = job.id)
               AS step),
       (SELECT to_jsonb(review) - 'job_id' - 'tenant' || jsonb_build_object('notes', (
                 SELECT coalesce(jsonb_agg(to_jsonb(note) - 'job_id' - 'tenant' ORDER BY id), '[]')
                   FROM review_note AS note WHERE note.job_id = job.id))
          FROM review WHERE review.job_id = job.id)
  FROM job
 WHERE job.id = %(job)s AND (%(tenant)s = '*' OR job.tenant = %(tenant)s)
"""
