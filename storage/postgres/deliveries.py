"""Deliveries as people look at them: listed, read with their log, asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from farm.webhooks import TEST_EVENT, DeliveryState
from storage.postgres import outbox
from storage.postgres.endpoints import EndpointRow
from storage.postgres.models import Delivery
from storage.postgres.scoped import within


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries: every condition that is given holds."""

    endpoint_id: str | None = None
    event: str | None = None
    state: DeliveryState | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery, with the log of its attempts."""

    id: int
    webhook_id: str
    tenant: str
    endpoint_id: str | None
    job_id: str | None
    event: str
    url: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    gave_up_at: datetime | None
    error: str | None
    body: dict[str, Any]
    log: list[dict[str, Any]]


def listed(
    session: Session, tenant: str, wanted: DeliveryFilter, before: int | None, limit: int
) -> Sequence[DeliveryRow]:
    """Return deliveries, the newest first; `before` is the id of the last one seen."""
    query = select(Delivery).where(within(Delivery.tenant, tenant), *_conditions(wanted))
    if before is not None:
        query = query.where(Delivery.id < before)
    return [_row(row) for row in session.scalars(query.order_by(Delivery.id.desc()).limit(limit))]


def find(session: Session, tenant: str, delivery_id: int) -> DeliveryRow | None:
    """Return one delivery, None where the tenant has no such one."""
    row = session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, within(Delivery.tenant, tenant))
    )
    return None if row is None else _row(row)


def add_test(session: Session, endpoint: EndpointRow) -> DeliveryRow:
    """Owe an endpoint a call that tells of nothing."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    row = Delivery(
        tenant=endpoint.tenant,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        event=TEST_EVENT,
        body={
            "type": TEST_EVENT,
            "timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "data": {"tenant": endpoint.tenant, "endpoint": endpoint.id},
        },
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return _row(row)


def owe_again(session: Session, tenant: str, delivery_id: int) -> DeliveryRow | None:
    """Owe a delivery once more, from now on and as if for the first time; keep its log.

    Returns it, or None where the tenant has no such one.
    """
    row = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, within(Delivery.tenant, tenant))
        .values(**_ANEW)
        .returning(Delivery)
    )
    return None if row is None else _row(row)


def owe_again_since(
    session: Session,
    endpoint_id: str,
    since: datetime,
    everything: bool,
    among: range,
    limit: int,
) -> list[int]:
    """Owe an endpoint what was written since then, once more; return the ids, the oldest first.

    Those that failed, and with `everything` all; at most so many, of those with ids in `among`.
    """
    query = select(Delivery.id).where(
        Delivery.endpoint_id == endpoint_id,
        Delivery.id.between(among.start, among.stop - 1),
        Delivery.created_at >= since,
    )
    if not everything:
        query = query.where(Delivery.delivered_at.is_(None), Delivery.error.is_not(None))
    found = session.scalars(query.order_by(Delivery.id).limit(limit).with_for_update()).all()
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(found))
        .values(**_ANEW)
        .execution_options(synchronize_session=False)
    )
    return list(found)


def newest_of(session: Session, endpoint_id: str) -> int:
    """Return the id of an endpoint's newest delivery, 0 where there is none."""
    return (
        session.scalar(select(func.max(Delivery.id)).where(Delivery.endpoint_id == endpoint_id))
        or 0
    )


def _conditions(wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.endpoint_id is not None:
        conditions.append(Delivery.endpoint_id == wanted.endpoint_id)
    if wanted.event is not None:
        conditions.append(Delivery.event == wanted.event)
    if wanted.job_id is not None:
        conditions.append(Delivery.job_id == wanted.job_id)
    match wanted.state:
        case DeliveryState.DELIVERED:
            conditions.append(Delivery.delivered_at.is_not(None))
        case DeliveryState.GAVE_UP:
            conditions.append(Delivery.gave_up_at.is_not(None))
        case DeliveryState.OWED:
            conditions += outbox.OPEN
    return conditions


def _row(row: Delivery) -> DeliveryRow:
    state = _state(row)
    return DeliveryRow(
        id=row.id,
        webhook_id=outbox.webhook_id(row.id, row.event_id),
        tenant=row.tenant,
        endpoint_id=row.endpoint_id,
        job_id=row.job_id,
        event=row.event,
        url=row.url,
        state=state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at if state == DeliveryState.OWED else None,
        delivered_at=row.delivered_at,
        gave_up_at=row.gave_up_at,
        error=row.error,
        body=row.body,
        log=row.log,
    )


def _state(row: Delivery) -> DeliveryState:
    if row.delivered_at is not None:
        return DeliveryState.DELIVERED
    return DeliveryState.OWED if row.gave_up_at is None else DeliveryState.GAVE_UP


_ANEW: dict[str, Any] = {
    "attempts": 0,
    "next_at": func.now(),
    "delivered_at": None,
    "gave_up_at": None,
    "error": None,
}
