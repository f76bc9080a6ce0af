"""The locations that operators keep for a tenant: they hold at once, wherever one is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.access import Caller
from farm.errors import InvalidSpec, NotFound
from farm.settings import Settings
from services.allowed import parse_locations
from services.documents import read_body
from services.locations import (
    ITSELF,
    LOCATIONS,
    StatedLocations,
    TenantLocations,
    load_locations,
    locations_now,
)
from services.tenants import find
from storage.postgres import audit, documents
from storage.postgres.database import Database
from storage.postgres.models import Document


@dataclass(frozen=True, slots=True)
class LocationsView:
    """The locations that count for a tenant, and who states them; `version` of those kept here."""

    tenant: str
    found: StatedLocations
    version: int | None


def read_locations(database: Database, caller: Caller, settings: Settings) -> LocationsView:
    """Return where the tenant may read and publish."""
    tenant = caller.acts_for
    with database.begin(caller.tenant) as session:
        found = locations_now(session, load_locations(settings), tenant).of(tenant)
        kept = documents.newest(session, tenant, LOCATIONS, ITSELF)
    return LocationsView(tenant, found, kept.version if kept is not None else None)


def set_locations(
    database: Database, caller: Caller, settings: Settings, given: TenantLocations | None
) -> LocationsView:
    """Let a tenant read and publish there alone from now on; None: where the settings say.

    Raises InvalidSpec naming each location that is none, NotPermitted for no operator, NotFound for
    a tenant that is not there.
    """
    caller.check_operator()
    tenant = caller.acts_for
    body = None
    if given is not None:
        _check_locations(given)
        body = read_body(TenantLocations, given.model_dump(mode="json")).model_dump(mode="json")
    with database.begin(tenant) as session:
        find(session, tenant)
        if body is None and documents.newest(session, tenant, LOCATIONS, ITSELF) is None:
            raise NotFound(f"no locations are kept for {tenant}: those of the settings count")
        row, is_new = documents.write(session, tenant, LOCATIONS, ITSELF, body, caller.name)
        if is_new:
            does = "locations.removed" if body is None else "locations.written"
            audit.note(session, caller.about(tenant), does, tenant, version=row.version)
    return read_locations(database, caller, settings)


def locations_versions(
    database: Database, caller: Caller, before: int | None, limit: int
) -> Sequence[Document]:
    """Return the versions of what is kept of a tenant's locations, the newest first."""
    tenant = caller.acts_for
    with database.begin(caller.tenant) as session:
        return documents.versions(session, tenant, LOCATIONS, ITSELF, before, limit)


def _check_locations(given: TenantLocations) -> None:
    fields = []
    for name in ("sources", "origins"):
        for index, text in enumerate(getattr(given, name)):
            try:
                problem = "it is empty" if parse_locations([text]) == () else None
            except ValueError as error:
                problem = str(error)
            if problem:
                fields.append({"field": f"{name}.{index}", "message": problem})
    if fields:
        sentences = "; ".join(f"{each['field']}: {each['message']}" for each in fields)
        raise InvalidSpec(f"the locations are not valid: {sentences}", fields=fields)
