"""A TCP proxy whose line can be cut, swallowed, broken or slowed while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

from tests.faults.connection import Breakage, Line, Mode, Way
from tests.faults.network import Network

Address = Path | tuple[str, int]  # a Unix socket, or host and port

BLOCK_BYTES = 1 << 16


class Proxy:
    """Listens on a free port of 127.0.0.1 and carries bytes to `target` as it is told to.

    A server that is not there shows as a reset connection. All methods are for other threads
    than the network's.
    """

    def __init__(self, target: Address) -> None:
        self.target = target
        self.port = 0
        self.latency_s = 0.0  # added to every block of bytes, each way
        self.accepted = 0  # connections so far
        self._mode = Mode.FORWARD
        self._breakage: Breakage | None = None
        self._lines: set[Line] = set()
        self._network: Network
        self._server: asyncio.Server

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def connections(self) -> int:
        """Return how many clients are connected now."""
        return len(self._lines)

    def set(self, mode: Mode) -> None:
        """Change what happens, from now on; returns when it is so."""
        self._network.call(lambda: self._change(mode))

    def heal(self) -> None:
        """Forward everything again, at once and unbroken."""
        self.latency_s = 0.0
        self._breakage = None
        self.set(Mode.FORWARD)

    def break_after(self, after_bytes: int, way: Way = Way.UP, times: int = 1) -> None:
        """Reset the next `times` connections that carry more than `after_bytes` from now on.

        With 0 bytes DOWN the server does what it is asked, and its answer is lost.
        """
        self._network.call(lambda: self._arm(Breakage(way, after_bytes, times)))

    @property
    def broken(self) -> bool:
        """Return whether all that `break_after` was asked for has happened."""
        return self._breakage is None

    def close(self) -> None:
        """Stop listening and reset every connection."""
        self._network.call(self._close)

    async def listen(self, network: Network) -> None:
        """Begin to accept connections."""
        self._network = network
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for line in tuple(self._lines):
            line.reset()

    async def _change(self, mode: Mode) -> None:
        self._mode = mode
        for line in tuple(self._lines):
            if mode is Mode.CUT or (line.lossy and mode is not Mode.BLACKHOLE):
                line.reset()

    async def _arm(self, breakage: Breakage) -> None:
        self._breakage = breakage
        for line in self._lines:
            line.carried = dict.fromkeys(Way, 0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        line = Line(writer)
        self._lines.add(line)
        try:
            if self._mode in (Mode.CUT, Mode.REFUSE):
                line.reset()
            elif self._mode is Mode.BLACKHOLE:
                await self.swallow(line, reader)
            else:
                await self._carry(line, reader)
        except (OSError, asyncio.CancelledError):  # a break on one half, or the network's end
            line.reset()
        finally:
            self._lines.discard(line)
            for half in filter(None, (line.client, line.server)):
                half.close()

    async def swallow(self, line: Line, reader: asyncio.StreamReader) -> None:
        """Take whatever the client says and answer nothing, until the line is healed."""
        line.lossy = True
        while await reader.read(BLOCK_BYTES):
            pass

    async def _carry(self, line: Line, client: asyncio.StreamReader) -> None:
        if isinstance(self.target, Path):
            server, line.server = await asyncio.open_unix_connection(str(self.target))
        else:
            server, line.server = await asyncio.open_connection(*self.target)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._guarded(line, self.upward(line, client)))
            both.create_task(self._guarded(line, self._pump(line, server, Way.DOWN)))

    async def _guarded(self, line: Line, pump: Awaitable[None]) -> None:
        try:
            await pump
        except OSError:
            line.reset()

    async def upward(self, line: Line, client: asyncio.StreamReader) -> None:
        """Carry what the client says to the server; the part that knows a protocol overrides."""
        await self._pump(line, client, Way.UP)

    async def _pump(self, line: Line, reader: asyncio.StreamReader, way: Way) -> None:
        while block := await reader.read(BLOCK_BYTES):
            await self.pass_on(line, block, way)
        half = self._half(line, way)
        if half.can_write_eof() and not half.is_closing():
            half.write_eof()

    async def pass_on(self, line: Line, block: bytes, way: Way) -> None:
        """Write `block` to the other side, unless the mode or a breakage says otherwise."""
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if self._mode is Mode.BLACKHOLE:
            line.lossy = True
            return
        half, carried = self._half(line, way), line.carried[way]
        line.carried[way] += len(block)
        broken = self._breakage
        if broken and broken.way is way and line.carried[way] > broken.after_bytes:
            half.write(block[: max(0, broken.after_bytes - carried)])
            await half.drain()
            broken.times -= 1
            self._breakage = broken if broken.times else None
            raise ConnectionResetError
        half.write(block)
        await half.drain()

    @staticmethod
    def _half(line: Line, way: Way) -> asyncio.StreamWriter:
        half = line.server if way is Way.UP else line.client
        assert half is not None
        return half
