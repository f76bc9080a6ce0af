"""The one fetcher for URLs of other people: sources are downloaded, webhooks are posted to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from farm.errors import InvalidSource, StorageUnavailable
from farm.files import replaced
from farm.settings import Settings
from farm.web_address import Place, split_url
from workers.web.address import redirected
from workers.web.answer import check_status, identity_of
from workers.web.exchange import Answer, exchange
from workers.web.limits import CALL, QUESTION, SOURCE, Deadline, FetchLimits
from workers.web.partial import Partial, empty

MAX_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
FIRST_BYTE = {"Range": "bytes=0-0"}
MAX_BREAKS = 10  # of one download: after as many the step is tried again, later and from its start
RESUME_PAUSE_S = 1.0  # after a break: a server that was started again needs a moment

CheckPlace = Callable[[Place], None]


def _anywhere(_place: Place) -> None:
    """Stand in where every public place will do."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was downloaded; `identity` is what `identity()` said of it at that moment."""

    size_bytes: int
    sha256: str
    identity: dict[str, Any]


def download_url(
    url: str,
    target: Path,
    settings: Settings,
    *,
    check: Callable[[], None],
    check_place: CheckPlace = _anywhere,
    limits: FetchLimits = SOURCE,
) -> Fetched:
    """Write what `url` gives to `target`, whole or not at all.

    A download that breaks off goes on where it was, if the server can do that. `check` is called
    every second or so and stops the download by raising, `check_place` with every place that is
    asked, redirects too, before it is. Raises InvalidSource for what the URL's owner must mend,
    StorageUnavailable for what may pass.
    """
    deadline = Deadline(limits, check)
    try:
        with replaced(target) as temporary, temporary.open("wb") as file:
            partial = Partial(file, limits)
            for breaks in count():
                asked = _asked("GET", url, settings, deadline, check_place, partial.ask())
                try:
                    with asked as (place, answer):
                        partial.take(place, answer)
                    break
                except StorageUnavailable:
                    if breaks == MAX_BREAKS or not partial.ask():
                        raise
                time.sleep(RESUME_PAUSE_S)
    except OSError as error:
        raise StorageUnavailable(
            f"{split_url(url).shown} cannot be saved here: {error.strerror}"
        ) from error
    return Fetched(partial.size_bytes, partial.sha256, partial.identity)


def identity(
    url: str,
    settings: Settings,
    *,
    check_place: CheckPlace = _anywhere,
    limits: FetchLimits = QUESTION,
) -> dict[str, Any]:
    """Return what tells whether a source has changed: `size_bytes`, `etag`, `last_modified`.

    Each is None where the server does not say. Raises as `download_url` does.
    """
    deadline = Deadline(limits, lambda: None)
    with _asked("HEAD", url, settings, deadline, check_place) as (place, answer):
        if answer.status == HTTPStatus.OK:
            known = identity_of(place, answer)
            if known["size_bytes"]:
                return known
    # Signed URLs are good for GET alone, and not every server knows the size when asked by HEAD.
    with _asked("GET", url, settings, deadline, check_place, FIRST_BYTE) as (place, answer):
        check_status(place, answer, {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})
        known = identity_of(place, answer)
    if known["size_bytes"] == 0:
        raise empty(place)
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

    Raises Refused for a URL the farm does not call, other InvalidSource for an unknown host or a
    bad certificate, StorageUnavailable where there was no answer.
    """
    deadline = Deadline(limits, lambda: None)
    with exchange("POST", split_url(url), settings, deadline, headers, body) as answer:
        left_bytes = limits.size_bytes
        with suppress(StorageUnavailable):
            for block in answer.blocks:  # which we do not want, but hanging up looks like trouble
                left_bytes -= len(block)
                if left_bytes <= 0:
                    break
        return answer.status


@contextmanager
def _asked(
    method: str,
    url: str,
    settings: Settings,
    deadline: Deadline,
    check_place: CheckPlace,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[Place, Answer]]:
    """Give the answer at the end of the redirects, each checked like the first URL, and its place.

    Raises InvalidSource for more redirects than we follow.
    """
    place = split_url(url)
    for _ in range(MAX_REDIRECTS + 1):
        check_place(place)
        with exchange(method, place, settings, deadline, headers) as answer:
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                yield place, answer
                return
        place = redirected(place, location)
    raise InvalidSource(f"{place.shown}: more than {MAX_REDIRECTS} redirects: give the last URL")
