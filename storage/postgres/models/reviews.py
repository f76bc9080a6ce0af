"""What persons decide of titles, and what they say of them before that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class Review(Base):
    """A job that came to where a person decides: what for, who has it, and the decision."""

    __tablename__ = "review"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    asked: Mapped[list[Any]]  # the checks to decide on: rule, title, evidence
    opened_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(16))  # "approved", "rejected"
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]  # or when its job ended, whoever ended that

    __table_args__ = (
        Index("review_open", "opened_at", "job_id", postgresql_where="decided_at IS NULL"),
    )


class ReviewNote(Base):
    """A comment at a moment of the title or on all of it, or a check that is waived."""

    __tablename__ = "review_note"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    tenant: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    by: Mapped[str] = mapped_column(String(64))
    time_s: Mapped[float | None] = mapped_column(Float)
    waives: Mapped[str | None] = mapped_column(String(160))  # the check; None: a comment
    words: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("review_note_of_job", "job_id", "id"),)
