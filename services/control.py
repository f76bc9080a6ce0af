"""Ending, pausing and resuming jobs, as people ask for it."""

from __future__ import annotations

from contextlib import suppress

from farm.errors import StorageUnavailable
from farm.states import JobState
from storage.postgres import jobs
from storage.postgres.database import Database
from storage.wakeups import Wakeups


def cancel(database: Database, job_id: str) -> JobState:
    """End a job and return its state; an ended one stays as it is.

    Its running steps learn of it by their heartbeat. Raises InvalidSpec for an unknown job, as all
    of these do.
    """
    with database.begin() as session:
        return jobs.request_cancel(session, job_id)


def pause(database: Database, job_id: str) -> JobState:
    """Start no more steps of a job and return its state; raise InvalidSpec for an ended one."""
    with database.begin() as session:
        return jobs.pause(session, job_id)


def resume(database: Database, wakeups: Wakeups, job_id: str) -> JobState:
    """Let a paused job go on and return its state; raise InvalidSpec for an ended one."""
    with database.begin() as session:
        state, freed = jobs.resume(session, job_id)
    with suppress(StorageUnavailable):  # costs time only: a reconciler wakes workers again
        wakeups.wake(freed)
    return state
