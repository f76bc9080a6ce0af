"""The farm at work: what ended lately, what runs and where, how long steps wait for a worker.

Each statement reads a bounded number of rows, or counts that an index shows, however long the
backlog is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from storage.postgres import statements

JOBS_LOOKED_AT = 60  # the newest published ones: what steps take now
HOURS = 24


@dataclass(frozen=True, slots=True)
class WaitNow:
    """Steps of a class that wait for a worker now, those of titles not begun left out."""

    resource: str
    steps: int
    mean_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class EndedLately:
    """How many titles ended in one way within a day; `by_hour` of its 24, the oldest first."""

    state: str
    code: str | None
    titles: int
    by_hour: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BusyStep:
    """A step that runs, and where."""

    worker: str
    job_id: str
    asset: str
    key: str
    kind: str
    label: str
    cores: float
    progress: float
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ListedWorker:
    """A worker that reported within a day."""

    name: str
    resources: tuple[str, ...]
    cores: int
    memory_bytes: int
    draining: bool
    silent_s: float


def unfinished_jobs(session: Session, tenant: str) -> dict[str, int]:
    """Return how many jobs are in each state that is no end."""
    return dict(statements.rows(session, _JOBS, tenant=tenant))


def ended_lately(session: Session, tenant: str) -> list[EndedLately]:
    """Return how many ended in each way, the most first."""
    found: dict[tuple[str, str | None], list[int]] = {}
    for state, code, hours_ago, titles in statements.rows(session, _ENDED, tenant=tenant):
        hours = found.setdefault((state, code), [0] * HOURS)
        hours[HOURS - 1 - min(HOURS - 1, max(0, hours_ago))] += titles
    ended = [EndedLately(*way, sum(hours), tuple(hours)) for way, hours in found.items()]
    return sorted(ended, key=lambda each: (-each.titles, each.code or ""))


def waited_lately(session: Session, tenant: str) -> dict[str, float]:
    """Return how long the steps of each class waited in the titles that were published last."""
    rows = statements.rows(session, _WAITED, tenant=tenant, jobs=JOBS_LOOKED_AT)
    return {resource: float(waited_s) for resource, waited_s in rows}


def waits(session: Session, tenant: str) -> list[WaitNow]:
    """Return what waits for a worker now."""
    rows = statements.rows(session, _WAITS, tenant=tenant)
    return [WaitNow(resource, n, float(mean), float(most)) for resource, n, mean, most in rows]


def busy(session: Session, tenant: str) -> list[BusyStep]:
    """Return the steps that run."""
    return [BusyStep(*row) for row in statements.rows(session, _BUSY, tenant=tenant)]


def workers(session: Session) -> list[ListedWorker]:
    """Return the workers that reported within a day, by name; none to a tenant."""
    rows = statements.rows(session, _WORKERS)
    return [
        ListedWorker(name, tuple(resources), cores, memory, draining, float(silent))
        for name, resources, cores, memory, draining, silent in rows
    ]


_JOBS = """
SELECT state, count(*) FROM job
 WHERE finished_at IS NULL AND (%(tenant)s::text = '*' OR tenant = %(tenant)s::text)
 GROUP BY state
"""

_ENDED = f"""
SELECT state, error->>'code', CAST(floor(date_part('epoch', now() - finished_at) / 3600) AS int),
       count(*)
  FROM job
 WHERE finished_at > now() - interval '{HOURS} hours'
   AND (%(tenant)s::text = '*' OR tenant = %(tenant)s::text)
 GROUP BY 1, 2, 3
"""

_WAITED = """
WITH lately AS MATERIALIZED (
    SELECT id FROM job
     WHERE finished_at > now() - interval '7 days' AND state = 'PUBLISHED'
       AND (%(tenant)s::text = '*' OR tenant = %(tenant)s::text)
     ORDER BY finished_at DESC LIMIT %(jobs)s
)
SELECT resource,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM started_at - queued_at))
  FROM lately JOIN step ON step.job_id = lately.id
 WHERE step.state = 'DONE' AND NOT step.reused AND started_at IS NOT NULL AND queued_at IS NOT NULL
 GROUP BY resource
"""

_WAITS = """
SELECT resource, count(*), coalesce(avg(extract(epoch FROM now() - queued_at)), 0),
       coalesce(max(extract(epoch FROM now() - queued_at)), 0)
  FROM step
 WHERE state = 'QUEUED' AND NOT begins AND coalesce(not_before, '-infinity') <= now()
   AND (%(tenant)s::text = '*' OR tenant = %(tenant)s::text)
 GROUP BY resource
"""

_BUSY = """
SELECT step.worker, step.job_id, job.asset, step.key, step.kind, step.label, step.cores,
       step.progress, step.started_at
  FROM step JOIN job ON job.id = step.job_id
 WHERE step.state = 'RUNNING' AND (%(tenant)s::text = '*' OR step.tenant = %(tenant)s::text)
 ORDER BY step.worker, step.started_at, step.id
"""

_WORKERS = """
SELECT name, resources, cores, memory_bytes, draining, extract(epoch FROM now() - seen_at)
  FROM worker ORDER BY name
"""
