"""The tables. PostgreSQL decides: whatever is not in here has not happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Float, ForeignKey, Index, Integer, String, func, text
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
    priority: Mapped[int] = mapped_column(Integer, default=0)  # higher first
    catalog: Mapped[str] = mapped_column(String(128), default="")  # the batch it came in with
    spec: Mapped[dict[str, Any]]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begun_at: Mapped[datetime | None]  # since then it is a title in progress, until it ends
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("job_request", "request", "created_at"),
        Index("job_asset", "tenant", "asset"),
        Index(
            "job_in_progress",
            "tenant",
            postgresql_where="begun_at IS NOT NULL AND finished_at IS NULL",
        ),
        Index("job_unfinished", "state", postgresql_where="finished_at IS NULL"),
    )


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
    label: Mapped[str] = mapped_column(String(160), default="")

    # What a worker needs to take it, and what decides whose turn it is (from its job).
    resource: Mapped[str] = mapped_column(String(8))
    cores: Mapped[float] = mapped_column(Float)
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    isolated: Mapped[bool] = mapped_column(default=False)  # it may have killed two workers
    priority: Mapped[int] = mapped_column(Integer, default=0)
    tenant: Mapped[str] = mapped_column(String(128))
    catalog: Mapped[str] = mapped_column(String(128), default="")
    submitted_at: Mapped[datetime]
    # QUEUED while no step of its job has run: whoever takes it begins the job.
    begins: Mapped[bool] = mapped_column(default=False, server_default="false")

    epoch: Mapped[int] = mapped_column(Integer, default=0)  # fences off every earlier claim
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # backoff
    queued_at: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]

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
        # First what a worker may have no room for, then the order of turns within one group, see
        # storage/postgres/turns.py.
        Index(
            "step_turn",
            *("resource", "begins", "cores", "priority", "tenant", "catalog"),
            *("submitted_at", "id"),
            postgresql_where="state = 'QUEUED'",
        ),
        # What storage/postgres/retirement.py doubts.
        Index(
            "step_publish",
            "started_at",
            postgresql_where="kind = 'publish'"
            " AND (attempts > 1 OR state NOT IN ('RUNNING', 'DONE'))",
        ),
        # Coalesced, so that "never" is one range with "long ago".
        Index(
            "step_unwoken",
            *("resource", text("coalesce(woken_at, '-infinity')"), "id"),
            postgresql_where="state = 'QUEUED'",
        ),
        Index("step_queued", "queued_at", postgresql_where="state = 'QUEUED'"),
        Index("step_quarantined", "finished_at", postgresql_where="state = 'QUARANTINED'"),
        Index("step_leased", "lease_until", postgresql_where="state = 'RUNNING'"),
    )


class BlockedSteps(Base):
    """Rows that add up to how many steps of a class are BLOCKED, written by triggers on `step`."""

    __tablename__ = "blocked_steps"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resource: Mapped[str] = mapped_column(String(8))
    steps: Mapped[int] = mapped_column(BigInteger)


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
    superseded_at: Mapped[datetime | None]  # since then nobody new starts to play it
    removing_at: Mapped[datetime | None]  # from then on it may have lost objects

    __table_args__ = (
        # One for each reason to remove one, see storage/postgres/retirement.py.
        Index("generation_superseded", "superseded_at", postgresql_where="removing_at IS NULL"),
        Index("generation_in_vain", "created_at", postgresql_where="published_at IS NULL"),
        Index("generation_removing", "removing_at", postgresql_where="removing_at IS NOT NULL"),
    )


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


class Upload(Base):
    """A folder of the work store that a step may be writing to: noted before the first byte."""

    __tablename__ = "upload"

    folder: Mapped[str] = mapped_column(String(256), primary_key=True)
    step_id: Mapped[int] = mapped_column(BigInteger, index=True)  # no reference: it outlives steps
    epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Delivery(Base):
    """A webhook call that is owed: written with the change it tells of (an outbox)."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
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
    )


class Chore(Base):
    """Something to be done now and then by one of all reconcilers, and when one last began it."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    begun_at: Mapped[datetime]
