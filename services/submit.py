"""Taking a job in, and finding the same request again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.serial import digest, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from planning.first import first_steps
from services.locations import load_locations, open_origin
from storage.postgres import jobs, reconcile
from storage.postgres.database import Database
from storage.wakeups import Wakeup, Wakeups

# What tells a file that a request names from the same name's content at another time.
Identities = Sequence[Mapping[str, Any]]


def submit(
    database: Database, wakeups: Wakeups, spec: JobSpec, settings: Settings, files: Identities
) -> str:
    """Return the id of a new job, having woken workers for it; `files` are those it names.

    Raises LocationNotAllowed where the tenant may not read what it names or not publish to its
    origin, StorageUnavailable where nothing could be published there.
    """
    locations = load_locations(settings)
    locations.check(spec)
    open_origin(spec, locations.origins(spec.tenant), settings).check_writable()
    with database.begin() as session:
        job_id, _ = jobs.submit(session, spec, first_steps(spec), request_name(spec, files))
        due = reconcile.due_for_waking(session, 0, job_id)
    _wake(wakeups, due)
    return job_id


def submit_or_resume(
    database: Database, wakeups: Wakeups, spec: JobSpec, settings: Settings, files: Identities
) -> str:
    """Return the id of an unfinished job of the same request, else of a new one.

    The same request: an equal spec over files that have not changed.
    """
    with database.begin() as session:
        job_id = jobs.find_unfinished(session, request_name(spec, files))
        due = reconcile.due_for_waking(session, 0, job_id) if job_id else []
    if job_id is None:
        return submit(database, wakeups, spec, settings, files)
    _wake(wakeups, due)
    return job_id


def request_name(spec: JobSpec, files: Identities) -> str:
    """Return the digest that names a request over files as they are now."""
    return digest([to_json(spec), [dict(identity) for identity in files]])


def _wake(wakeups: Wakeups, due: list[Wakeup]) -> None:
    reached("submit.after-commit")
    with suppress(StorageUnavailable):  # costs time only: the reconciler wakes for them later
        wakeups.wake(due)
