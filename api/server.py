"""The HTTP server: uvicorn, with bounds on what its connections may cost."""

from __future__ import annotations

import asyncio

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

DRAIN_S = 10  # for requests that are under way when the server is told to stop
# Connections at once: below the 1,024 open files that many machines let a process have, with room
# for PostgreSQL, Redis and logs. Beyond it whoever asks gets 503 at once, instead of nothing.
MOST_CONNECTIONS = 900
HEAD_BYTES = 16 << 10  # of a request without its body: the longest query is some 3 kB
HEAD_WITHIN_S = 20.0  # from the connection, or the first byte of a further request
REST_WITHIN_S = 10.0  # of a body that was answered before it was read
STALLED_S = 30.0  # in which a client takes nothing of an answer that waits for it


class BoundedConnection(H11Protocol):
    """A connection whose client cannot keep it for good by doing nothing, or next to nothing.

    Uvicorn itself waits for the head of a request, for the rest of a body that nobody reads, and
    for a client to take an answer, as long as it may take.
    """

    _sends: asyncio.TimerHandle | None = None  # when it must have sent what is waited for
    _takes: asyncio.TimerHandle | None = None  # when it must have taken some of what is there

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._sends = self.loop.call_later(HEAD_WITHIN_S, self._end)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.flow.write_paused:
            self._stop_watching()
        if self.conn.their_state is h11.IDLE:  # the head is not there yet
            self._expect(HEAD_WITHIN_S)
        elif self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE:
            self._expect(REST_WITHIN_S)
        else:
            self._stop_expecting()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        self._stop_watching()
        super().connection_lost(exc)

    def _expect(self, within_s: float) -> None:
        """Wait so long from now on, unless something is waited for already."""
        if self._sends is None:
            self._sends = self.loop.call_later(within_s, self._end)

    def _watch(self) -> None:
        """Look whether the client takes anything of what is there; nothing is added meanwhile."""
        self._stop_watching()
        left = self.transport.get_write_buffer_size()
        self._takes = self.loop.call_later(STALLED_S, self._look, left)

    def _look(self, before: int) -> None:
        self._takes = None
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self._end()
        elif left:
            self._watch()

    def _stop_expecting(self) -> None:
        if self._sends is not None:
            self._sends.cancel()
            self._sends = None

    def _stop_watching(self) -> None:
        if self._takes is not None:
            self._takes.cancel()
            self._takes = None

    def _end(self) -> None:
        self.transport.abort()  # closing would wait for what is to be sent


def server_of(app: ASGIApp, drain_s: int = DRAIN_S) -> uvicorn.Server:
    """Return a server for an application, to be run on a socket that listens."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedConnection,
            ws="none",
            access_log=False,
            log_config=None,
            limit_concurrency=MOST_CONNECTIONS,
            h11_max_incomplete_event_size=HEAD_BYTES,
            timeout_graceful_shutdown=drain_s,
        )
    )
