"""Objects that have settled become jobs, with the sidecars that lie beside them by then."""

from __future__ import annotations

import logging
from itertools import islice

from pydantic import ValidationError

from farm.access import Caller, Scope
from farm.errors import ReelFarmError, StorageUnavailable
from farm.settings import Settings
from farm.sidecars import Beside, beside, stem_of
from farm.spec import JobRequest, JobSpec, refused
from services.ingest_rules import rule_of
from services.intake import resolve
from services.locations import Locations, load_locations, locations_now
from services.submit import check_places, take_in, wake
from storage.objects.stores import open_store
from storage.postgres import audit, ingest
from storage.postgres.database import Database
from storage.postgres.ingest import DueObject
from storage.wakeups import Wakeups

log = logging.getLogger("reelfarm.ingest")

AT_ONCE = 20
AGAIN_AFTER_S = 60.0  # longer than it takes to list a folder
MOST_BESIDE = 1000  # objects looked at that begin with the media's name
MAY_SUBMIT = frozenset({Scope.SUBMIT})


def begin_settled(database: Database, wakeups: Wakeups, settings: Settings) -> int:
    """Give objects that have settled their jobs, each one; return how many got one.

    Any number may do so at once. What a server refuses for the moment is tried again in a minute;
    what cannot become a job says so in the list of objects. Raises StorageUnavailable without
    PostgreSQL.
    """
    of_settings, begun = load_locations(settings), 0
    while True:
        with database.begin() as session:
            due = ingest.take_due(session, AT_ONCE, AGAIN_AFTER_S)
        for each in due:
            try:
                begun += _begin(database, wakeups, settings, of_settings, each)
            except StorageUnavailable:
                raise
            except Exception:  # a defect of ours: the others are to begin all the same
                log.exception("s3://%s/%s", each.bucket, each.key)
        if len(due) < AT_ONCE:
            return begun


def _begin(
    database: Database,
    wakeups: Wakeups,
    settings: Settings,
    of_settings: Locations,
    due: DueObject,
) -> bool:
    try:
        with database.begin(due.tenant) as session:
            locations = locations_now(session, of_settings, due.tenant)
        request = _request(database, settings, locations, due)
        with database.begin(due.tenant) as session:
            if not ingest.still_waits(session, due):
                return False
            caller = Caller(f"ingest {due.rule}"[:64], due.tenant, MAY_SUBMIT)
            spec = _noting_rule(resolve(session, caller, request, settings), due)
            check_places(spec, locations, settings)
            job_id, to_wake = take_in(session, spec)
            ingest.give_job(session, due, job_id)
            audit.note(session, caller, "job.submitted", job_id, asset=spec.asset)
    except ReelFarmError as error:
        if error.retryable:
            log.warning("s3://%s/%s waits: %s", due.bucket, due.key, error.message)
            return False
        log.warning("s3://%s/%s becomes no job: %s", due.bucket, due.key, error.message)
        with database.begin(due.tenant) as session:
            if ingest.still_waits(session, due):
                ingest.refuse(session, due, error.as_json())
        return False
    wake(wakeups, to_wake)
    return True


def _request(
    database: Database, settings: Settings, locations: Locations, due: DueObject
) -> JobRequest:
    """Return what is asked for of an object, by the rule as it was when it came."""
    with database.begin(due.tenant) as session:
        rule = rule_of(session, due.tenant, due.rule, due.rule_version)
    found = _beside(settings, locations, due)  # no transaction is open while a server is asked
    try:
        return rule.request(due.bucket, due.key, found)
    except ValidationError as error:
        raise refused(error, JobRequest) from error


def _beside(settings: Settings, locations: Locations, due: DueObject) -> Beside:
    """Return the sidecars that lie beside an object now, and may be read."""
    allowed, uri = locations.sources(due.tenant), f"s3://{due.bucket}/{due.key}"
    allowed.check_uri(uri)  # before anything of it is listed
    folder, slash, name = due.key.rpartition("/")
    stem = stem_of(name)
    store = open_store(f"s3://{due.bucket}", settings)
    listed = islice(store.listed(f"{folder}{slash}{stem}."), MOST_BESIDE)
    names = [each.key.removeprefix(f"{folder}{slash}") for each in listed]
    return beside(stem, (each for each in names if "/" not in each and each != name))


def _noting_rule(spec: JobSpec, due: DueObject) -> JobSpec:
    return spec.model_copy(update={"versions": {**spec.versions, "ingest": due.rule_version}})
