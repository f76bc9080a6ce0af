"""New objects that were told of: each once, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class IngestObject(Base):
    """One put of one object, and what became of it; the row stays, so that it is taken once."""

    __tablename__ = "ingest_object"

    tenant: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # bucket, key, which put
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    bucket: Mapped[str] = mapped_column(String(63))
    key: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(128))
    rule_version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))  # farm.states.TitleState: WAITING, TAKEN, FAILED
    due_at: Mapped[datetime]  # while WAITING: when it is to become a job, or is tried again
    job_id: Mapped[str | None] = mapped_column(String(32))  # no reference: jobs are forgotten
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ingest_object_listed", "tenant", "position"),
        Index("ingest_object_due", "due_at", postgresql_where="state = 'WAITING'"),
    )
