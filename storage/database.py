"""Connections to PostgreSQL, with the driver's errors translated where they enter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from farm.errors import StorageUnavailable

# SQLSTATE: connection lost, server shutting down or full, serialisation failure, deadlock, lock
# timeout. All of them pass, and nothing was committed.
PASSING_TROUBLE = ("08", "57P", "53", "40001", "40P01", "55P03")


class Database:
    """The farm's PostgreSQL; `begin()` is the only way to it, and every use is a transaction."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        self.url = url
        self._engine: Engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,  # a restarted server costs a reconnect, not a failed step
            connect_args={
                "connect_timeout": 10,
                "tcp_user_timeout": 20_000,  # ms: a vanished host is an error, not a wait
            },
        )
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or not at all.

        Raises StorageUnavailable when the connection broke; nothing was committed then unless
        the break hit the commit itself, which fencing by epoch makes harmless.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except PoolTimeout as error:
            raise StorageUnavailable(f"PostgreSQL did not answer: {error}") from error
        except DBAPIError as error:
            if not error.connection_invalidated and not _is_connection_trouble(error):
                raise
            raise StorageUnavailable(f"PostgreSQL did not answer: {error.orig}") from error

    def ping(self) -> None:
        """Return when the server answers a query; raise StorageUnavailable when it does not."""
        with self.begin() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


def _is_connection_trouble(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(PASSING_TROUBLE)
