"""What is left to do: of one job step by step, of all others added up by group of jobs."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from storage.postgres import statements
from storage.postgres.listing import ListPlace


class StepLeft(NamedTuple):
    """A step of a job that is not done; `needs` are those that are not either."""

    key: str
    kind: str
    resource: str
    cores: float
    work: float | None
    left: float  # the share of it that is not done
    needs: list[str]


class KindLeft(NamedTuple):
    """The steps of one kind that are left of jobs that were begun, of one group of jobs."""

    priority: int
    tenant: str
    catalog: str
    older: bool
    kind: str
    resource: str
    cores: float
    work: float


class Unplanned(NamedTuple):
    """Titles of one group that are not planned yet: begun or not, and rows of catalogs."""

    priority: int
    tenant: str
    catalog: str
    older: bool
    unknown: int  # how many of them nothing is known of
    known_work: float  # of the others


def steps_left(session: Session, job_id: str) -> list[StepLeft]:
    """Return the steps of a job that are not done, in the order they were planned."""
    return [StepLeft(*row) for row in statements.rows(session, _STEPS_LEFT, job=job_id)]


def of_begun_jobs(session: Session, place: ListPlace | None, but: str = "") -> list[KindLeft]:
    """Return what is left of jobs that were begun; `older` is said of those before a place."""
    return [KindLeft(*row) for row in statements.rows(session, _BEGUN, **_place(place), but=but)]


def unplanned(session: Session, place: ListPlace | None, but: str = "") -> list[Unplanned]:
    """Return how many titles nobody has planned, group by group; None as a place: all are older."""
    found = statements.rows(session, _UNPLANNED, **_place(place), but=but)
    return [Unplanned(*row) for row in found]


def _place(place: ListPlace | None) -> dict[str, object]:
    return {"at": place[0] if place else None, "number": place[1] if place else None}


_STEPS_LEFT = """
SELECT step.key, step.kind, step.resource, step.cores, step.work,
       CASE WHEN step.state = 'RUNNING' THEN 1 - step.progress ELSE 1 END,
       ARRAY(SELECT needed.key FROM need JOIN step AS needed ON needed.id = need.needs_id
              WHERE need.step_id = step.id AND needed.state <> 'DONE')
  FROM step
 WHERE step.job_id = %(job)s AND step.state IN ('BLOCKED', 'QUEUED', 'RUNNING')
 ORDER BY step.id
"""

# Of jobs that run: what rests waits for a person.
_BEGUN = """
SELECT job.priority, job.tenant, job.catalog,
       CAST(%(at)s AS timestamptz) IS NULL
           OR (job.created_at, job.submission) < (%(at)s::timestamptz, %(number)s::bigint) AS older,
       step.kind, step.resource, step.cores,
       sum(coalesce(step.work, 0)
           * CASE WHEN step.state = 'RUNNING' THEN 1 - step.progress ELSE 1 END)
  FROM job JOIN step ON step.job_id = job.id
 WHERE job.state = 'RUNNING' AND job.id <> %(but)s
   AND step.state IN ('BLOCKED', 'QUEUED', 'RUNNING')
 GROUP BY job.priority, job.tenant, job.catalog, older, step.kind, step.resource, step.cores
"""

# Until the step `ladder` is done nobody knows what else a title takes. A plan is little to do
# beside a title: it is left out.
_UNPLANNED = """
SELECT priority, tenant, catalog,
       CAST(%(at)s AS timestamptz) IS NULL
           OR (created_at, submission) < (%(at)s::timestamptz, %(number)s::bigint) AS older,
       count(*) FILTER (WHERE work IS NULL), coalesce(sum(work), 0)
  FROM (SELECT * FROM job WHERE state = 'QUEUED' AND finished_at IS NULL
         UNION ALL
        SELECT job.* FROM job
         CROSS JOIN LATERAL (SELECT FROM step
                              WHERE step.job_id = job.id AND step.kind = 'ladder'
                                AND step.state IN ('BLOCKED', 'QUEUED', 'RUNNING')
                              LIMIT 1) AS undecided
         WHERE job.state = 'RUNNING' AND job.finished_at IS NULL) AS waiting
 WHERE NOT plan AND id <> %(but)s
 GROUP BY priority, tenant, catalog, older
 UNION ALL
SELECT 0, catalog.tenant, catalog.name, CAST(%(at)s AS timestamptz) IS NULL, waiting.titles, 0
  FROM catalog
 CROSS JOIN LATERAL (SELECT CAST(sum(titles) AS bigint) AS titles FROM catalog_count
                      WHERE catalog_id = catalog.id AND state = 'WAITING') AS waiting
 WHERE catalog.cancelled_at IS NULL AND waiting.titles > 0
"""
