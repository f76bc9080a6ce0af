"""The sources of titles, wherever they are: identified, brought, and held to what they were."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from farm.command import SOURCE_NAME
from farm.errors import InvalidSource
from farm.facts import Source
from farm.parts import Part
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from farm.uploads import SCHEME as UPLOAD
from farm.uri import WEB, location_of, scheme_of
from services.allowed import Allowed
from services.locations import TenantPlaces, load_locations
from storage.objects.s3_address import split_s3_uri
from storage.objects.store import sha256_of
from storage.objects.stores import source_object
from storage.postgres.database import Database
from workers.sources.cache import Cache, WrongContent
from workers.sources.digests import Digests
from workers.sources.file import OpenFile, bytes_in, open_file, place_link
from workers.sources.https import WebSource
from workers.sources.remote import Remote
from workers.sources.uploaded import open_upload, remote_upload

TELLING = ("s3", UPLOAD)  # schemes by which every change of a source shows, in its ETag or version


def _untold(_share: float) -> None:
    """Stand in where nobody wants to know."""


class Sources:
    """Finds sources by URI: a path, file://, s3://, http://, https:// or upload://.

    Each call raises InvalidSource, naming the URI, for what is not there or cannot be read,
    LocationNotAllowed for what is not `allowed`, and StorageUnavailable where a server does not
    answer. Remote sources are copied to this host, where `cache` keeps them for other steps. Files
    linked into a scratch directory are held open until the `with` of the sources ends.
    """

    def __init__(
        self, settings: Settings, cache: Cache, allowed: Allowed | Callable[[], Allowed]
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._allowed: Callable[[], Allowed] = allowed if callable(allowed) else lambda: allowed
        self._digests = Digests(settings.cache / "digests")
        self._held: list[OpenFile] = []

    def __enter__(self) -> Sources:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._held:
            self._held.pop().close()

    def identify(self, uri: str) -> dict[str, Any]:
        """Return what tells an unchanged source from a changed one, without reading it."""
        remote = self._remote(uri)
        if remote is not None:
            return remote.identify()
        file = self._open(uri)
        try:
            return dict(file.identity)
        finally:
            file.close()

    def identities(self, spec: JobSpec) -> list[dict[str, Any]]:
        """Return what identifies every file that a request names: the source, then its sidecars."""
        return [self.identify(uri) for uri in spec.files]

    def bring(
        self,
        uri: str,
        scratch: Path,
        check_wanted: Callable[[], None],
        report: Callable[[float], None] = _untold,
    ) -> dict[str, Any]:
        """Make the source readable in `scratch` under its fixed name; return what identifies it.

        `report` is told the share that is there already, where the source says how large it is.
        """
        remote = self._remote(uri)
        if remote is None:
            file = self._hold(uri)
            place_link(file.link, scratch)
            return {"path": location_of(file.path), **file.identity}
        identity, target = remote.identify(), scratch / SOURCE_NAME
        size_bytes: int | None = identity["size_bytes"]

        def look() -> None:
            check_wanted()
            if size_bytes:
                report(bytes_in(scratch) / size_bytes)

        def download(path: Path) -> None:
            remote.download(path, identity, look)

        if (sha256 := self._known(uri, identity)) and size_bytes:
            self._cache.fetch(sha256, size_bytes, target, download, look)
        else:
            download(target)
        return identity

    def _known(self, uri: str, identity: dict[str, Any]) -> str | None:
        """Return the digest of a remote source that this host has read as it is now."""
        return self._digests.known({"uri": uri, **identity}) if scheme_of(uri) in TELLING else None

    def confirm(
        self,
        uri: str,
        scratch: Path,
        identity: dict[str, Any],
        job_id: str,
        report: Callable[[float], None] = _untold,
    ) -> str:
        """Return the SHA-256 of what `bring` brought for a job, which later steps will ask for.

        Read only where it is not known, telling `report` the share that is. Raises InvalidSource if
        it changed meanwhile.
        """
        source = scratch / SOURCE_NAME
        if self._remote(uri) is None:
            sha256 = self._digests.of_file(source, report)
            self._check_identity(uri, identity)
            return sha256
        sha256 = self._known(uri, identity) or sha256_of(source, report)
        if scheme_of(uri) in TELLING:
            self._digests.note({"uri": uri, **identity}, sha256)
        self._cache.hold(sha256, job_id)
        self._cache.keep(sha256, source)
        return sha256

    def link(
        self,
        uri: str,
        ingested: Part,
        scratch: Path,
        job_id: str,
        check_wanted: Callable[[], None],
    ) -> None:
        """Make the source readable in `scratch` under its fixed name, for a step of a job.

        A copy of it stays on this host until the job has ended. Raises InvalidSource unless it
        still is what ingest described.
        """
        remote, target = self._remote(uri), scratch / SOURCE_NAME
        if remote is None:
            file = self._hold(uri)
            if not file.identity.items() <= ingested.evidence.items():
                raise _changed(uri)
            place_link(file.link, scratch)
        elif not target.exists():  # a step with two commands asks twice
            source = from_json(Source, ingested.facts)

            def download(path: Path) -> None:
                remote.download(path, ingested.evidence, check_wanted)

            self._cache.hold(source.sha256, job_id)
            try:
                self._cache.fetch(
                    source.sha256, source.media.size_bytes, target, download, check_wanted
                )
            except WrongContent as error:
                raise _changed(uri) from error

    def check_unchanged(self, uri: str, ingested: Part) -> None:
        """Raise InvalidSource if steps that read the source may have read something else.

        Only a file can change under its readers: of all others they read a verified copy.
        """
        if self._remote(uri) is None:
            self._check_identity(uri, ingested.evidence)

    def copy(
        self, uri: str, target: Path, at_most_bytes: int, check_wanted: Callable[[], None]
    ) -> None:
        """Write a small file to `target`; raise InvalidSource for one larger than that."""
        remote = self._remote(uri, at_most_bytes)
        if remote is None:
            file = self._hold(uri)
            _check_size(uri, file.identity, at_most_bytes)
            shutil.copyfile(file.link, target)
        else:
            identity = remote.identify()
            _check_size(uri, identity, at_most_bytes)
            remote.download(target, identity, check_wanted)

    def _hold(self, uri: str) -> OpenFile:
        file = self._open(uri)
        self._held.append(file)
        return file

    def _open(self, uri: str) -> OpenFile:
        if scheme_of(uri) == UPLOAD:
            return open_upload(uri, self._allowed().tenant, self._settings)
        return open_file(uri, self._allowed())

    def _check_identity(self, uri: str, identity: dict[str, Any]) -> None:
        if not self.identify(uri).items() <= identity.items():
            raise _changed(uri)

    def _remote(self, uri: str, at_most_bytes: int | None = None) -> Remote | None:
        match scheme_of(uri):
            case "s3":
                source = source_object(uri, self._settings)
                self._allowed().check_object(uri, *split_s3_uri(uri))
                return source
            case "upload":
                return remote_upload(uri, self._allowed().tenant, self._settings)
            case scheme if scheme in WEB:
                return WebSource(uri, self._settings, self._allowed(), at_most_bytes)
        return None


def open_sources(settings: Settings, tenant: str, database: Database | None = None) -> Sources:
    """Return a tenant's sources as this host, and the farm where it is at hand, give access."""
    places = TenantPlaces(database, load_locations(settings), tenant)
    return Sources(settings, Cache(settings.cache, settings.cache_bytes), places.sources)


def _check_size(uri: str, identity: Mapping[str, Any], at_most_bytes: int) -> None:
    if (identity["size_bytes"] or 0) > at_most_bytes:
        raise InvalidSource(
            f"{uri!r} is larger than {at_most_bytes >> 20} MiB: that is no file of"
            " subtitles or chapters"
        )


def _changed(uri: str) -> InvalidSource:
    named = uri.partition("?")[0] if scheme_of(uri) in WEB else uri  # no signature in a log
    return InvalidSource(f"{named!r} changed while it was processed: submit it again")
