"""Titles of catalogs whose turn nears, and that get their jobs or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from farm.states import TitleState
from storage.postgres import statements
from storage.postgres.models import CatalogTitle


@dataclass(frozen=True, slots=True)
class Waiting:
    """A title that is to get its job now."""

    catalog_id: str
    external_id: str
    request: dict[str, Any]


def with_room(
    session: Session, tenant: str, taken_at_most: int, of_tenants: Mapping[str, int]
) -> list[tuple[str, str, str, int]]:
    """Return catalogs that have titles waiting and may have more jobs: id, tenant, name, how many.

    `of_tenants` says how many those have at most whose tenant has a limit of its own. An index
    probe a catalog, however many titles wait.
    """
    rows = statements.rows(
        session,
        _WITH_ROOM,
        tenant=tenant,
        most=taken_at_most,
        owners=list(of_tenants),
        limits=list(of_tenants.values()),
    )
    return [tuple(row) for row in rows]


def next_waiting(session: Session, catalog_id: str, limit: int) -> list[Waiting]:
    """Return the titles whose turn is next, locked: by priority, then as they came.

    None where the catalog was cancelled, or of those that somebody else is taking.
    """
    rows = statements.rows(session, _NEXT_WAITING, catalog=catalog_id, limit=limit)
    return [Waiting(catalog_id, *row) for row in rows]


def give_job(session: Session, title: Waiting, job_id: str) -> None:
    """Note that a title has its job."""
    session.execute(_of(title).values(state=TitleState.TAKEN, job_id=job_id, changed_at=func.now()))


def refuse(session: Session, title: Waiting, error: dict[str, Any]) -> None:
    """Note that a title can get no job, and why."""
    session.execute(_of(title).values(state=TitleState.FAILED, error=error, changed_at=func.now()))


def _of(title: Waiting) -> Any:
    return (
        update(CatalogTitle)
        .where(
            CatalogTitle.catalog_id == title.catalog_id,
            CatalogTitle.external_id == title.external_id,
        )
        .execution_options(synchronize_session=False)
    )


_WITH_ROOM = """
SELECT catalog.id, catalog.tenant, catalog.name, CAST(limited.most - taken.titles AS int)
  FROM catalog
  LEFT JOIN unnest(%(owners)s::text[], %(limits)s::bigint[]) AS own (tenant, most)
    ON own.tenant = catalog.tenant
 CROSS JOIN LATERAL (SELECT coalesce(own.most, %(most)s::bigint) AS most) AS limited
 CROSS JOIN LATERAL (SELECT coalesce(sum(titles), 0) AS titles FROM catalog_count
                      WHERE catalog_id = catalog.id AND state = 'TAKEN') AS taken
 WHERE catalog.cancelled_at IS NULL AND (%(tenant)s = '*' OR catalog.tenant = %(tenant)s)
   AND taken.titles < limited.most
   AND EXISTS (SELECT FROM catalog_title
                WHERE catalog_id = catalog.id AND state = 'WAITING')
 ORDER BY catalog.id
"""

_NEXT_WAITING = """
WITH going_on AS MATERIALIZED (
    SELECT id FROM catalog WHERE id = %(catalog)s AND cancelled_at IS NULL FOR SHARE
)
SELECT title.external_id, title.request
  FROM catalog_title AS title
 WHERE title.catalog_id = (SELECT id FROM going_on) AND title.state = 'WAITING'
 ORDER BY title.priority DESC, title.position
 LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED
"""
