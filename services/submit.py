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
from services.handed_in import note_uses, with_digests
from services.locations import Locations, load_locations, locations_now, open_origin
from storage.postgres import jobs, reconcile
from storage.postgres.database import Database, Transaction
from storage.wakeups import Wakeup, Wakeups

# What tells a file that a request names from the same name's content at another time.
Identities = Sequence[Mapping[str, Any]]


def submit(
    database: Database, wakeups: Wakeups, spec: JobSpec, settings: Settings, files: Identities
) -> str:
    """Return the id of a new job, having woken workers for it; `files` are those it names.

    Raises LocationNotAllowed where the tenant may not read what it names or not publish to its
    origin, StorageUnavailable where a title could not be published there.
    """
    with database.begin(spec.tenant) as session:
        locations = locations_now(session, load_locations(settings), spec.tenant)
    check_places(spec, locations, settings)
    with database.begin(spec.tenant) as session:
        job_id, due = take_in(session, spec, files)
    wake(wakeups, due)
    return job_id


def check_places(spec: JobSpec, locations: Locations, settings: Settings) -> None:
    """Return if what a request names may be read and published to, and the origin takes objects.

    That of a plan may take none yet: nothing is published.
    """
    locations.check(spec)
    if spec.plan:
        return
    open_origin(spec, locations.origins(spec.tenant), settings).check_writable()


def take_in(
    session: Transaction, spec: JobSpec, files: Identities = ()
) -> tuple[str, list[Wakeup]]:
    """Write a job and its first steps; return its id and what to wake workers for afterwards.

    Raises InvalidSource where it names an upload that the tenant has not, or not complete.
    """
    name = request_name(spec, files)
    spec = with_digests(session, spec)
    job_id, _ = jobs.submit(session, spec, first_steps(spec), name)
    note_uses(session, job_id, spec)
    return job_id, reconcile.due_for_waking(session, 0, job_id)


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
    wake(wakeups, due)
    return job_id


def request_name(spec: JobSpec, files: Identities) -> str:
    """Return the digest that names a request over files as they are now."""
    return digest([to_json(spec), [dict(identity) for identity in files]])


def wake(wakeups: Wakeups, due: list[Wakeup]) -> None:
    """Wake workers for what was taken in, once that is committed."""
    reached("submit.after-commit")
    with suppress(StorageUnavailable):  # costs time only: the reconciler wakes for them later
        wakeups.wake(due)
