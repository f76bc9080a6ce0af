"""Lists of jobs: filtered, the newest first, page by page, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from farm.progress import StepShare
from farm.states import ENDED_JOB, JobState
from storage.postgres import statements
from storage.postgres.models import Job, Step
from storage.postgres.scoped import within

ListPlace = tuple[datetime, int]  # of a job in a list: when it was submitted, and its number


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: every condition that is given holds."""

    states: frozenset[JobState] = frozenset()  # none: any
    catalog: str | None = None
    external_id: str | None = None
    asset: str | None = None
    text: str | None = None  # somewhere in the asset or the external id, in any case
    code: str | None = None  # of its error
    created_from: datetime | None = None
    created_before: datetime | None = None
    not_retried: bool = False  # only those that no other job makes again
    plans: bool = False  # plans, and no titles


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job as lists show it; `steps` are those of one that has not ended."""

    id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str
    state: str
    priority: int
    spec: dict[str, Any]
    error: dict[str, Any] | None
    created_at: datetime
    begun_at: datetime | None
    finished_at: datetime | None
    submission: int
    steps: tuple[StepShare, ...] = ()

    @property
    def place(self) -> ListPlace:
        """Return where in the list it is."""
        return self.created_at, self.submission


@dataclass(frozen=True, slots=True)
class JobFigures:
    """How many renditions a job has made, and the processor time of all its programs."""

    renditions: int
    cpu_s: float
    gpu_s: float


Columns = TypeVarTuple("Columns")

_COLUMNS = (
    *(Job.id, Job.tenant, Job.asset, Job.external_id, Job.catalog, Job.state, Job.priority),
    *(Job.spec, Job.error, Job.created_at, Job.begun_at, Job.finished_at, Job.submission),
)


def listed(
    session: Session, tenant: str, wanted: JobFilter, after: ListPlace | None, limit: int
) -> list[ListedJob]:
    """Return jobs, the newest first; `after` is the place of the last one seen."""
    query = _ordered(select(*_COLUMNS), tenant, wanted, after).limit(limit)
    jobs = session.execute(query).all()
    steps = _steps(session, [job.id for job in jobs if job.state not in ENDED_JOB])
    return [ListedJob(**job._mapping, steps=steps.get(job.id, ())) for job in jobs]


def with_ids(session: Session, job_ids: Sequence[str]) -> dict[str, ListedJob]:
    """Return those of some jobs that are there, by their id."""
    found = session.execute(select(*_COLUMNS).where(Job.id.in_(job_ids))).all()
    steps = _steps(session, [job.id for job in found if job.state not in ENDED_JOB])
    return {job.id: ListedJob(**job._mapping, steps=steps.get(job.id, ())) for job in found}


def spent_on(session: Session, job_ids: Sequence[str]) -> dict[str, JobFigures]:
    """Return by job what came of its steps until now, and what they took."""
    rows = statements.rows(session, _SPENT, jobs=list(job_ids))
    return {job_id: JobFigures(*rest) for job_id, *rest in rows}


def ids(
    session: Session, tenant: str, wanted: JobFilter, after: ListPlace | None, limit: int
) -> list[tuple[str, ListPlace]]:
    """Return the ids of jobs with their places, in the same order."""
    query = _ordered(select(Job.id, Job.created_at, Job.submission), tenant, wanted, after)
    return [
        (row.id, (row.created_at, row.submission)) for row in session.execute(query.limit(limit))
    ]


def _ordered(
    query: Select[*Columns], tenant: str, wanted: JobFilter, after: ListPlace | None
) -> Select[*Columns]:
    place = tuple_(Job.created_at, Job.submission)
    query = query.where(within(Job.tenant, tenant), *_conditions(wanted))
    if after is not None:
        query = query.where(place < after)
    return query.order_by(Job.created_at.desc(), Job.submission.desc())


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Job.plan.is_(wanted.plans)]
    if wanted.states:
        conditions.append(Job.state.in_(sorted(wanted.states)))
    if wanted.catalog is not None:
        conditions.append(Job.catalog == wanted.catalog)
    if wanted.external_id is not None:
        conditions.append(Job.external_id == wanted.external_id)
    if wanted.asset is not None:
        conditions.append(Job.asset == wanted.asset)
    if wanted.code is not None:
        conditions.append(Job.error["code"].as_string() == wanted.code)
    if wanted.text is not None:
        sought = wanted.text.lower()
        conditions.append(
            or_(
                func.strpos(func.lower(Job.asset), sought) > 0,
                func.strpos(func.lower(Job.external_id), sought) > 0,
            )
        )
    if wanted.created_from is not None or wanted.created_before is not None:
        conditions.append(
            and_(
                *([Job.created_at >= wanted.created_from] if wanted.created_from else []),
                *([Job.created_at < wanted.created_before] if wanted.created_before else []),
            )
        )
    if wanted.not_retried:
        again = aliased(Job)
        conditions.append(~select(again.id).where(again.retry_of == Job.id).exists())
    return conditions


def _steps(session: Session, job_ids: Sequence[str]) -> dict[str, tuple[StepShare, ...]]:
    found: dict[str, list[StepShare]] = {}
    if job_ids:
        rows = session.execute(
            select(Step.job_id, Step.kind, Step.state, Step.progress)
            .where(Step.job_id.in_(job_ids))
            .order_by(Step.id)
        )
        for job_id, kind, state, progress in rows:
            found.setdefault(job_id, []).append(StepShare(kind, state, progress))
    return {job_id: tuple(steps) for job_id, steps in found.items()}


_SPENT = """
SELECT job_id, count(*) FILTER (WHERE kind = 'stitch' AND state = 'DONE'),
       coalesce(sum(cpu_s), 0), coalesce(sum(wall_s) FILTER (WHERE device <> 'cpu'), 0)
  FROM step WHERE job_id = ANY(%(jobs)s) GROUP BY job_id
"""
