"""What people read of the farm: one job as a record or a snapshot, and the farm at a glance."""

from __future__ import annotations

from typing import Any

from farm.access import Caller
from farm.facts import Source
from farm.prices import Prices
from farm.record import job_record
from farm.serial import from_json
from farm.snapshots import JobSnapshot
from farm.states import StepState
from storage.postgres import snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database
from storage.postgres.overview import FarmSnapshot, farm_snapshot


def read_record(
    database: Database, caller: Caller, job_id: str, prices: Prices | None = None
) -> dict[str, Any]:
    """Return a job's record as it stands; raise NotFound where the caller has no such job."""
    with database.autocommit(caller.tenant) as connection:
        snapshot = snapshots.job_snapshot(connection, caller.tenant, job_id)
        # Afterwards: nothing that the steps say is done is missing then.
        any_done = any(step.state == StepState.DONE for step in snapshot.steps)
        return job_record(snapshot, of_job(connection, job_id) if any_done else {}, prices)


def read_job(database: Database, caller: Caller, job_id: str) -> JobSnapshot:
    """Return a job's row and its steps' rows; raise NotFound where the caller has no such job."""
    with database.autocommit(caller.tenant) as connection:
        return snapshots.job_snapshot(connection, caller.tenant, job_id)


def read_source(database: Database, caller: Caller, job_id: str) -> Source | None:
    """Return what a job found its source to be, None before it has looked; NotFound as above."""
    with database.begin(caller.tenant) as session:
        snapshots.job_snapshot(session, caller.tenant, job_id)
        parts = of_job(session, job_id)
        return from_json(Source, parts["ingest"].facts) if "ingest" in parts else None


def read_farm(database: Database, caller: Caller, alive_within_s: float) -> FarmSnapshot:
    """Return what the farm does now for the caller; workers silent for longer are left out."""
    with database.begin(caller.tenant) as session:
        return farm_snapshot(session, alive_within_s, caller.tenant)
