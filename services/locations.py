"""Which locations the farm reads sources from and publishes to, for each of its tenants.

Looked at before there is a job (`check`), and again where a worker opens a source or an origin.
What operators keep for a tenant in the farm counts first, then the file, then the settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from farm.errors import InvalidSpec
from farm.settings import Settings
from farm.spec import ASSET_PATTERN, JobSpec
from farm.yaml_file import PolicyKind, parse_policy, read_policy
from services.allowed import ANY, Allowed, Location, parse_locations
from storage.objects.directory import DirectoryStore
from storage.objects.s3_address import split_s3_uri
from storage.objects.store import ObjectStore
from storage.objects.stores import open_store
from storage.postgres import documents
from storage.postgres.database import Database
from storage.postgres.generations import Asset
from storage.postgres.statements import Connected

FILE = PolicyKind("locations file", "tenants", "docs/ops.md")
SOURCES, ORIGINS = "REELFARM_SOURCES", "REELFARM_ORIGINS"
READ, PUBLISH = "read", "publish to"
LOCATIONS = "locations"  # a kind of document
ITSELF = "itself"  # the name of documents of which a tenant has one

Parsed = tuple[Location, ...] | None
StatedBy = Literal["farm", "file", "settings"]


class TenantLocations(BaseModel):
    """The locations of one tenant, each as in the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[str, ...] = Field(
        (), description="what it may read: file:///, s3://, https://; or any"
    )
    origins: tuple[str, ...] = Field(
        (), description="where it may publish: file:///, s3://; or any"
    )


class LocationsFile(BaseModel):
    """The tenants that have locations of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenants: dict[Annotated[str, StringConstraints(pattern=ASSET_PATTERN)], TenantLocations]


@dataclass(frozen=True, slots=True)
class StatedLocations:
    """What somebody stated, and what it means."""

    stated: TenantLocations
    by: StatedBy
    sources: Parsed
    origins: Parsed


@dataclass(frozen=True, slots=True)
class Locations:
    """The locations of each tenant: its own where it has some, else those of the settings."""

    of_all: StatedLocations
    of_tenants: Mapping[str, StatedLocations]
    file: Path | None

    def of(self, tenant: str) -> StatedLocations:
        """Return the locations that count for a tenant."""
        return self.of_tenants.get(tenant, self.of_all)

    def sources(self, tenant: str) -> Allowed:
        """Return what the tenant may read."""
        named_in = self._named_in(tenant, "sources", SOURCES)
        return Allowed(tenant, self.of(tenant).sources, READ, named_in)

    def origins(self, tenant: str) -> Allowed:
        """Return where the tenant may publish."""
        named_in = self._named_in(tenant, "origins", ORIGINS)
        return Allowed(tenant, self.of(tenant).origins, PUBLISH, named_in)

    def check(self, spec: JobSpec) -> None:
        """Return if every file a request names may be read; raise LocationNotAllowed otherwise."""
        allowed = self.sources(spec.tenant)
        for uri in spec.files:
            allowed.check_uri(uri)

    def with_kept(self, tenant: str, body: Mapping[str, Any] | None) -> Locations:
        """Return these locations, but for a tenant those that are kept for it; None: no others."""
        if body is None:
            return self
        own = _stated(TenantLocations.model_validate(body), "farm", f"/v1/locations of {tenant}")
        return replace(self, of_tenants={**self.of_tenants, tenant: own})

    def _named_in(self, tenant: str, what: str, setting: str) -> str:
        match self.of(tenant).by:
            case "settings":
                return setting
            case "file":
                return f"{what} of {tenant} in {self.file}"
            case "farm":
                return f"{what} of {tenant} in /v1/locations"


class TenantPlaces:
    """Where one tenant may read and publish now: asked of PostgreSQL once, when it is needed."""

    def __init__(self, database: Database | None, locations: Locations, tenant: str) -> None:
        """Without a database, only settings and file count."""
        self._database = database
        self._locations = locations
        self._tenant = tenant
        self._found: Locations | None = None

    def sources(self) -> Allowed:
        """Return what the tenant may read."""
        return self._now().sources(self._tenant)

    def origins(self) -> Allowed:
        """Return where the tenant may publish."""
        return self._now().origins(self._tenant)

    def _now(self) -> Locations:
        if self._database is None:
            return self._locations
        if self._found is None:
            with self._database.autocommit() as connection:
                self._found = locations_now(connection, self._locations, self._tenant)
        return self._found


def load_locations(settings: Settings) -> Locations:
    """Return the locations that the settings and their file state.

    Raises InvalidSpec naming the setting, or the place in the file, that is wrong.
    """
    of_tenants: dict[str, StatedLocations] = {}
    file = settings.locations_file
    if file is not None:
        stated = parse_policy(LocationsFile, read_policy(file, FILE), str(file), FILE)
        of_tenants = {
            name: _stated(own, "file", f"{file}: tenants.{name}")
            for name, own in stated.tenants.items()
        }
    sources, origins = ((each or "").split(",") for each in (settings.sources, settings.origins))
    of_all = StatedLocations(
        TenantLocations(sources=_given(sources), origins=_given(origins)),
        "settings",
        _parsed(SOURCES, sources),
        _parsed(ORIGINS, origins),
    )
    return Locations(of_all, of_tenants, file)


def locations_now(there: Connected, locations: Locations, tenant: str) -> Locations:
    """Return the locations with those that are kept for the tenant at this moment."""
    return locations.with_kept(tenant, documents.body(there, tenant, LOCATIONS, ITSELF))


def open_to_all(settings: Settings) -> Settings:
    """Return settings under which all is allowed of which they say nothing.

    For one who works on a machine of his own; a farm works for others and has to be told.
    """
    given = {name: getattr(settings, name) or ANY for name in ("sources", "origins")}
    return settings.model_copy(update=given)


def open_origin(spec: JobSpec, allowed: Allowed, settings: Settings) -> ObjectStore:
    """Return the store a title is published to; raise LocationNotAllowed where it may not be.

    In a directory the store writes below the very path that was checked, whatever becomes of the
    symlinks that led there.
    """
    return open_origin_of(Asset(spec.origin, spec.tenant, spec.asset), allowed, settings)


def open_origin_of(asset: Asset, allowed: Allowed, settings: Settings) -> ObjectStore:
    """Return the store an asset was published to, as `open_origin` does."""
    store = open_store(asset.origin, settings)
    if isinstance(store, DirectoryStore):
        for path in (store.root, store.root / asset.folder):
            allowed.check_path(asset.origin, Path(os.path.realpath(path)))
    else:
        bucket, prefix = split_s3_uri(asset.origin)
        allowed.check_object(asset.origin, bucket, prefix)
    return store


def _stated(own: TenantLocations, by: StatedBy, place: str) -> StatedLocations:
    sources, origins = (
        _parsed(f"{place}.{name}", getattr(own, name)) for name in ("sources", "origins")
    )
    return StatedLocations(own, by, sources, origins)


def _parsed(name: str, texts: Iterable[str]) -> Parsed:
    try:
        return parse_locations(texts)
    except ValueError as error:
        raise InvalidSpec(f"{name}: {error}") from error


def _given(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip())
