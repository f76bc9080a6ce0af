"""API keys as PostgreSQL has them, and the tenants they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.access import EVERY_TENANT
from storage.postgres import statements
from storage.postgres.models import ApiKey, TenantRow
from storage.postgres.scoped import within
from storage.postgres.statements import Connected


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What is known of a key; the secret part is not."""

    id: str
    tenant: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


def add(
    session: Session,
    row: ApiKey,
) -> KeyRow:
    """Write a new key."""
    session.add(row)
    session.flush()
    return _row(row)


def use(there: Connected, key_id: str) -> tuple[str, list[str], str] | None:
    """Return tenant, scopes and digest of a key that holds, None of any other.

    It does not when it is revoked or expired, or its tenant disabled.
    """
    found = statements.rows(there, _USE, id=key_id)
    return found[0][:3] if found else None


def find(session: Session, key_id: str) -> KeyRow | None:
    """Return what is known of a key, None where it is not there to be seen."""
    row = session.get(ApiKey, key_id)
    return None if row is None else _row(row)


def listed(
    session: Session, tenant: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[KeyRow]:
    """Return keys, those made first first; `after` is the time and id of the last one seen."""
    query = select(ApiKey).where(within(ApiKey.tenant, tenant))
    if after is not None:
        query = query.where(tuple_(ApiKey.created_at, ApiKey.id) > after)
    rows = session.scalars(query.order_by(ApiKey.created_at, ApiKey.id).limit(limit))
    return [_row(row) for row in rows]


def revoke(session: Session, tenant: str, key_id: str) -> KeyRow | None:
    """Let a key hold no longer, and return it; None where the tenant has no such key."""
    row = session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, within(ApiKey.tenant, tenant)).with_for_update()
    )
    if row is None:
        return None
    if row.revoked_at is None:
        row.revoked_at = session.scalar(select(func.clock_timestamp()))
        session.flush()
    return _row(row)


def any_operator(session: Session) -> bool:
    """Return whether there is a key for all tenants that holds."""
    found = select(ApiKey.id).where(ApiKey.tenant == EVERY_TENANT, ApiKey.revoked_at.is_(None))
    return session.scalar(found.limit(1)) is not None


def add_tenant(session: Session, name: str) -> bool:
    """Write a tenant down; return whether it was new."""
    made = insert(TenantRow).values(name=name).on_conflict_do_nothing().returning(TenantRow.name)
    return session.scalar(made) is not None


def tenant(session: Session, name: str) -> TenantRow | None:
    """Return a tenant, None where there is no such one."""
    return session.get(TenantRow, name)


def tenants(session: Session, tenant: str, after: str, limit: int) -> Sequence[TenantRow]:
    """Return the tenants that may be seen, by name, after one name."""
    return session.scalars(
        select(TenantRow)
        .where(within(TenantRow.name, tenant), TenantRow.name > after)
        .order_by(TenantRow.name)
        .limit(limit)
    ).all()


def disable(session: Session, name: str, disabled: bool) -> TenantRow | None:
    """Let a tenant's keys hold no longer, or again; return it, None where there is no such one."""
    row = session.get(TenantRow, name, with_for_update=True)
    if row is not None and disabled != (row.disabled_at is not None):
        row.disabled_at = session.scalar(select(func.clock_timestamp())) if disabled else None
        session.flush()
    return row


def _row(key: ApiKey) -> KeyRow:
    return KeyRow(
        id=key.id,
        tenant=key.tenant,
        name=key.name,
        scopes=tuple(key.scopes),
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
    )


# A function of the database's: whose the key is, is not known yet.
_USE = "SELECT tenant, scopes, digest FROM use_key(%(id)s)"
