"""Files that tenants hand in themselves: how each is sent, named in requests, and kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SCHEME = "upload"
MAX_PARTS = 1000  # S3 takes 10,000, OpenStack Swift 1,000 unless told otherwise
PART_BYTES = 16 << 20  # up to here one request does; browsers send a lost one again in seconds
URL_S = 3600.0  # for so long a signed URL holds
MAX_NAME = 128
_URI = re.compile(rf"{SCHEME}://([0-9a-f]{{32}})(?:/[A-Za-z0-9._-]{{1,{MAX_NAME}}})?")


class Way(StrEnum):
    """How a file gets to the work store."""

    APPEND = "append"  # through the API, from an offset on: the store is a directory
    PUT = "put"  # by one request to S3
    PARTS = "parts"  # by many


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """A part that has arrived; `tag` is what the store knows its content by."""

    number: int  # from 1
    size_bytes: int
    tag: str


def upload_uri(upload_id: str, name: str) -> str:
    """Return what a request names an upload by; its name tells formats, and makes asset names."""
    return f"{SCHEME}://{upload_id}/{safe_name(name)}"


def upload_id_of(uri: str) -> str | None:
    """Return the id of the upload that a URI names, None where it names none."""
    found = _URI.fullmatch(uri)
    return found[1] if found else None


def upload_ids(uris: Iterable[str]) -> dict[str, str]:
    """Return the uploads among some URIs: their ids by URI."""
    return {uri: found for uri in uris if (found := upload_id_of(uri)) is not None}


def upload_key(tenant: str, upload_id: str) -> str:
    """Return where in the work store it lies: nobody reads another tenant's by guessing an id."""
    return f"uploads/{tenant}/{upload_id}"


def safe_name(name: str) -> str:
    """Return a file's name as URIs have it: its end, which tells its format, stays."""
    last = re.split(r"[/\\]", name)[-1]
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-")[-MAX_NAME + 4 :]
    return f"file{safe.rstrip('.')}" if not safe.strip(".") or safe.startswith(".") else safe


def part_bytes(size_bytes: int) -> int:
    """Return how large each part but the last one of a file is, so that there are not too many."""
    return max(PART_BYTES, -(-size_bytes // MAX_PARTS))


def part_sizes(size_bytes: int) -> list[int]:
    """Return the sizes of a file's parts, in order."""
    each = part_bytes(size_bytes)
    return [min(each, size_bytes - start) for start in range(0, size_bytes, each)]
