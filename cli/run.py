"""`reelfarm run`: the whole job on a stack of its own."""

from __future__ import annotations

import time
from typing import Any

from cli.progress import ProgressView
from farm.errors import Cancelled, ReelFarmError, StorageUnavailable, error_class
from farm.settings import Settings
from farm.spec import JobSpec
from farm.states import ENDED_JOB, JobState
from farm.views import JobView
from storage import views
from storage.parts import of_job
from workers.stack import Stack
from workers.submission import submit_or_resume

LOOK_EVERY_S = 0.2
AWAY_AT_MOST_S = 30.0


def run_job(spec: JobSpec, settings: Settings) -> dict[str, Any]:
    """Bring a job to its end, starting or resuming it, and return its record."""
    try:
        return _run(spec, settings)
    except KeyboardInterrupt as interrupt:
        raise Cancelled("interrupted; the same command goes on where it stopped") from interrupt


def _run(spec: JobSpec, settings: Settings) -> dict[str, Any]:
    from farm.record import job_record

    with Stack(settings) as stack, ProgressView(spec.asset) as progress:
        job_id = submit_or_resume(stack.database, stack.bell, spec, settings)
        job = _look(stack, job_id)
        while job.state not in ENDED_JOB:
            progress.show(job)
            time.sleep(LOOK_EVERY_S)
            job = _look(stack, job_id)
        stack.settle(job_id)
        with stack.database.begin() as session:
            job = views.job_view(session, job_id)
            progress.show(job)
            return job_record(job, of_job(session, job_id))


def _look(stack: Stack, job_id: str) -> JobView:
    """Return the job as it stands; a database that is away for a moment is waited for."""
    deadline = time.monotonic() + AWAY_AT_MOST_S
    while True:
        try:
            stack.tend(job_id)
            with stack.database.begin() as session:
                return views.job_view(session, job_id)
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def outcome(record: dict[str, Any]) -> ReelFarmError | None:
    """Return the error a finished job ended with, None for a published one."""
    if record["state"] == JobState.PUBLISHED:
        return None
    error = record["error"]
    return error_class(error["code"])(error["message"], **error.get("detail", {}))
