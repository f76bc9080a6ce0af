"""What goes on around jobs: workers, deliveries that are owed, chores that are shared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class Worker(Base):
    """A worker process as it last reported."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    resources: Mapped[list[str]]
    cores: Mapped[int] = mapped_column(Integer)
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime]
    draining: Mapped[bool] = mapped_column(default=False)  # told to stop: takes no more steps


class Delivery(Base):
    """A webhook call that is owed: written with the change it tells of (an outbox)."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2048))
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(512))

    __table_args__ = (
        Index(
            "delivery_due",
            "next_at",
            postgresql_where="delivered_at IS NULL AND gave_up_at IS NULL",
        ),
        Index(
            "delivery_ended",
            text("coalesce(delivered_at, gave_up_at)"),
            postgresql_where="delivered_at IS NOT NULL OR gave_up_at IS NOT NULL",
        ),
    )


class Chore(Base):
    """Something to be done now and then by one of all reconcilers, and when one last began it."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    begun_at: Mapped[datetime]
