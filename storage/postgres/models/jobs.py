"""Jobs and the DAGs of their steps, with the leases of those that run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from farm.states import JobState, StepState
from storage.postgres.models.base import Base

# Jobs of which the parts of steps that are done must stay.
WITH_PARTS = "('RUNNING', 'PAUSED', 'WAITING')"
NEWEST = ("created_at", "submission")  # the second decides between equal times


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
    # Which of two jobs is the newer one: times may be equal, and go back with a clock that is set.
    submission: Mapped[int] = mapped_column(
        BigInteger, server_default=text("nextval('job_submission')"), unique=True
    )
    retry_of: Mapped[str | None] = mapped_column(String(32))  # the job that this one makes again
    plan: Mapped[bool] = mapped_column(default=False, server_default="false")
    work: Mapped[float | None] = mapped_column(Float)  # of all its steps, where a plan told
    # The newer job, once known; or which decision came later (storage/postgres/decisions.py).
    superseded_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begun_at: Mapped[datetime | None]  # since then it is a title in progress, until it ends
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("job_request", "request", "created_at"),
        Index("job_retry_of", "retry_of", postgresql_where="retry_of IS NOT NULL"),
        # What lists are filtered by, the newest first: of operators, then of tenants.
        Index("job_listed", *NEWEST),
        Index("job_in_state", "state", *NEWEST),
        Index("job_of_tenant", "tenant", *NEWEST),
        Index("job_of_tenant_in_state", "tenant", "state", *NEWEST),
        Index("job_of_catalog", "tenant", "catalog", *NEWEST),
        Index("job_asset", "tenant", "asset", *NEWEST),
        Index("job_external_id", "tenant", "external_id", *NEWEST),
        Index("job_ended", "finished_at", postgresql_where="finished_at IS NOT NULL"),
        # Of these the steps are looked through for parts that must stay.
        Index("job_going_on", "id", postgresql_where=f"state IN {WITH_PARTS}"),
        Index(
            "job_in_progress",
            "tenant",
            postgresql_where="begun_at IS NOT NULL AND finished_at IS NULL",
        ),
        # What quotas leave out.
        Index("job_test", "tenant", postgresql_where="spec ->> 'mode' = 'test'"),
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
    work: Mapped[float | None] = mapped_column(Float)  # how much there is to do: planning/work.py
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
    # Of class gpu: a device of this kind, with so many sessions and so much of its speed to spare.
    # Of class cpu: what it takes of one that decodes, where that is free when the step begins.
    device_kind: Mapped[str | None] = mapped_column(String(8))
    sessions: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    pixels_per_s: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    # QUEUED while no step of its job has run: whoever takes it begins the job.
    begins: Mapped[bool] = mapped_column(default=False, server_default="false")

    epoch: Mapped[int] = mapped_column(Integer, default=0)  # fences off every earlier claim
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # backoff
    queued_at: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]
    held_device: Mapped[str | None] = mapped_column(String(160))  # of its last claim
    avoids: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # devices
    fallbacks: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")

    attempts: Mapped[int] = mapped_column(Integer, default=0)
    errors: Mapped[int] = mapped_column(Integer, default=0)
    lost_leases: Mapped[int] = mapped_column(Integer, default=0)
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    error: Mapped[dict[str, Any] | None]
    parts: Mapped[dict[str, Any] | None]  # part name -> fingerprint of its artifact
    reused: Mapped[bool] = mapped_column(default=False)  # done without running
    device: Mapped[str | None] = mapped_column(String(32))
    decoded_on: Mapped[str | None] = mapped_column(String(32))  # None: on the processor
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
        # Which groups there are, without visiting each of the kinds of step that lead above.
        Index(
            "step_group",
            *("priority", "tenant", "catalog"),
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
        # What such steps took, the newest first.
        Index(
            "step_past",
            *("kind", "finished_at"),
            postgresql_where="state = 'DONE' AND NOT reused AND work IS NOT NULL",
        ),
        # What waits for a worker, not for its title's turn: few, however many titles wait.
        Index("step_waiting", "queued_at", postgresql_where="state = 'QUEUED' AND NOT begins"),
        Index("step_queued", "queued_at", postgresql_where="state = 'QUEUED'"),
        Index("step_quarantined", "finished_at", postgresql_where="state = 'QUARANTINED'"),
        Index("step_leased", "lease_until", postgresql_where="state = 'RUNNING'"),
        # What a device has to do, and what waits for one.
        Index(
            "step_on_device",
            "held_device",
            postgresql_where="state = 'RUNNING' AND held_device IS NOT NULL",
        ),
        Index(
            "step_for_device",
            "id",
            postgresql_where="state = 'QUEUED' AND resource = 'gpu'",
        ),
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
