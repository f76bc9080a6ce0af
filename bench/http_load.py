"""A light HTTP client for load: kept connections, requests at set times whatever comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from api.cookies import SESSION


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long requests took from the moment they were due, in ms."""

    p50: float
    p99: float
    worst: float
    failed: int


def latencies(taken_s: Sequence[float], failed: int = 0) -> Latencies:
    """Return the percentiles of times."""
    ordered = sorted(each * 1000 for each in taken_s)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99)]
    return Latencies(at[0], at[1], ordered[-1], failed)


def with_key(key: str) -> str:
    """Return how a client of the API says who it is."""
    return f"Authorization: Bearer {key}"


def with_session(token: str) -> str:
    """Return how a browser says who it is."""
    return f"Cookie: {SESSION}={token}"


class Connection:
    """One kept connection to a server on this machine."""

    def __init__(self, port: int, visitor: str) -> None:
        """`visitor` is the header line that says who asks."""
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\n{visitor}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, body: bytes = b"", kind: str = "") -> int:
        """Return the status of one request's answer, which is read whole."""
        reader, _ = await self._send(method, path, body, kind)
        status, headers = await _head(reader)
        if "content-length" in headers:
            await reader.readexactly(int(headers["content-length"]))
        return status

    async def lines(self, path: str) -> AsyncIterator[bytes]:
        """Give the lines of an answer that does not end."""
        reader, _ = await self._send("GET", path, b"", "")
        await _head(reader)
        while line := await reader.readline():
            yield line

    async def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _send(
        self, method: str, path: str, body: bytes, kind: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        length = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if kind else ""
        text = f"{method} {path} HTTP/1.1\r\n{self._head}{length}\r\n"
        self._streams[1].write(text.encode() + body)
        return self._streams


async def at_rate(
    port: int, visitor: str, paths: Sequence[str], per_s: float, connections: int = 32
) -> Latencies:
    """Ask for paths in turn, so many a second, and return how long they took from when due."""
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        pool.put_nowait(Connection(port, visitor))
    began = time.perf_counter()
    taken: list[float] = []
    failed = 0

    async def one(number: int, path: str) -> None:
        nonlocal failed
        due = began + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await pool.get()
        status = await connection.request("GET", path)
        pool.put_nowait(connection)
        taken.append(time.perf_counter() - due)
        failed += status != 200

    await asyncio.gather(*(one(number, path) for number, path in enumerate(paths)))
    while not pool.empty():
        await pool.get_nowait().close()
    return latencies(taken, failed)


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    status = int((await reader.readline()).split()[1])
    headers: dict[str, str] = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return status, headers
