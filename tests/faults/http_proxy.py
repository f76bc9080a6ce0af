"""A proxy that reads HTTP requests, so that some of them can be answered with an error."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.faults.connection import Line, Way
from tests.faults.proxy import Address, Proxy

# As S3 names them in its error responses.
CODES = {500: "InternalError", 501: "NotImplemented", 503: "SlowDown"}
END_OF_HEAD = b"\r\n\r\n"


@dataclass(slots=True)
class _Refusals:
    """Which requests are to fail: the next so many, or every so manieth; of one method, or any."""

    status: int
    method: str | None
    next_requests: int
    every: int
    seen: int = 0

    def hit(self, method: str) -> bool:
        if self.method not in (None, method):
            return False
        self.seen += 1
        if self.every:
            return self.seen % self.every == 0
        return self.seen <= self.next_requests


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a request, as far as framing needs it (RFC 9112, 6)."""

    raw: bytes
    method: str
    path: str
    length: int
    chunked: bool
    expects_continue: bool


class HttpProxy(Proxy):
    """Carries HTTP/1.1 (no TLS) and can answer requests itself, with an error."""

    def __init__(self, target: Address) -> None:
        super().__init__(target)
        self.requests = 0
        self.refused = 0
        self.holding = False  # a request that `hold` was told of has come
        self._refusals: _Refusals | None = None
        self._held: tuple[str, str] | None = None
        self._lock = threading.Lock()

    def refuse_next(self, requests: int, status: int = 503, method: str | None = None) -> None:
        """Answer the next so many requests (of a method) with `status`; the server sees none."""
        with self._lock:
            self._refusals = _Refusals(status, method, requests, 0)

    def refuse_every(self, nth: int, status: int = 503, method: str | None = None) -> None:
        """Answer every nth request (of a method) with `status`, until healed."""
        with self._lock:
            self._refusals = _Refusals(status, method, 0, nth)

    def hold(self, method: str, suffix: str) -> None:
        """Keep requests of a method whose path ends so: no server sees them, none is answered."""
        with self._lock:
            self._held = (method, suffix)

    def heal(self) -> None:
        with self._lock:
            self._refusals = self._held = None
        super().heal()

    async def upward(self, line: Line, client: asyncio.StreamReader) -> None:
        while (head := await _read_head(client)) is not None:
            with self._lock:
                self.requests += 1
                refusals, held = self._refusals, self._held
                status = refusals.status if refusals and refusals.hit(head.method) else 0
            if status:
                self.refused += 1
                await self._refuse(line, client, head, status)
                return
            if held and head.method == held[0] and head.path.endswith(held[1]):
                self.holding = True
                await self.swallow(line, client)
                return
            await self.pass_on(line, head.raw, Way.UP)
            async for block in _body(client, head):
                await self.pass_on(line, block, Way.UP)
        assert line.server is not None
        if line.server.can_write_eof() and not line.server.is_closing():
            line.server.write_eof()

    async def _refuse(
        self, line: Line, client: asyncio.StreamReader, head: _Head, status: int
    ) -> None:
        if not head.expects_continue:  # else the client waits for a word before it sends more
            async for _ in _body(client, head):
                pass
        code = CODES[status]
        body = f"<Error><Code>{code}</Code><Message>by the proxy</Message></Error>".encode()
        answer = (
            f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        line.client.write(answer + (b"" if head.method == "HEAD" else body))
        await line.client.drain()
        line.client.write_eof()
        assert line.server is not None
        line.server.close()  # ends the other direction, and with it the connection


async def _read_head(client: asyncio.StreamReader) -> _Head | None:
    try:
        raw = await client.readuntil(END_OF_HEAD)
    except asyncio.IncompleteReadError:
        return None  # the client is done
    request, *lines = raw.decode("latin-1").rstrip().split("\r\n")
    fields = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (line.partition(":") for line in lines)
    }
    return _Head(
        raw=raw,
        method=request.split(" ")[0],
        path=request.split(" ")[1].partition("?")[0],
        length=int(fields.get("content-length", "0")),
        chunked=fields.get("transfer-encoding") == "chunked",
        expects_continue=fields.get("expect") == "100-continue",
    )


async def _body(client: asyncio.StreamReader, head: _Head) -> AsyncIterator[bytes]:
    """Yield the body of a request as it comes, framing included."""
    if head.chunked:
        size = -1
        while size != 0:
            line = await client.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            yield line + await client.readexactly(size + 2)
        return
    left = head.length
    while left:
        block = await client.read(min(left, 1 << 16))
        if not block:
            raise ConnectionResetError
        left -= len(block)
        yield block
