"""The object store: S3's shape (keys, metadata, whole objects), whatever holds the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

BLOCK_BYTES = 1 << 20
LARGE_BYTES = 16 << 20  # up to here one request beats the three that an upload in parts takes


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a store knows of an object.

    `sha256` is ours, kept beside the object: "" for one that somebody else put there. `tag` is the
    one that listings tell.
    """

    key: str
    size_bytes: int
    sha256: str
    content_type: str
    cache_control: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Headers:
    """How an object is to be served; `metadata` in ASCII, its names in lower case, as S3 has it."""

    content_type: str = "application/octet-stream"
    cache_control: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing tells of an object; `tag` changes with each put of other content."""

    key: str
    size_bytes: int
    tag: str


class ObjectStore(Protocol):
    """Whole objects by key; a put is atomic: a reader sees the old object, or all of the new.

    Every call raises StorageUnavailable when the store does not do what is asked, after retries.
    Calls may come from several threads at once.
    """

    parallel: int  # how many calls at once pay
    parallel_large: int  # the same for files beyond LARGE_BYTES, which may go in parts themselves
    local: bool  # what is fetched costs no download: a cache of it would only take up room

    def put_file(
        self, key: str, path: Path, headers: Headers, *, create_only: bool = False
    ) -> ObjectInfo:
        """Store the file's content under `key`, replacing what was there.

        With `create_only` what is there stays: it is returned if it has the same content, and
        anything else is StorageUnavailable. A guard against what should not happen, and no lock:
        some S3 servers replace it all the same, OpenStack Swift where two puts meet.
        """

    def put_bytes(self, key: str, content: bytes, headers: Headers) -> ObjectInfo:
        """Store `content` under `key`, replacing what was there."""

    def get_bytes(self, key: str) -> bytes:
        """Return the object; raise KeyError when there is none."""

    def get_range(self, key: str, first: int, size_bytes: int) -> bytes:
        """Return up to so many bytes (one at least) of an object from byte `first`, which it has.

        Raises KeyError when there is no such object.
        """

    def fetch(self, key: str, target: Path) -> None:
        """Write the object to `target`; raise KeyError when there is none."""

    def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of the object, None when there is none."""

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose keys start with `prefix`, in order, many to a request."""

    def delete(self, key: str) -> None:
        """Remove the object; that there is none is no error."""

    def clear_abandoned(self, prefix: str, older_than_s: float) -> int:
        """Remove what puts below `prefix` left behind that were interrupted so long ago.

        Returns how many there were. A store that cannot tell their keys clears all of them.
        """

    def check_writable(self) -> None:
        """Return if objects can be put; nothing of the trial is left.

        Raises StorageUnavailable otherwise: better before hours of work than after them.
        """

    def url(self, key: str) -> str:
        """Return where the object is: a file:// or s3:// URL."""


def check_key(key: str) -> str:
    """Return `key` if it is a plain relative one, else raise ValueError (a defect of ours)."""
    parts = key.split("/")
    if not key or key.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{key!r} is not an object key")
    return key


def sha256_of(path: Path, report: Callable[[float], None] | None = None) -> str:
    """Return the digest of a file's content; `report` is told the share that has been read."""
    with path.open("rb") as file:
        if report is None:
            return hashlib.file_digest(file, "sha256").hexdigest()
        found, size_bytes, read_bytes = hashlib.sha256(), path.stat().st_size, 0
        while block := file.read(BLOCK_BYTES):
            found.update(block)
            read_bytes += len(block)
            report(read_bytes / max(size_bytes, read_bytes))
        return found.hexdigest()
