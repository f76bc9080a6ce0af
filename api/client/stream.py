"""Server-sent events out of the bytes they come in (WHATWG HTML, 9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """One message; without data it is only there to say that the server is, or where it stands."""

    id: str | None
    data: str


def messages(chunks: Iterable[bytes]) -> Iterator[ServerMessage]:
    """Give the messages of a stream; one that was cut off is none."""
    place: str | None = None
    data: list[str] = []
    for line in _lines(chunks):
        if not line:
            yield ServerMessage(place, "\n".join(data))
            place, data = None, []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "id":
            place = value


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the lines without their ends; what follows the last end is no line yet."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
