"""Hearing that there are new events, by PostgreSQL's LISTEN on a connection of its own."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType

import psycopg
from psycopg import sql

from storage.postgres.events import CHANNEL

CONNECT_AGAIN_S = 1.0


class Listener:
    """Waits for notifications; a connection that breaks is made anew.

    What was told meanwhile is not heard of: whoever waits looks now and then, told or not.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._again_at = 0.0

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def wait(self, timeout_s: float) -> bool:
        """Return whether events were told of within the time; False after it."""
        try:
            if self._connection is None:
                if time.monotonic() < self._again_at:
                    time.sleep(timeout_s)
                    return False
                self._connection = _listening(self._url)
            heard = False
            for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
                heard = True
        except psycopg.Error:
            self._close()
            self._again_at = time.monotonic() + CONNECT_AGAIN_S
            return False
        return heard

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _listening(url: str) -> psycopg.Connection:
    connection = psycopg.connect(
        url, autocommit=True, connect_timeout=10, tcp_user_timeout=20_000, keepalives_idle=30
    )
    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    return connection
