"""Bounds of what clients send: how large a request is, and how long it takes to arrive."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer_of
from farm.errors import ClientTooSlow, ReelFarmError, TooLarge

SILENCE_S = 30.0  # without a single byte
WHOLE_WITHIN_S = 120.0  # of a body that is no stream: 1 MiB at 9 kB/s


@dataclass(frozen=True, slots=True)
class StreamedRoute:
    """The bodies of one path that the route reads as they come; all others are held as a whole."""

    path: re.Pattern[str]
    methods: frozenset[str]
    most_bytes: int | None = None  # None: the route itself says when it is too much
    patient: bool = False  # the route itself says when it takes too long

    def is_of(self, scope: Scope) -> bool:
        """Return whether a request has such a body."""
        return scope["method"] in self.methods and bool(self.path.fullmatch(scope["path"]))


class BodyBounds:
    """Ends requests that are too large or too slow, whatever the route makes of them.

    By Content-Length before anything is read, else while it is. Routes that read streams get the
    error raised where they read, and answer themselves.
    """

    def __init__(
        self,
        app: ASGIApp,
        most_bytes: int,
        streamed: Sequence[StreamedRoute] = (),
        silence_s: float = SILENCE_S,
        whole_within_s: float = WHOLE_WITHIN_S,
    ) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._streamed = streamed
        self._silence_s = silence_s
        self._whole_within_s = whole_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stream = next((one for one in self._streamed if one.is_of(scope)), None)
        if stream is None:
            body = _Body(receive, self._most_bytes, self._silence_s, self._whole_within_s)
        else:
            silence_s = None if stream.patient else self._silence_s
            body = _Body(receive, stream.most_bytes, silence_s, None)
        error = body.refused_by(Headers(scope=scope).get("content-length", ""))
        if error is not None:
            await answer_of(error, scope["path"])(scope, receive, send)
        elif stream is not None:
            await self._app(scope, body.receive, send)
        else:
            await self._answer(scope, body, send)

    async def _answer(self, scope: Scope, body: _Body, send: Send) -> None:
        """Let the application answer, unless the body was refused before it began to."""
        started = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal started
            if body.error is None or started:
                started = True
                await send(message)

        try:
            await self._app(scope, body.receive, send_unless_refused)
        except Exception:
            if body.error is None or started:
                raise
        if body.error is not None and not started:
            await answer_of(body.error, scope["path"])(scope, body.receive, send)


class _Body:
    """A body on its way in: `error` says why no more of it is read."""

    def __init__(
        self,
        receive: Receive,
        most_bytes: int | None,
        silence_s: float | None,
        whole_within_s: float | None,
    ) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._silence_s = silence_s
        self._whole_within_s = whole_within_s
        self._deadline: float | None = None
        self._bytes = 0
        self._whole = False
        self.error: ReelFarmError | None = None

    def refused_by(self, content_length: str) -> ReelFarmError | None:
        """Return why a body of that declared length is not read, None where it is."""
        if content_length.isdecimal() and self._is_too_much(int(content_length)):
            return self._too_large()
        return None

    async def receive(self) -> Message:
        """Return the next message; raise TooLarge or ClientTooSlow instead of more of the body."""
        if self._whole:
            return await self._receive()  # which waits for the client to go away
        if self.error is not None:
            raise self.error
        try:
            async with asyncio.timeout(self._patience_s()):
                message = await self._receive()
        except TimeoutError as error:
            self.error = ClientTooSlow(
                f"after {self._bytes} bytes the request did not go on: nothing came for"
                f" {self._silence_s:g} s, or the whole took too long"
            )
            raise self.error from error
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        if self._is_too_much(self._bytes):
            self.error = self._too_large()
            raise self.error
        return message

    def _patience_s(self) -> float | None:
        """Return how long the next message may take, None for any time."""
        if self._whole_within_s is None or self._silence_s is None:
            return self._silence_s
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self._whole_within_s
        return min(self._silence_s, max(0.0, self._deadline - now))

    def _is_too_much(self, size_bytes: int) -> bool:
        return self._most_bytes is not None and size_bytes > self._most_bytes

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"the request has more than {self._most_bytes} bytes, which is the most there",
            limit_bytes=self._most_bytes,
        )
