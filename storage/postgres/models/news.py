"""Events, the endpoints that want to hear of them, and the deliveries that are owed to those."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base

# What calls are counted by: the host and port of a URL. Written as PostgreSQL writes it.
RECEIVER = (
    "COALESCE(\"left\"(\"substring\"((url)::text, '^https?://([^/?#]*)'::text), 300), ''::text)"
)


class EventRow(Base):
    """Something that became true, written in the transaction that made it so; never changed.

    Numbers of transactions and of rows are both given before the commit, so neither alone says
    what a reader has seen; see storage/postgres/events.py.
    """

    __tablename__ = "event"

    xact: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        server_default=text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    catalog: Mapped[str] = mapped_column(String(128))
    job_id: Mapped[str | None] = mapped_column(String(32))  # no reference: only added to
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    data: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("event_of_tenant", "tenant", "xact", "id"),
        Index("event_of_job", "job_id", "xact", "id"),
        Index(
            "event_of_catalog", "tenant", "catalog", "xact", "id", postgresql_where="catalog <> ''"
        ),
        Index("event_of_progress", "at", postgresql_where="type = 'step.progress'"),
        # What storage/postgres/quotas.py adds up.
        Index("event_of_source", "tenant", "at", postgresql_where="type = 'source.probed'"),
    )


class Endpoint(Base):
    """A receiver of webhooks: which events it wants, and the secrets that sign them."""

    __tablename__ = "endpoint"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    url: Mapped[str] = mapped_column(String(2048))
    description: Mapped[str] = mapped_column(String(256))
    events: Mapped[list[str]]
    secrets: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]  # it stays for the log of its deliveries

    __table_args__ = (Index("endpoint_of_tenant", "tenant", "created_at", "id"),)


class Delivery(Base):
    """A webhook call that is owed: written with the event it tells of (an outbox)."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    endpoint_id: Mapped[str | None] = mapped_column(String(32))  # None: the job's own webhook
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    url: Mapped[str] = mapped_column(String(2048))
    receiver: Mapped[str] = mapped_column(Text, Computed(RECEIVER, persisted=True))
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(512))
    log: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))  # an entry an attempt

    __table_args__ = (
        Index(
            "delivery_due",
            "receiver",
            "next_at",
            postgresql_where="delivered_at IS NULL AND gave_up_at IS NULL",
        ),
        Index(
            "delivery_ended",
            text("coalesce(delivered_at, gave_up_at)"),
            postgresql_where="delivered_at IS NOT NULL OR gave_up_at IS NOT NULL",
        ),
        Index("delivery_of_tenant", "tenant", "id"),
        Index("delivery_of_endpoint", "endpoint_id", "id"),
    )
