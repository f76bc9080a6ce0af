"""What the head of an answer says of a file: whether it is to be had, and which it is."""

from __future__ import annotations

import re
from collections.abc import Collection
from http import HTTPStatus
from http.client import responses
from typing import Any

from farm.errors import InvalidSource, StorageUnavailable
from farm.web_address import Place
from workers.web.exchange import Answer

PASSING_STATUSES = {408, 425, 429}  # of 4xx: timeout, too early, too many requests
MAX_VALIDATOR = 256  # characters of an ETag that are kept


def check_status(place: Place, answer: Answer, good: Collection[int]) -> None:
    """Return if the answer has a good status.

    Raises StorageUnavailable for one that may pass, InvalidSource for all others.
    """
    status = answer.status
    if status in good:
        return
    said = f"{place.shown} answered {status} {responses.get(status, '')}".rstrip()
    if status in PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise StorageUnavailable(said)
    raise InvalidSource(f"{said}: check the URL, and that it can be read without logging in")


def identity_of(place: Place, answer: Answer) -> dict[str, Any]:
    """Return what the headers say of the whole file; raise InvalidSource for a compressed one."""
    coding = answer.headers.get("content-encoding", "identity")
    if coding.lower() not in {"", "identity"}:
        raise InvalidSource(f"{place.shown} gives a compressed copy only: have it sent as it is")
    return {
        "size_bytes": _size_bytes(answer),
        "etag": _validator(answer, "etag"),
        "last_modified": _validator(answer, "last-modified"),
    }


def _size_bytes(answer: Answer) -> int | None:
    if answer.status == HTTPStatus.PARTIAL_CONTENT:  # Content-Range: bytes 0-0/SIZE
        said = answer.headers.get("content-range", "").rpartition("/")[2]
    else:
        said = "" if answer.chunked else answer.headers.get("content-length", "")
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def _validator(answer: Answer, name: str) -> str | None:
    said = answer.headers.get(name)
    if said is None:
        return None
    return "".join(filter(str.isprintable, said))[:MAX_VALIDATOR]  # it goes into the database
