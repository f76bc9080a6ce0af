"""Catalogs by name: made, listed, counted, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.errors import NotFound
from storage.postgres import statements
from storage.postgres.models import StoredCatalog, StoredUpload
from storage.postgres.scoped import within


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """A catalog, and how many of its titles are in which state."""

    id: str
    tenant: str
    name: str
    created_at: datetime
    cancelled_at: datetime | None
    titles: dict[str, int]


def open_named(session: Session, tenant: str, name: str) -> str:
    """Return the id of the tenant's catalog of that name, made where it is not there yet."""
    session.execute(
        insert(StoredCatalog)
        .values(id=uuid.uuid4().hex, tenant=tenant, name=name)
        .on_conflict_do_nothing(constraint="catalog_name")
    )
    return session.scalars(
        select(StoredCatalog.id).where(StoredCatalog.tenant == tenant, StoredCatalog.name == name)
    ).one()


def begin_upload(session: Session, tenant: str, catalog_id: str) -> str:
    """Return the id of a new upload to a catalog, whose titles may be begun again from now on."""
    reopen(session, catalog_id)
    upload = StoredUpload(id=uuid.uuid4().hex, tenant=tenant, catalog_id=catalog_id)
    session.add(upload)
    session.flush()
    return upload.id


def find(session: Session, tenant: str, name: str) -> CatalogRow:
    """Return a catalog with its counts; raise NotFound where the tenant has none of that name."""
    row = session.scalar(
        select(StoredCatalog)
        .where(within(StoredCatalog.tenant, tenant), StoredCatalog.name == name)
        .order_by(StoredCatalog.tenant)
        .limit(1)
    )
    if row is None:
        raise NotFound(f"there is no catalog {name}: check the name", input=name)
    return _with_counts(session, [row])[0]


def listed(
    session: Session, tenant: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[CatalogRow]:
    """Return catalogs with their counts, the newest first, after a time and id."""
    query = select(StoredCatalog).where(within(StoredCatalog.tenant, tenant))
    if after is not None:
        query = query.where(func.row(StoredCatalog.created_at, StoredCatalog.id) < func.row(*after))
    query = query.order_by(StoredCatalog.created_at.desc(), StoredCatalog.id.desc()).limit(limit)
    return _with_counts(session, session.scalars(query).all())


def cancel(session: Session, catalog_id: str) -> None:
    """Have none of a catalog's titles begun from now on."""
    session.execute(
        update(StoredCatalog)
        .where(StoredCatalog.id == catalog_id, StoredCatalog.cancelled_at.is_(None))
        .values(cancelled_at=func.clock_timestamp())
    )


def reopen(session: Session, catalog_id: str) -> None:
    """Let a catalog's titles be begun again."""
    session.execute(
        update(StoredCatalog).where(StoredCatalog.id == catalog_id).values(cancelled_at=None)
    )


def has_upload(session: Session, catalog_id: str, upload_id: str) -> bool:
    """Return whether an upload is known, and was to that catalog."""
    return (
        session.scalar(
            select(StoredUpload.id).where(
                StoredUpload.id == upload_id, StoredUpload.catalog_id == catalog_id
            )
        )
        is not None
    )


def failures(session: Session, catalog_id: str) -> list[tuple[str, int]]:
    """Return the codes of the errors its titles ended with, and how many ended so."""
    return [tuple(row) for row in statements.rows(session, _FAILURES, id=catalog_id)]


def fold_counts(session: Session) -> None:
    """Add up the rows that count titles, so that there are few; any number may at once."""
    statements.rows(session, _FOLD)


def _with_counts(session: Session, rows: Sequence[StoredCatalog]) -> list[CatalogRow]:
    counts: dict[str, dict[str, int]] = {row.id: {} for row in rows}
    found: list[Any] = statements.rows(session, _COUNTS, ids=list(counts)) if counts else []
    for catalog_id, state, titles in found:
        counts[catalog_id][state] = titles
    return [
        CatalogRow(row.id, row.tenant, row.name, row.created_at, row.cancelled_at, counts[row.id])
        for row in rows
    ]


_COUNTS = """
SELECT catalog_id, state, CAST(sum(titles) AS bigint)
  FROM catalog_count WHERE catalog_id = ANY(%(ids)s)
 GROUP BY catalog_id, state HAVING sum(titles) > 0
"""

_FAILURES = """
SELECT coalesce(error ->> 'code', 'internal'), count(*)
  FROM catalog_title WHERE catalog_id = %(id)s AND state IN ('FAILED', 'REJECTED')
 GROUP BY 1 ORDER BY 2 DESC, 1
"""

_FOLD = """
WITH folded AS (DELETE FROM catalog_count RETURNING catalog_id, state, titles)
INSERT INTO catalog_count (catalog_id, state, titles)
SELECT catalog_id, state, sum(titles) FROM folded
 GROUP BY catalog_id, state HAVING sum(titles) <> 0
"""
