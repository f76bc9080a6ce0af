"""Which locations the farm reads sources from and publishes to, for each of its tenants.

Looked at before there is a job (`check`), and again where a worker opens a source or an origin.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from farm.errors import InvalidSpec
from farm.settings import Settings
from farm.spec import ASSET_PATTERN, JobSpec
from farm.yaml_file import PolicyKind, parse_policy, read_policy
from services.allowed import ANY, Allowed, Location, parse_locations
from storage.objects.directory import DirectoryStore
from storage.objects.s3_address import split_s3_uri
from storage.objects.store import ObjectStore
from storage.objects.stores import open_store

FILE = PolicyKind("locations file", "tenants", "docs/ops.md")
SOURCES, ORIGINS = "REELFARM_SOURCES", "REELFARM_ORIGINS"
READ, PUBLISH = "read", "publish to"

Parsed = tuple[Location, ...] | None


class TenantLocations(BaseModel):
    """The locations of one tenant, each as in the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


class LocationsFile(BaseModel):
    """The tenants that have locations of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenants: dict[Annotated[str, StringConstraints(pattern=ASSET_PATTERN)], TenantLocations]


@dataclass(frozen=True, slots=True)
class Locations:
    """The locations of each tenant: its own where the file names it, else those of the settings."""

    of_all: tuple[Parsed, Parsed]  # sources, origins
    of_tenants: Mapping[str, tuple[Parsed, Parsed]]
    file: Path | None

    def sources(self, tenant: str) -> Allowed:
        """Return what the tenant may read."""
        found, _ = self.of_tenants.get(tenant, self.of_all)
        return Allowed(tenant, found, READ, self._named_in(tenant, "sources", SOURCES))

    def origins(self, tenant: str) -> Allowed:
        """Return where the tenant may publish."""
        _, found = self.of_tenants.get(tenant, self.of_all)
        return Allowed(tenant, found, PUBLISH, self._named_in(tenant, "origins", ORIGINS))

    def check(self, spec: JobSpec) -> None:
        """Return if every file a request names may be read; raise LocationNotAllowed otherwise."""
        allowed = self.sources(spec.tenant)
        for uri in spec.files:
            allowed.check_uri(uri)

    def _named_in(self, tenant: str, what: str, setting: str) -> str:
        return f"{what} of {tenant} in {self.file}" if tenant in self.of_tenants else setting


def load_locations(settings: Settings) -> Locations:
    """Return the locations that the settings and their file state.

    Raises InvalidSpec naming the setting, or the place in the file, that is wrong.
    """
    of_tenants: dict[str, tuple[Parsed, Parsed]] = {}
    file = settings.locations_file
    if file is not None:
        stated = parse_policy(LocationsFile, read_policy(file, FILE), str(file), FILE)
        of_tenants = {
            name: (
                _parsed(f"{file}: tenants.{name}.sources", own.sources),
                _parsed(f"{file}: tenants.{name}.origins", own.origins),
            )
            for name, own in stated.tenants.items()
        }
    of_all = (
        _parsed(SOURCES, (settings.sources or "").split(",")),
        _parsed(ORIGINS, (settings.origins or "").split(",")),
    )
    return Locations(of_all, of_tenants, file)


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
    store = open_store(spec.origin, settings)
    if isinstance(store, DirectoryStore):
        for path in (store.root, store.root / spec.tenant / spec.asset):
            allowed.check_path(spec.origin, Path(os.path.realpath(path)))
    else:
        bucket, prefix = split_s3_uri(spec.origin)
        allowed.check_object(spec.origin, bucket, prefix)
    return store


def _parsed(name: str, texts: Iterable[str]) -> Parsed:
    try:
        return parse_locations(texts)
    except ValueError as error:
        raise InvalidSpec(f"{name}: {error}") from error
