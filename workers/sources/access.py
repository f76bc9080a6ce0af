"""The sources of titles, wherever they are: identified, brought, and held to what they were."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from farm.command import SOURCE_NAME
from farm.errors import InvalidSource
from farm.facts import Source
from farm.parts import Part
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from storage.objects.store import sha256_of
from storage.objects.stores import source_object
from workers.sources.cache import Cache, WrongContent
from workers.sources.digests import Digests
from workers.sources.file import file_identity, place_link, resolve_source, scheme_of
from workers.sources.https import WebSource

WEB = ("http", "https")
TELLING = ("s3",)  # schemes by which every change of a source shows, in its ETag or version


class Remote(Protocol):
    """A source on another machine, as its owner left it."""

    def identify(self) -> dict[str, Any]:
        """Return what tells it from what it may be later; `size_bytes` is None where unknown."""

    def download(
        self, target: Path, identity: dict[str, Any], check_wanted: Callable[[], None]
    ) -> None:
        """Write it to `target`, calling `check_wanted` all the while.

        Raises InvalidSource when it is seen to be another than `identity` says.
        """


class Sources:
    """Finds sources by URI: a path, file://, s3://, http:// or https://.

    Each call raises InvalidSource, naming the URI, for what is not there or may not be read, and
    StorageUnavailable where a server does not answer. Remote sources are copied to this host,
    where `cache` keeps them for other steps.
    """

    def __init__(self, settings: Settings, cache: Cache) -> None:
        self._settings = settings
        self._cache = cache
        self._digests = Digests(settings.cache / "digests")

    def identify(self, uri: str) -> dict[str, Any]:
        """Return what tells an unchanged source from a changed one, without reading it."""
        remote = self._remote(uri)
        return file_identity(resolve_source(uri)) if remote is None else remote.identify()

    def identities(self, spec: JobSpec) -> list[dict[str, Any]]:
        """Return what identifies every file that a request names: the source, then its sidecars."""
        named = [spec.source, *(sidecar.uri for sidecar in spec.subtitles)]
        if spec.chapters is not None:
            named.append(spec.chapters)
        return [self.identify(uri) for uri in named]

    def bring(self, uri: str, scratch: Path, check_wanted: Callable[[], None]) -> dict[str, Any]:
        """Make the source readable in `scratch` under its fixed name; return what identifies it."""
        remote = self._remote(uri)
        if remote is None:
            path = resolve_source(uri)
            place_link(path, scratch)
            return {"path": str(path), **file_identity(path)}
        identity, target = remote.identify(), scratch / SOURCE_NAME

        def download(path: Path) -> None:
            remote.download(path, identity, check_wanted)

        if sha256 := self._known(uri, identity):
            size_bytes: int = identity["size_bytes"]
            self._cache.fetch(sha256, size_bytes, target, download, check_wanted)
        else:
            download(target)
        return identity

    def _known(self, uri: str, identity: dict[str, Any]) -> str | None:
        """Return the digest of a remote source that this host has read as it is now."""
        return self._digests.known({"uri": uri, **identity}) if scheme_of(uri) in TELLING else None

    def confirm(self, uri: str, scratch: Path, identity: dict[str, Any], job_id: str) -> str:
        """Return the SHA-256 of what `bring` brought for a job, which later steps will ask for.

        Read only where it is not known. Raises InvalidSource if it changed meanwhile.
        """
        source = scratch / SOURCE_NAME
        if self._remote(uri) is None:
            sha256 = self._digests.of_file(source)
            _unchanged(uri, identity)
            return sha256
        sha256 = self._known(uri, identity) or sha256_of(source)
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
            place_link(_unchanged(uri, ingested.evidence), scratch)
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
            _unchanged(uri, ingested.evidence)

    def copy(
        self, uri: str, target: Path, at_most_bytes: int, check_wanted: Callable[[], None]
    ) -> None:
        """Write a small file to `target`; raise InvalidSource for one larger than that."""
        remote = self._remote(uri, at_most_bytes)
        identity = self.identify(uri) if remote is None else remote.identify()
        if (identity["size_bytes"] or 0) > at_most_bytes:
            raise InvalidSource(
                f"{uri!r} is larger than {at_most_bytes >> 20} MiB: that is no file of"
                " subtitles or chapters"
            )
        if remote is None:
            shutil.copyfile(resolve_source(uri), target)
        else:
            remote.download(target, identity, check_wanted)

    def _remote(self, uri: str, at_most_bytes: int | None = None) -> Remote | None:
        match scheme_of(uri):
            case "s3":
                return source_object(uri, self._settings)
            case scheme if scheme in WEB:
                return WebSource(uri, self._settings, at_most_bytes)
        return None


def open_sources(settings: Settings) -> Sources:
    """Return the sources as this host's settings and cache give access to them."""
    return Sources(settings, Cache(settings.cache, settings.cache_bytes))


def _unchanged(uri: str, identity: dict[str, Any]) -> Path:
    """Return the file's path; raise InvalidSource unless it is the one identified before."""
    path = resolve_source(uri)
    if not file_identity(path).items() <= identity.items():
        raise _changed(uri)
    return path


def _changed(uri: str) -> InvalidSource:
    named = uri.partition("?")[0] if scheme_of(uri) in WEB else uri  # no signature in a log
    return InvalidSource(f"{named!r} changed while it was processed: submit it again")
