"""What people read of the farm: one job as a record or a snapshot, and the farm at a glance."""

from __future__ import annotations

from typing import Any

from farm.record import job_record
from farm.snapshots import JobSnapshot
from storage.postgres import snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database
from storage.postgres.overview import FarmSnapshot, farm_snapshot


def read_record(database: Database, job_id: str) -> dict[str, Any]:
    """Return a job's record as it stands; raise InvalidSpec where there is no such job."""
    with database.begin() as session:
        return job_record(snapshots.job_snapshot(session, job_id), of_job(session, job_id))


def read_job(database: Database, job_id: str) -> JobSnapshot:
    """Return a job's row and its steps' rows; raise InvalidSpec where there is no such job."""
    with database.begin() as session:
        return snapshots.job_snapshot(session, job_id)


def read_farm(database: Database, alive_within_s: float) -> FarmSnapshot:
    """Return what the farm does now; workers that were silent for longer are left out."""
    with database.begin() as session:
        return farm_snapshot(session, alive_within_s)
