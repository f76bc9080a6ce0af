"""The tables. PostgreSQL decides: whatever is not in here has not happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Float, ForeignKey, Index, Integer, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from farm.states import JobState, StepState


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        datetime: DateTime(timezone=True),
    }


class Job(Base):
    """One accepted request for one title."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128))
    asset: Mapped[str] = mapped_column(String(128))
    external_id: Mapped[str | None] = mapped_column(String(256))
    request: Mapped[str] = mapped_column(String(64))  # equal for the same command on the same file
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED)
    spec: Mapped[dict[str, Any]]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index("job_request", "request", "created_at"),)


class Step(Base):
    """One node of a job's DAG, and its lease while it runs."""

    __tablename__ = "step"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict[str, Any]]
    inputs: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(16), default=StepState.BLOCKED)

    epoch: Mapped[int] = mapped_column(Integer, default=0)  # fences off every earlier claim
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # backoff
    queued_at: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]

    attempts: Mapped[int] = mapped_column(Integer, default=0)
    errors: Mapped[int] = mapped_column(Integer, default=0)
    lost_leases: Mapped[int] = mapped_column(Integer, default=0)
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    error: Mapped[dict[str, Any] | None]
    parts: Mapped[dict[str, Any] | None]  # part name -> fingerprint of its artifact
    reused: Mapped[bool] = mapped_column(default=False)  # done without running
    device: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    wall_s: Mapped[float | None]
    cpu_s: Mapped[float | None]
    peak_rss_bytes: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("step_job_key", "job_id", "key", unique=True),
        Index("step_queued", "queued_at", postgresql_where="state = 'QUEUED'"),
        Index("step_leased", "lease_until", postgresql_where="state = 'RUNNING'"),
    )


class Need(Base):
    """An edge of the DAG: `step_id` waits for `needs_id`."""

    __tablename__ = "need"

    step_id: Mapped[int] = mapped_column(
        ForeignKey("step.id", ondelete="CASCADE"), primary_key=True
    )
    needs_id: Mapped[int] = mapped_column(
        ForeignKey("step.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Artifact(Base):
    """A part some step made, by fingerprint: the memory that keeps work from being repeated."""

    __tablename__ = "artifact"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    part: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Generation(Base):
    """One immutable published presentation of an asset; the newest published one is current."""

    __tablename__ = "generation"

    origin: Mapped[str] = mapped_column(String(1024), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(128), primary_key=True)
    asset: Mapped[str] = mapped_column(String(128), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_at: Mapped[datetime | None]
