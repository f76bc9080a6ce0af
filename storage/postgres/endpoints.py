"""Endpoints as PostgreSQL has them: who hears of which events, and what signs for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.orm import Session

from farm.serial import from_json, to_json
from farm.signing import SigningSecrets
from storage.postgres import outbox
from storage.postgres.models import Delivery, Endpoint
from storage.postgres.scoped import within

Until = Callable[[datetime], datetime]
EndpointPlace = tuple[datetime, str]  # of an endpoint in the list: when it was made, and its id


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """What is known of an endpoint; its secrets are not."""

    id: str
    tenant: str
    url: str
    description: str
    events: tuple[str, ...]
    enabled: bool
    created_at: datetime
    changed_at: datetime
    old_secret_expires_at: datetime | None  # while two secrets sign

    @property
    def place(self) -> EndpointPlace:
        """Return where in the list it is."""
        return self.created_at, self.id


def add(session: Session, row: Endpoint, secrets: SigningSecrets, enabled: bool) -> EndpointRow:
    """Write a new endpoint; if it is enabled, it hears of events from the commit on."""
    now = _now(session)
    row.secrets = to_json(secrets)
    row.disabled_at = None if enabled else now
    session.add(row)
    session.flush()
    return _row(row, now)


def count(session: Session, tenant: str) -> int:
    """Return how many endpoints a tenant has."""
    of_tenant = select(func.count()).where(within(Endpoint.tenant, tenant), *_THERE)
    return session.scalar(of_tenant) or 0


def listed(
    session: Session, tenant: str, after: EndpointPlace | None, limit: int
) -> Sequence[EndpointRow]:
    """Return endpoints, those made first first; `after` is the place of the last one seen."""
    query = select(Endpoint).where(within(Endpoint.tenant, tenant), *_THERE)
    if after is not None:
        query = query.where(tuple_(Endpoint.created_at, Endpoint.id) > after)
    query = query.order_by(Endpoint.created_at, Endpoint.id).limit(limit)
    now = _now(session)
    return [_row(row, now) for row in session.scalars(query)]


def find(
    session: Session, tenant: str, endpoint_id: str, *, hold: bool = False
) -> EndpointRow | None:
    """Return an endpoint, None where the tenant has no such one.

    With `hold` it stays as it is until the transaction ends.
    """
    query = _one(tenant, endpoint_id)
    row = session.scalar(query.with_for_update(read=True) if hold else query)
    return None if row is None else _row(row, _now(session))


def change(
    session: Session, tenant: str, endpoint_id: str, changes: dict[str, Any], enabled: bool | None
) -> EndpointRow | None:
    """Change columns of an endpoint and whether it is enabled; None where there is no such one.

    What is owed to one that is disabled is given up; it can be asked for again.
    """
    row = _locked(session, tenant, endpoint_id)
    if row is None:
        return None
    now = _now(session)
    for name, value in changes.items():
        setattr(row, name, value)
    if "url" in changes:
        _owed(session, row, url=row.url)
    if enabled is not None and enabled != (row.disabled_at is None):
        row.disabled_at = None if enabled else now
        if not enabled:
            _owed(session, row, gave_up_at=now, error=outbox.DISABLED)
    row.changed_at = now
    session.flush()
    return _row(row, now)


def rotate(
    session: Session, tenant: str, endpoint_id: str, until: Until
) -> tuple[EndpointRow, str] | None:
    """Give an endpoint a new secret, and return both; None where there is no such endpoint.

    The one it had signs too until the time that `until` returns for now. One before that signs no
    more.
    """
    row = _locked(session, tenant, endpoint_id)
    if row is None:
        return None
    now = _now(session)
    secrets = from_json(SigningSecrets, row.secrets).rotated(now, until(now))
    row.secrets = to_json(secrets)
    row.changed_at = now
    session.flush()
    return _row(row, now), secrets.current


def remove(session: Session, tenant: str, endpoint_id: str) -> EndpointRow | None:
    """Remove an endpoint with its secrets and return it; None where there is no such one.

    What is owed to it is given up. Its row stays, for those who read of its deliveries.
    """
    row = _locked(session, tenant, endpoint_id)
    if row is None:
        return None
    now = _now(session)
    shown = _row(row, now)
    row.removed_at = row.changed_at = now
    row.secrets = {}
    _owed(session, row, gave_up_at=now, error=outbox.REMOVED)
    session.flush()
    return shown


def _owed(session: Session, row: Endpoint, **values: Any) -> None:
    """Change all that is owed to an endpoint."""
    session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == row.id, *outbox.OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _one(tenant: str, endpoint_id: str) -> Select[Endpoint]:
    return select(Endpoint).where(
        Endpoint.id == endpoint_id, within(Endpoint.tenant, tenant), *_THERE
    )


def _locked(session: Session, tenant: str, endpoint_id: str) -> Endpoint | None:
    return session.scalar(_one(tenant, endpoint_id).with_for_update())


def _now(session: Session) -> datetime:
    return session.execute(select(func.now())).scalar_one()


def _row(row: Endpoint, now: datetime) -> EndpointRow:
    secrets = from_json(SigningSecrets, row.secrets)
    return EndpointRow(
        id=row.id,
        tenant=row.tenant,
        url=row.url,
        description=row.description,
        events=tuple(row.events),
        enabled=row.disabled_at is None,
        created_at=row.created_at,
        changed_at=row.changed_at,
        old_secret_expires_at=secrets.old_expires_at(now),
    )


_THERE = (Endpoint.removed_at.is_(None),)
