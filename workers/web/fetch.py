"""The one fetcher for URLs of other people: sources are downloaded, webhooks are posted to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import MappingProxyType
from typing import Any

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from workers.web.address import Place, redirected, split_url
from workers.web.answer import check_status, identity_of
from workers.web.connection import FetchLimits, Patience, exchange

SOURCE = FetchLimits(connect_s=10.0, silence_s=30.0, total_s=12 * 3600.0, size_bytes=512 << 30)
QUESTION = FetchLimits(connect_s=10.0, silence_s=30.0, total_s=60.0, size_bytes=0)
CALL = FetchLimits(connect_s=5.0, silence_s=10.0, total_s=10.0, size_bytes=64 << 10)

MAX_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
FIRST_BYTE = {"Range": "bytes=0-0"}
BLOCK_BYTES = 1 << 20

CheckPlace = Callable[[Place], None]


def _anywhere(_place: Place) -> None:
    """Stand in where every public place will do."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was downloaded; `identity` is what `identity()` said of it at that moment."""

    size_bytes: int
    sha256: str
    identity: dict[str, Any]


def download(
    url: str,
    target: Path,
    settings: Settings,
    *,
    check: Callable[[], None],
    check_place: CheckPlace = _anywhere,
    limits: FetchLimits = SOURCE,
) -> Fetched:
    """Write what `url` gives to `target`, whole or not at all.

    `check` is called every second or so and stops the download by raising, `check_place` with
    every place that is asked, redirects too, before it is. Raises InvalidSource
    for what the URL's owner must mend, StorageUnavailable for what may pass.
    """
    patience = Patience(limits, check)
    partial = target.with_name(f"{target.name}.part")
    with _asked("GET", url, settings, patience, check_place) as (place, answer):
        check_status(place, answer, {HTTPStatus.OK})
        known = identity_of(place, answer)
        promised_bytes = known["size_bytes"]
        if promised_bytes is None and not answer.chunked:
            raise StorageUnavailable(
                f"{place.shown} does not say how long it is, so that a cut could not be noticed:"
                " serve it with a Content-Length"
            )
        if promised_bytes and promised_bytes > limits.size_bytes:
            raise _too_large(place, limits)
        try:
            saved_bytes, sha256 = _save(place, answer, partial, limits)
            if saved_bytes != (promised_bytes or saved_bytes):
                raise StorageUnavailable(
                    f"{place.shown} ended after {saved_bytes} of {promised_bytes} bytes"
                )
            if not saved_bytes:
                raise _empty(place)
            partial.replace(target)
        except OSError as error:
            raise StorageUnavailable(
                f"{place.shown} cannot be saved here: {error.strerror}"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
    return Fetched(saved_bytes, sha256, known)


def identity(
    url: str,
    settings: Settings,
    *,
    check_place: CheckPlace = _anywhere,
    limits: FetchLimits = QUESTION,
) -> dict[str, Any]:
    """Return what tells whether a source has changed: `size_bytes`, `etag`, `last_modified`.

    Each is None where the server does not say. Raises as `download` does.
    """
    patience = Patience(limits, lambda: None)
    with _asked("HEAD", url, settings, patience, check_place) as (place, answer):
        if answer.status == HTTPStatus.OK:
            known = identity_of(place, answer)
            if known["size_bytes"]:
                return known
    # Signed URLs are good for GET alone, and not every server knows the size when asked by HEAD.
    with _asked("GET", url, settings, patience, check_place, FIRST_BYTE) as (place, answer):
        check_status(place, answer, {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})
        known = identity_of(place, answer)
    if known["size_bytes"] == 0:
        raise _empty(place)
    return known


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    settings: Settings,
    *,
    limits: FetchLimits = CALL,
) -> int:
    """Post `body` and return the status of the answer; a redirect is an answer, too.

    Raises web_address.Refused for a URL the farm does not call, other InvalidSource for an unknown
    host or a bad certificate, StorageUnavailable where there was no answer.
    """
    patience = Patience(limits, lambda: None)
    with exchange("POST", split_url(url), settings, patience, headers, body) as answer:
        with suppress(StorageUnavailable, HTTPException):
            answer.read(limits.size_bytes)  # what we do not want, but hanging up looks like trouble
        return answer.status


@contextmanager
def _asked(
    method: str,
    url: str,
    settings: Settings,
    patience: Patience,
    check_place: CheckPlace,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[Place, HTTPResponse]]:
    """Give the answer at the end of the redirects, each checked like the first URL, and its place.

    Raises InvalidSource for more redirects than we follow.
    """
    place = split_url(url)
    for _ in range(MAX_REDIRECTS + 1):
        check_place(place)
        with exchange(method, place, settings, patience, headers) as answer:
            location = answer.headers.get("Location")
            if answer.status not in REDIRECTS or location is None:
                yield place, answer
                return
        place = redirected(place, location)
    raise InvalidSource(f"{place.shown}: more than {MAX_REDIRECTS} redirects: give the last URL")


def _save(
    place: Place, answer: HTTPResponse, partial: Path, limits: FetchLimits
) -> tuple[int, str]:
    """Write the body to `partial`; return its size and SHA-256."""
    digest = hashlib.sha256()
    size_bytes = 0
    with partial.open("wb") as file:
        while block := answer.read1(BLOCK_BYTES):
            size_bytes += len(block)
            if size_bytes > limits.size_bytes:
                raise _too_large(place, limits)
            digest.update(block)
            file.write(block)
    return size_bytes, digest.hexdigest()


def _too_large(place: Place, limits: FetchLimits) -> InvalidSource:
    return InvalidSource(f"{place.shown} is larger than the {limits.size_bytes} bytes we take")


def _empty(place: Place) -> InvalidSource:
    return InvalidSource(f"{place.shown} is empty: upload it again")
