"""What tenants keep under names: every version, the newest of which counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session, aliased

from storage.postgres import statements
from storage.postgres.models import Document
from storage.postgres.statements import Connected


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document."""

    tenant: str
    kind: str
    name: str
    version: int
    body: dict[str, Any]
    created_at: datetime
    created_by: str


def newest(session: Session, tenant: str, kind: str, name: str) -> Version | None:
    """Return the version that counts, None where there is no such document (any more)."""
    row = session.scalar(
        select(Document)
        .where(Document.tenant == tenant, Document.kind == kind, Document.name == name)
        .order_by(Document.version.desc())
        .limit(1)
    )
    return _version(row)


def version(session: Session, tenant: str, kind: str, name: str, number: int) -> Version | None:
    """Return one version of a document, also of one that was removed since."""
    return _version(session.get(Document, (tenant, kind, name, number)))


def versions(
    session: Session, tenant: str, kind: str, name: str, before: int | None, limit: int
) -> Sequence[Document]:
    """Return versions of a document, the newest first, also those from which on it was not there.

    `before` is the number of the last one seen.
    """
    query = select(Document).where(
        Document.tenant == tenant, Document.kind == kind, Document.name == name
    )
    if before is not None:
        query = query.where(Document.version < before)
    return session.scalars(query.order_by(Document.version.desc()).limit(limit)).all()


def listed(session: Session, tenant: str, kind: str, after: str, limit: int) -> Sequence[Version]:
    """Return the newest version of each document of a kind, by name, after one name."""
    newer = aliased(Document)
    rows = session.scalars(
        select(Document)
        .where(
            Document.tenant == tenant,
            Document.kind == kind,
            Document.name > after,
            Document.body.is_not(None),
            ~select(newer)
            .where(
                newer.tenant == Document.tenant,
                newer.kind == Document.kind,
                newer.name == Document.name,
                newer.version > Document.version,
            )
            .exists(),
        )
        .order_by(Document.name)
        .limit(limit)
    )
    return [found for row in rows if (found := _version(row))]


def body(there: Connected, tenant: str, kind: str, name: str) -> dict[str, Any] | None:
    """Return the body of the version that counts, None where there is no such document."""
    found: dict[str, Any] | None = statements.value(
        there, _BODY, tenant=tenant, kind=kind, name=name
    )
    return found


def write(
    session: Session,
    tenant: str,
    kind: str,
    name: str,
    body: dict[str, Any] | None,
    author: str,
) -> tuple[Document, bool]:
    """Write the next version of a document, None for its removal; return it.

    And whether it is new: what is there already, just so, is no new version.
    """
    lock = func.hashtextextended(f"document\n{tenant}\n{kind}\n{name}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))
    last = session.scalar(
        select(Document)
        .where(Document.tenant == tenant, Document.kind == kind, Document.name == name)
        .order_by(Document.version.desc())
        .limit(1)
    )
    if last is not None and last.body == body:
        return last, False
    row = Document(
        tenant=tenant,
        kind=kind,
        name=name,
        version=1 if last is None else last.version + 1,
        body=null() if body is None else body,  # None would be kept as JSON's null
        created_by=author,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row, True


def _version(row: Document | None) -> Version | None:
    if row is None or row.body is None:
        return None
    return Version(
        row.tenant, row.kind, row.name, row.version, row.body, row.created_at, row.created_by
    )


_BODY = """
SELECT body FROM document
 WHERE tenant = %(tenant)s AND kind = %(kind)s AND name = %(name)s
 ORDER BY version DESC LIMIT 1
"""
