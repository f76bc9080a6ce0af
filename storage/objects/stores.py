"""From the name of a place to what is there: object stores, and objects that are sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from farm.errors import InvalidSource, InvalidSpec
from farm.settings import Settings
from farm.uri import path_of, scheme_of
from storage.objects.appending import FolderReceiver
from storage.objects.directory import DirectoryStore
from storage.objects.s3_address import S3_SCHEME, split_s3_uri
from storage.objects.store import ObjectStore, check_key

if TYPE_CHECKING:  # boto3 takes its time to import: only those who use S3 wait for it
    from storage.objects.s3_receiving import S3Receiver
    from storage.objects.s3_source import S3Source


def work_store(settings: Settings) -> ObjectStore:
    """Return the store of the outputs of steps; raise InvalidSpec as `open_store` does."""
    return _open("REELFARM_WORK_URL", settings.work, settings, links=True)


def open_store(location: str, settings: Settings) -> ObjectStore:
    """Return the store at `location`: a directory's path or file:// URL, or s3://bucket/prefix.

    Raises InvalidSpec for any other kind of place. Stores of one S3 server share a client.
    """
    return _open("origin", location, settings, links=False)


def source_object(uri: str, settings: Settings, shown: str | None = None) -> S3Source:
    """Return the object that an s3:// URI means; raise InvalidSource where it means none.

    Its errors name it as `shown`, where that is not the URI.
    """
    from storage.objects.s3_client import s3_client
    from storage.objects.s3_source import S3Source

    try:
        bucket, key = split_s3_uri(uri)
    except ValueError as error:
        raise InvalidSource(str(error)) from error
    if not key or key.endswith("/"):
        raise InvalidSource(f"{uri!r} names no object: give s3://bucket/key")
    return S3Source(s3_client(settings), shown or uri, bucket, key)


def receiver(settings: Settings) -> FolderReceiver | S3Receiver:
    """Return what takes in files for the work store; raise InvalidSpec as `work_store` does."""
    store = work_store(settings)
    if isinstance(store, DirectoryStore):
        return FolderReceiver(store)
    from storage.objects.s3 import S3Store
    from storage.objects.s3_client import s3_client, signing_client
    from storage.objects.s3_receiving import S3Receiver

    assert isinstance(store, S3Store)
    bucket, prefix = split_s3_uri(settings.work)
    signer = signing_client(settings)
    return S3Receiver(store, s3_client(settings), signer, bucket, prefix.rstrip("/"))


def uploaded(uri: str, key: str, settings: Settings) -> Path | S3Source:
    """Return the file, or the object, of the work store that an upload's URI means."""
    taker = receiver(settings)
    if isinstance(taker, FolderReceiver):
        return taker.path(key)
    return source_object(f"{settings.work.rstrip('/')}/{key}", settings, shown=uri)


def _open(name: str, location: str, settings: Settings, *, links: bool) -> ObjectStore:
    if location.startswith(S3_SCHEME):
        return _open_s3(name, location, settings)
    if (scheme := scheme_of(location)) not in ("", "file"):
        raise InvalidSpec(
            f"{name} {location!r}: {scheme}:// is not a kind of storage this farm writes to;"
            " give a directory or s3://bucket/prefix"
        )
    try:
        return DirectoryStore(path_of(location), links=links)
    except InvalidSource as error:
        raise InvalidSpec(f"{name} {location!r}: give file:///folder with three slashes") from error


def _open_s3(name: str, location: str, settings: Settings) -> ObjectStore:
    from storage.objects.s3 import S3Store
    from storage.objects.s3_client import s3_client

    try:
        bucket, rest = split_s3_uri(location)
        prefix = check_key(rest.rstrip("/")) if rest.rstrip("/") else ""
    except ValueError as error:
        raise InvalidSpec(f"{name}: {error}") from error
    return S3Store(s3_client(settings), bucket, prefix, settings.s3_concurrency)
