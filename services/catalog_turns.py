"""Catalog titles whose turn nears get their jobs: few at a time, so that the rest costs nothing."""

from __future__ import annotations

import logging

from farm.access import EVERY_TENANT, Caller, Scope
from farm.errors import QuotaExceeded, ReelFarmError, StorageUnavailable
from farm.settings import Settings
from farm.spec import JobRequest, JobSpec
from services import quotas
from services.intake import resolve
from services.locations import Locations, load_locations, locations_now, open_origin
from services.submit import take_in, wake
from storage.postgres import catalog_stock
from storage.postgres.catalog_stock import Waiting
from storage.postgres.database import Database, Transaction
from storage.wakeups import Wakeup, Wakeups

log = logging.getLogger("reelfarm.catalogs")

# Jobs of one catalog at once that have not ended: what the tenant's limit of titles in progress
# lets begin, and some more, so that none waits for the next pass.
IN_STOCK = 32
WITHOUT_LIMIT = 200
AT_ONCE = 20  # titles in one transaction


def begin_due(
    database: Database, wakeups: Wakeups, settings: Settings, tenant: str = EVERY_TENANT
) -> int:
    """Give titles their jobs, in every catalog as many as there is room for; return how many.

    Any number may do so at once. Raises StorageUnavailable without PostgreSQL; what an origin
    refuses for the moment waits on.
    """
    limit = settings.titles_in_progress_per_tenant or settings.titles_in_progress or WITHOUT_LIMIT
    with database.begin(tenant) as session:
        own = {owner: titles + IN_STOCK for owner, titles in quotas.running_limits(session).items()}
        rooms = catalog_stock.with_room(session, tenant, limit + IN_STOCK, own)
    begun = 0
    places = _Places(load_locations(settings), settings)
    for catalog_id, owner, name, room in rooms:
        for start in range(0, room, AT_ONCE):
            batch = min(room - start, AT_ONCE)
            done, to_wake = _begin(database, settings, places, catalog_id, owner, name, batch)
            wake(wakeups, to_wake)
            begun += done
            if done < batch:
                break
    return begun


def _begin(
    database: Database,
    settings: Settings,
    places: _Places,
    catalog_id: str,
    tenant: str,
    name: str,
    batch: int,
) -> tuple[int, list[Wakeup]]:
    """Give one batch of a catalog its jobs, in one transaction."""
    caller = Caller(f"catalog {name}", tenant, frozenset({Scope.SUBMIT}))
    to_wake: list[Wakeup] = []
    with database.begin(tenant) as session:
        try:
            quotas.check_minutes(session, tenant)
        except QuotaExceeded as error:
            log.info("catalog %s waits: %s", name, error.message)
            return 0, to_wake
        locations = locations_now(session, places.of_settings, tenant)
        waiting = catalog_stock.next_waiting(session, catalog_id, batch)
        for title in waiting:
            try:
                spec = _spec(session, caller, title, name, settings)
                places.check(spec, locations)
                with session.begin_nested():  # what is refused leaves nothing behind
                    job_id, due = take_in(session, spec)
            except StorageUnavailable as error:
                log.warning("catalog %s of %s waits: %s", name, tenant, error.message)
                return 0, to_wake
            except ReelFarmError as error:
                catalog_stock.refuse(session, title, error.as_json())
                continue
            catalog_stock.give_job(session, title, job_id)
            to_wake += due
    return len(waiting), to_wake


def _spec(
    session: Transaction, caller: Caller, title: Waiting, name: str, settings: Settings
) -> JobSpec:
    request = JobRequest.model_validate({**title.request, "catalog": name})
    return resolve(session, caller, request, settings)


class _Places:
    """Whether titles may be read and published where they say: each origin is tried once a pass."""

    def __init__(self, of_settings: Locations, settings: Settings) -> None:
        self.of_settings = of_settings
        self._settings = settings
        self._writable: set[tuple[str, str]] = set()

    def check(self, spec: JobSpec, locations: Locations) -> None:
        """Return if it may; raise as services.submit.check_places does."""
        locations.check(spec)
        origin = open_origin(spec, locations.origins(spec.tenant), self._settings)
        if (spec.tenant, spec.origin) not in self._writable:
            origin.check_writable()
            self._writable.add((spec.tenant, spec.origin))
