"""A file on its way over HTTP, which may take more than one answer."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import Any, BinaryIO

from farm.errors import InvalidSource, StorageUnavailable
from farm.web_address import Place
from workers.web.answer import check_status, identity_of
from workers.web.exchange import Answer, CutShort
from workers.web.limits import FetchLimits


class Partial:
    """What has arrived of a file, and how to ask for the rest (RFC 9110, section 14)."""

    def __init__(self, file: BinaryIO, limits: FetchLimits) -> None:
        self._file = file
        self._limits = limits
        self._begin({})

    @property
    def sha256(self) -> str:
        """Return the digest of what has arrived."""
        return self._digest.hexdigest()

    def ask(self) -> dict[str, str]:
        """Return the request headers for what is missing, or none when all of it is.

        A part is asked for only where a strong ETag tells that it is one of the same file: what a
        server gives to If-Range is the rest of it, or the whole of another.
        """
        etag = self.identity.get("etag") or ""
        if not (self.size_bytes and self._promised_bytes and re.fullmatch(r'"[!-~]+"', etag)):
            return {}
        return {"Range": f"bytes={self.size_bytes}-", "If-Range": etag}

    def take(self, place: Place, answer: Answer) -> None:
        """Write what the answer brings; raise as `download_url` does.

        After a StorageUnavailable `ask` tells whether another answer can go on from there.
        """
        if self.ask() and answer.status == HTTPStatus.PARTIAL_CONTENT:
            self._go_on(place, answer)
        else:
            check_status(place, answer, {HTTPStatus.OK})
            self._begin(identity_of(place, answer))
        if self._promised_bytes is None and not answer.chunked:
            raise StorageUnavailable(
                f"{place.shown} does not say how long it is, so that a cut could not be noticed:"
                " serve it with a Content-Length"
            )
        if self._promised_bytes and self._promised_bytes > self._limits.size_bytes:
            raise self._too_large(place)
        self._write(place, answer)
        if not self.size_bytes:
            raise empty(place)
        if self._promised_bytes and self.size_bytes > self._promised_bytes:
            self._begin({})
            raise StorageUnavailable(f"{place.shown} gave more than the part asked for")
        if self._promised_bytes and self.size_bytes < self._promised_bytes:
            raise self._ended(place)

    def _begin(self, identity: dict[str, Any]) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.identity = identity
        self._promised_bytes: int | None = identity.get("size_bytes")

    def _go_on(self, place: Place, answer: Answer) -> None:
        said = answer.headers.get("content-range", "")
        rest = f"bytes {self.size_bytes}-{(self._promised_bytes or 0) - 1}/{self._promised_bytes}"
        # Nothing else need be told again (RFC 9110, section 15.3.7).
        if said != rest or identity_of(place, answer)["etag"] != self.identity["etag"]:
            self._begin({})
            raise StorageUnavailable(f"{place.shown} gave another part than the one asked for")

    def _write(self, place: Place, answer: Answer) -> None:
        try:
            for block in answer.blocks:
                self.size_bytes += len(block)
                if self.size_bytes > self._limits.size_bytes:
                    raise self._too_large(place)
                self._digest.update(block)
                self._file.write(block)
        except CutShort as error:
            raise self._ended(place) from error

    def _ended(self, place: Place) -> StorageUnavailable:
        if self._promised_bytes is None:
            return StorageUnavailable(f"{place.shown}: the answer ended too early")
        return StorageUnavailable(
            f"{place.shown} ended after {self.size_bytes} of {self._promised_bytes} bytes"
        )

    def _too_large(self, place: Place) -> InvalidSource:
        return InvalidSource(
            f"{place.shown} is larger than the {self._limits.size_bytes} bytes we take"
        )


def empty(place: Place) -> InvalidSource:
    """Return the error for a file without content."""
    return InvalidSource(f"{place.shown} is empty: upload it again")
