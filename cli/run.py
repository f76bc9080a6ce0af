"""`reelfarm run`: the whole job on a stack of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from cli.progress import ProgressView
from farm.access import LOCAL
from farm.errors import (
    Cancelled,
    ReelFarmError,
    ReviewNeeded,
    StorageUnavailable,
    error_class,
)
from farm.settings import Settings
from farm.snapshots import JobSnapshot
from farm.spec import JobSpec
from farm.states import AT_REST, JobState
from services.locations import open_to_all
from services.records import read_job, read_record
from services.submit import submit_or_resume
from storage.postgres.database import Database
from storage.wakeups import Wakeups
from workers.local.stack import Stack
from workers.sources.access import open_sources

T = TypeVar("T")

LOOK_EVERY_S = 0.2
AWAY_AT_MOST_S = 30.0


def run_job(spec: JobSpec, settings: Settings) -> dict[str, Any]:
    """Bring a job to its end, starting or resuming it, and return its record."""
    return brought_to_its_end(
        spec, settings, lambda database, job: read_record(database, LOCAL, job, settings.prices)
    )


def brought_to_its_end(spec: JobSpec, settings: Settings, read: Callable[[Database, str], T]) -> T:
    """Bring a job to its end, starting or resuming it, and return what `read` reads of it."""
    try:
        return _run(spec, open_to_all(settings), read)
    except KeyboardInterrupt as interrupt:
        raise Cancelled("interrupted; the same command goes on where it stopped") from interrupt


def _run(spec: JobSpec, settings: Settings, read: Callable[[Database, str], T]) -> T:
    with Stack(settings) as stack, ProgressView(spec.asset) as progress:
        files = open_sources(settings, spec.tenant, stack.database).identities(spec)
        job_id = submit_or_resume(stack.database, stack.wakeups, spec, settings, files)
        _follow(stack, job_id, progress)
        return read(stack.database, job_id)


def decide_here(
    job_id: str, settings: Settings, decide: Callable[[Database, Wakeups], None]
) -> dict[str, Any]:
    """Decide on a title that `run_job` left waiting, bring it to its end; return its record."""
    settings = open_to_all(settings)
    try:
        with Stack(settings) as stack:
            asset = read_job(stack.database, LOCAL, job_id).asset
            decide(stack.database, stack.wakeups)
            with ProgressView(asset) as progress:
                _follow(stack, job_id, progress)
            return read_record(stack.database, LOCAL, job_id, settings.prices)
    except KeyboardInterrupt as interrupt:
        raise Cancelled(
            "interrupted; reelfarm run of the same title goes on where it stopped"
        ) from interrupt


def _follow(stack: Stack, job_id: str, progress: ProgressView) -> None:
    """Show a job until it has ended, or nothing more becomes of it without a person."""
    job = _look(stack, job_id)
    while job.state not in AT_REST:
        progress.show(job.steps)
        time.sleep(LOOK_EVERY_S)
        job = _look(stack, job_id)
    stack.settle(job_id)
    progress.show(read_job(stack.database, LOCAL, job_id).steps)


def _look(stack: Stack, job_id: str) -> JobSnapshot:
    """Return the job as it stands; a database that is away for a moment is waited for."""
    deadline = time.monotonic() + AWAY_AT_MOST_S
    while True:
        try:
            stack.tend(job_id)
            return read_job(stack.database, LOCAL, job_id)
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def needs_review(record: dict[str, Any]) -> ReviewNeeded:
    """Return what is said of a title that waits for a person."""
    asked = [f"{check['rule']}: {check['evidence']}" for check in record["review"]["asked"]]
    return ReviewNeeded(
        f"{record['asset']} waits for a person's verdict"
        f" ({'; '.join(asked[:3]) or 'as its policy wants it'}): look at it, then"
        f" reelfarm approve {record['id']} --reason ..., or reelfarm reject",
        job=record["id"],
        checks=[check["rule"] for check in record["review"]["asked"]],
    )


def failure_of(record: dict[str, Any]) -> ReelFarmError | None:
    """Return the error a job at rest ended with, None for one that came out as it was to."""
    if record["state"] in (JobState.PUBLISHED, JobState.PLANNED):
        return None
    if record["state"] == JobState.WAITING:
        return needs_review(record)
    error = record["error"]
    return error_class(error["code"])(error["message"], **error.get("detail", {}))
