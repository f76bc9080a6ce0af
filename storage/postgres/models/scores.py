"""Scores of verified titles, narrow rows to hold titles against each other by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.postgres.models.base import Base


class TitleScore(Base):
    """VMAF of a title's best rung of one codec and size, and what made it (farm/scored.py)."""

    __tablename__ = "title_score"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    codec: Mapped[str] = mapped_column(String(8), primary_key=True)
    lines: Mapped[int] = mapped_column(Integer, primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    catalog: Mapped[str] = mapped_column(String(128))
    asset: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    policy: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(64))
    scored_lines: Mapped[int] = mapped_column(Integer)
    tool: Mapped[str] = mapped_column(String(128))
    build: Mapped[str] = mapped_column(String(64))
    reelfarm: Mapped[str] = mapped_column(String(64))
    preset: Mapped[str] = mapped_column(String(16))
    policy_version: Mapped[int | None] = mapped_column(Integer)
    policy_digest: Mapped[str] = mapped_column(String(16))
    source_sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    is_top: Mapped[bool]
    harmonic_mean: Mapped[float] = mapped_column(Float)
    p5: Mapped[float] = mapped_column(Float)
    p1: Mapped[float] = mapped_column(Float)
    min: Mapped[float] = mapped_column(Float)
    verdict: Mapped[str] = mapped_column(String(16))

    __table_args__ = (
        # The newest ones: of operators, of tenants, of one catalog.
        Index("title_score_newest", "at"),
        Index("title_score_of_tenant", "tenant", "at"),
        Index("title_score_of_catalog", "tenant", "catalog", "at"),
    )
