"""The audit log: who changed what, written in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from farm.access import Caller
from storage.postgres.models import AuditEntry
from storage.postgres.scoped import within

MAX_TARGET = 512


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: every condition that is given holds."""

    actor: str | None = None
    action: str | None = None  # or how it begins
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def note(session: Session, caller: Caller, action: str, target: str, **detail: Any) -> None:
    """Note that the caller did something to something."""
    session.add(
        AuditEntry(
            tenant=caller.tenant,
            actor=caller.name,
            action=action,
            target=target[:MAX_TARGET],
            detail=detail,
        )
    )


def listed(
    session: Session, tenant: str, wanted: AuditFilter, before: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Return entries that match, the newest first; `before` is the id of the last one seen."""
    query = select(AuditEntry).where(within(AuditEntry.tenant, tenant))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.action is not None:
        query = query.where(func.starts_with(AuditEntry.action, wanted.action))
    if wanted.target is not None:
        query = query.where(AuditEntry.target == wanted.target)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()
