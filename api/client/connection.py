"""Requests to a farm: sent again where that is safe and may help, refused by errors of ours."""

from __future__ import annotations

import json
import re
import ssl
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from api.client.problems import error_of, foreign
from api.client.stream import messages
from farm.errors import InvalidSpec, ReelFarmError, StorageUnavailable
from farm.files import replaced

CONNECTED_WITHIN_S = 5.0
ANSWERED_WITHIN_S = 60.0
SILENT_AT_MOST_S = 45.0  # three times as long as the farm's streams ever are
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
PIECE_BYTES = 64 << 10

Query = Mapping[str, Any]  # what is None is left out


@dataclass(frozen=True, slots=True)
class SentBody:
    """A body of any length; one that can be read again from its beginning may be sent again."""

    body: IO[bytes] | Iterable[bytes]
    content_type: str

    @property
    def rewindable(self) -> bool:
        """Return whether it is a file that goes back to its beginning."""
        seekable = getattr(self.body, "seekable", None)
        return seekable is not None and seekable()

    def pieces(self) -> Iterator[bytes]:
        """Give the body from its beginning."""
        read = getattr(self.body, "read", None)
        if read is None:
            yield from self.body
            return
        if self.rewindable:
            self.body.seek(0)  # type: ignore[union-attr]
        while piece := read(PIECE_BYTES):
            yield piece


class Connection:
    """Speaks to one farm; may be used by several threads at once."""

    def __init__(
        self, url: str, key: str, tenant: str | None, patience_s: float, trust_env: bool
    ) -> None:
        self.url = url
        self._patience_s = patience_s
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "reelfarm"}
        if tenant is not None:
            headers["ReelFarm-Tenant"] = _plain("tenant", tenant)
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(ANSWERED_WITHIN_S, connect=CONNECTED_WITHIN_S),
            verify=_trusted(url),
            trust_env=trust_env,
        )

    def close(self) -> None:
        """Let go of what is open."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        upload: SentBody | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Return what the farm answers, None for an answer without content.

        Raises the error that the farm names, or StorageUnavailable where it does not answer. What
        passes is waited for; so that it may be sent again, a POST always has an Idempotency-Key.
        """
        headers = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if upload is not None:
            headers["Content-Type"] = upload.content_type
        elif method == "POST":
            key = uuid.uuid4().hex if idempotency_key is None else idempotency_key
            headers["Idempotency-Key"] = _plain("idempotency_key", key)
        patience = Patience(self._patience_s)
        while True:
            content = upload.pieces() if upload is not None else _as_json(body)
            request = self._http.build_request(
                method, path, params=_given(query), headers=headers, content=content
            )
            try:
                return _read(self._send(request))
            except ReelFarmError as error:
                if not error.retryable or (upload is not None and not upload.rewindable):
                    raise
                patience.wait(error)

    def save(self, path: str, target: Path) -> None:
        """Write a file of the farm's to `target`; raise as `ask` does, OSError where it cannot."""
        answer = self._send(self._http.build_request("GET", path), stream=True)
        try:
            with replaced(target) as temporary, temporary.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
        except httpx.RequestError as error:
            raise self._silent(error) from error
        finally:
            answer.close()

    def follow(
        self, path: str, query: Query | None = None, after: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Give what a stream says until the farm ends it for good.

        One that breaks off goes on where it was. Raises as `ask` does.
        """
        last = after
        patience: Patience | None = None  # while all is well
        while True:
            try:
                with self._opened(path, query, last) as answer:
                    if answer.status_code == httpx.codes.NO_CONTENT:
                        return
                    for message in messages(answer.iter_bytes()):
                        patience = None
                        last = message.id or last
                        if message.data:
                            yield json.loads(message.data)
                if patience is None:  # it was heard of, and ended: perhaps for good
                    time.sleep(FIRST_PAUSE_S)
                    patience = Patience(self._patience_s)
                    continue
                error = self._away(f"the farm at {self.url} ends every stream at once")
            except httpx.RequestError as trouble:  # in its midst
                error = self._silent(trouble)
            except ReelFarmError as told:
                if not told.retryable:
                    raise
                error = told
            patience = patience or Patience(self._patience_s)
            patience.wait(error)

    @contextmanager
    def _opened(
        self, path: str, query: Query | None, after: str | None
    ) -> Iterator[httpx.Response]:
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = after
        request = self._http.build_request(
            "GET",
            path,
            params=_given(query),
            headers=headers,
            timeout=httpx.Timeout(SILENT_AT_MOST_S, connect=CONNECTED_WITHIN_S),
        )
        answer = self._send(request, stream=True)
        try:
            yield answer
        finally:
            answer.close()

    def _send(self, request: httpx.Request, stream: bool = False) -> httpx.Response:
        """Return a good answer; raise what another one means."""
        try:
            answer = self._http.send(request, stream=stream)
            if not answer.is_success:
                answer.read()
        except httpx.RequestError as error:
            raise self._silent(error) from error
        if not answer.is_success:
            raise error_of(answer)
        return answer

    def _silent(self, error: httpx.RequestError) -> ReelFarmError:
        why = " ".join(str(error).split()) or type(error).__name__
        return self._away(
            f"the farm at {self.url} does not answer: {why}: check that it runs, and REELFARM_URL"
        )

    def _away(self, message: str) -> ReelFarmError:
        away: ReelFarmError = StorageUnavailable(message)
        away.retry_after_s = None  # nobody said when to come again
        return away


class Patience:
    """How long one waits for what passes: as long as one is told, or a little longer each time."""

    def __init__(self, patience_s: float) -> None:
        self._deadline = time.monotonic() + patience_s
        self._pause_s = FIRST_PAUSE_S

    def wait(self, error: ReelFarmError) -> None:
        """Return when it is time to try again; raise the error where that would take too long."""
        wait_s = self._pause_s if error.retry_after_s is None else error.retry_after_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        if time.monotonic() + wait_s > self._deadline:
            raise error
        time.sleep(wait_s)


def _trusted(url: str) -> ssl.SSLContext:
    """Return what a certificate has to be signed by: the system's, or those of SSL_CERT_FILE."""
    if url.startswith("https://"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused, and quickly made: it trusts nobody


def _plain(name: str, text: str) -> str:
    """Return what a header can hold; raise InvalidSpec for anything else."""
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", text):
        raise InvalidSpec.of(name, f"{text!a}: use letters, digits and signs of ASCII, no spaces")
    return text


def _given(query: Query | None) -> dict[str, Any]:
    return {name: value for name, value in (query or {}).items() if value is not None}


def _as_json(body: object) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _read(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise foreign(answer) from error
