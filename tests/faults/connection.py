"""A connection through a proxy, and what can be done to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum

LINGER_NOT = struct.pack("ii", 1, 0)  # close with RST instead of FIN (socket(7), SO_LINGER)


class Mode(StrEnum):
    """What a proxy does with connections."""

    FORWARD = "forward"
    REFUSE = "refuse"  # new ones are reset; those that are there go on
    CUT = "cut"  # all are reset, those that are there and every new one
    BLACKHOLE = "blackhole"  # all are kept, what they carry is swallowed, nothing is answered


class Way(Enum):
    """The direction of bytes: UP from the client to the server."""

    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class Breakage:
    """Resets connections that carried more than `after_bytes` one way, `times` of them."""

    way: Way
    after_bytes: int
    times: int


@dataclass(eq=False, slots=True)
class Line:
    """One client's connection and the one to the server that belongs to it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    carried: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))
    lossy: bool = False  # bytes of it were swallowed: it cannot go on afterwards

    def reset(self) -> None:
        """End both halves at once, the client's with RST."""
        for half in filter(None, (self.client, self.server)):
            with suppress(OSError):  # a Unix socket has no such option, a closed one no options
                half.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT
                )
            half.transport.abort()
