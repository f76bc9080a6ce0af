"""How much a tenant has under way: titles that wait and run, and hours of source in a day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.postgres import statements
from storage.postgres.statements import Connected


@dataclass(frozen=True, slots=True)
class ProbedSources:
    """Sources that were probed within 24 hours: how long they are together."""

    duration_s: float
    below_in_s: float  # until enough of them are older for the sum to be below the limit asked of


def take_turn(session: Session, tenant: str) -> None:
    """Be the only one who takes in titles of the tenant under a quota, until the transaction ends.

    What is counted after this cannot grow by another's hand before this transaction has committed.
    """
    lock = func.hashtextextended(f"quota\n{tenant}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))


def waiting(session: Session, tenant: str, at_most: int) -> int:
    """Return how many of the tenant's titles have not begun: jobs, and rows of catalogs.

    Paused ones, too, or pausing would make room for more. Tests do not count. Of jobs it counts no
    more than `at_most`; rows of catalogs are added up already.
    """
    return int(statements.value(session, _WAITING, tenant=tenant, at_most=at_most))


def running(session: Session, tenant: str) -> int:
    """Return how many titles of the tenant are in progress: begun, not ended, no person's turn."""
    return int(statements.value(session, _RUNNING, tenant=tenant))


def running_limits(there: Connected, kind: str, name: str) -> dict[str, int]:
    """Return how many titles may be in progress of those tenants for whom their document says.

    An index probe for each tenant there is.
    """
    rows = statements.rows(there, _RUNNING_LIMITS, kind=kind, name=name)
    return {tenant: limit for tenant, limit in rows if limit is not None}


def probed(session: Session, tenant: str, limit_s: float) -> ProbedSources:
    """Return the length of the tenant's sources that were probed within 24 hours.

    Summed over the events that tell of it, through an index of those alone. Exact for what was
    probed: each job does so once, whatever is tried again. A title counts from its probing on, so
    what was taken in and not looked at yet does not count; nor do tests, nor events of jobs that
    were forgotten.
    """
    [(duration_s, below_in_s)] = statements.rows(session, _PROBED, tenant=tenant, limit_s=limit_s)
    return ProbedSources(duration_s, max(0.0, below_in_s or 0.0))


_WAITING = """
WITH test AS (
    SELECT count(*) AS jobs FROM job
     WHERE tenant = %(tenant)s AND spec ->> 'mode' = 'test'
       AND state IN ('QUEUED', 'PAUSED') AND begun_at IS NULL
),
catalog_row AS (
    SELECT coalesce(sum(catalog_count.titles), 0) AS titles
      FROM catalog JOIN catalog_count ON catalog_count.catalog_id = catalog.id
     WHERE catalog.tenant = %(tenant)s AND catalog_count.state = 'WAITING'
),
test_row AS (
    SELECT count(*) AS titles FROM catalog_title
     WHERE tenant = %(tenant)s AND state = 'WAITING' AND request ->> 'mode' = 'test'
)
SELECT count(*) - (SELECT jobs FROM test)
       + (SELECT titles FROM catalog_row) - (SELECT titles FROM test_row)
  FROM (SELECT FROM job
         WHERE tenant = %(tenant)s AND state IN ('QUEUED', 'PAUSED') AND begun_at IS NULL
         LIMIT %(at_most)s + (SELECT jobs FROM test)) AS counted
"""

_RUNNING = """
SELECT count(*) FROM job
 WHERE tenant = %(tenant)s AND begun_at IS NOT NULL AND finished_at IS NULL AND state <> 'WAITING'
"""

_RUNNING_LIMITS = """
SELECT tenant.name, CAST(newest.body ->> 'running_titles' AS int)
  FROM tenant
 CROSS JOIN LATERAL (
    SELECT body FROM document
     WHERE document.tenant = tenant.name AND kind = %(kind)s AND document.name = %(name)s
     ORDER BY version DESC LIMIT 1) AS newest
"""

# What leaves the window first is the oldest: the sum is below the limit once all up to some event
# have left.
_PROBED = """
WITH test AS MATERIALIZED (
    SELECT id FROM job WHERE tenant = %(tenant)s AND spec ->> 'mode' = 'test'
),
probed AS (
    SELECT at, id, CAST(data ->> 'duration_s' AS float8) AS duration_s
      FROM event
     WHERE tenant = %(tenant)s AND type = 'source.probed' AND at > now() - interval '24 hours'
       AND NOT EXISTS (SELECT FROM test WHERE test.id = event.job_id)
),
summed AS (
    SELECT at, sum(duration_s) OVER (ORDER BY at, id) AS up_to, sum(duration_s) OVER () AS whole
      FROM probed
)
SELECT coalesce(max(whole), 0.0),
       CAST(extract(epoch FROM min(at) FILTER (WHERE whole - up_to < %(limit_s)s)
                               + interval '24 hours' - now()) AS float8)
  FROM summed
"""
