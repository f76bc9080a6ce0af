"""Ending, pausing and resuming jobs, as people ask for it."""

from __future__ import annotations

from contextlib import suppress

from farm.access import Caller
from farm.errors import StorageUnavailable
from farm.states import JobState
from storage.postgres import control
from storage.postgres.database import Database
from storage.wakeups import Wakeups


def cancel(database: Database, caller: Caller, job_id: str) -> JobState:
    """End a job and return its state; an ended one stays as it is.

    Its running steps learn of it by their heartbeat. Raises NotFound for a job that is unknown to
    the caller, as all of these do.
    """
    with database.begin(caller.tenant) as session:
        return control.request_cancel(session, caller.tenant, job_id)


def pause(database: Database, caller: Caller, job_id: str) -> JobState:
    """Start no more steps of a job and return its state; raise Conflict for an ended one."""
    with database.begin(caller.tenant) as session:
        return control.pause(session, caller.tenant, job_id)


def resume(database: Database, wakeups: Wakeups, caller: Caller, job_id: str) -> JobState:
    """Let a paused job go on and return its state; raise Conflict for an ended one."""
    with database.begin(caller.tenant) as session:
        state, freed = control.resume(session, caller.tenant, job_id)
    with suppress(StorageUnavailable):  # costs time only: a reconciler wakes workers again
        wakeups.wake(freed)
    return state
