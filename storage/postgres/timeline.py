"""What happened to a title, and when: its steps as a timeline, what each waits for, its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from storage.postgres.generations import Asset, Numbered, of
from storage.postgres.models import EventRow, Generation, Job, Need, Step


@dataclass(frozen=True, slots=True)
class TimedStep:
    """One step's row, as a waterfall and a graph need it; times by PostgreSQL's clock."""

    key: str
    kind: str
    label: str
    state: str
    resource: str
    cores: float
    params: dict[str, Any]
    worker: str | None
    device: str | None
    decoded_on: str | None
    attempts: int
    errors: int
    lost_leases: int
    reused: bool
    progress: float
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    not_before: datetime | None
    wall_s: float | None
    cpu_s: float | None
    peak_rss_bytes: int | None
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ShownGeneration:
    """One generation of an asset, and which job published it last."""

    name: str
    number: int
    job_id: str
    created_at: datetime
    published_at: datetime | None
    superseded_at: datetime | None
    is_whole: bool  # players can be led to it

    @property
    def is_live(self) -> bool:
        """Return whether players are led to it."""
        return self.published_at is not None and self.superseded_at is None


_COLUMNS = tuple(getattr(Step, name) for name in TimedStep.__dataclass_fields__)


def steps(session: Session, job_id: str) -> list[TimedStep]:
    """Return the steps of a job in the order in which they were planned."""
    rows = session.execute(select(*_COLUMNS).where(Step.job_id == job_id).order_by(Step.id))
    return [TimedStep(*row) for row in rows]


def needs(session: Session, job_id: str) -> dict[str, tuple[str, ...]]:
    """Return the key of each step with those of the steps that it waits for."""
    needed = aliased(Step)
    rows = session.execute(
        select(Step.key, needed.key)
        .join(Need, Need.step_id == Step.id)
        .join(needed, needed.id == Need.needs_id)
        .where(Step.job_id == job_id)
        .order_by(Step.id, needed.id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for key, need in rows:
        found[key] = (*found.get(key, ()), need)
    return found


def newest_events(
    session: Session, job_id: str, without: Sequence[str], limit: int
) -> list[tuple[str, datetime, dict[str, Any]]]:
    """Return type, time and data of a job's newest events, the newest first."""
    rows = session.execute(
        select(EventRow.type, EventRow.at, EventRow.data)
        .where(EventRow.job_id == job_id, EventRow.type.not_in(without))
        .order_by(EventRow.xact.desc(), EventRow.id.desc())
        .limit(limit)
    )
    return [(row.type, row.at, row.data) for row in rows]


def attempts(
    session: Session, job_id: str, types: Sequence[str], limit: int
) -> list[tuple[str, datetime, dict[str, Any]]]:
    """Return type, time and data of a job's events of these types, in order."""
    rows = session.execute(
        select(EventRow.type, EventRow.at, EventRow.data)
        .where(EventRow.job_id == job_id, EventRow.type.in_(types))
        .order_by(EventRow.xact, EventRow.id)
        .limit(limit)
    )
    return [(row.type, row.at, row.data) for row in rows]


def generations(session: Session, asset: Asset) -> list[ShownGeneration]:
    """Return the generations of an asset that are whole at its origin, the newest first."""
    rows = session.scalars(
        select(Generation)
        .where(of(asset), Generation.removing_at.is_(None), Generation.digest != "")
        .order_by(Generation.number.desc())
    )
    return [
        ShownGeneration(
            name=Numbered(asset, row.number, row.digest).name,
            number=row.number,
            job_id=row.published_by or row.job_id,
            created_at=row.created_at,
            published_at=row.published_at,
            superseded_at=row.superseded_at,
            is_whole=row.whole_at is not None,
        )
        for row in rows
    ]


def begun_at(session: Session, job_id: str) -> datetime | None:
    """Return when a job's first step was claimed."""
    return session.scalar(select(Job.begun_at).where(Job.id == job_id))
