"""Connections to PostgreSQL, with the driver's errors translated where they enter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from psycopg import Connection, OperationalError
from psycopg import Error as DriverError
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from farm.errors import StorageUnavailable

# SQLSTATE: connection lost, server shutting down or full, serialisation failure, deadlock, lock
# timeout, statement timeout, idle in a transaction for too long. All of them pass, and nothing was
# committed.
PASSING_TROUBLE = ("08", "57P", "53", "40001", "40P01", "55P03", "57014", "25P03")
LOCK_TIMEOUT_MS = 30_000
STATEMENT_TIMEOUT_MS = 60_000  # statements of ours take milliseconds; longer than for a lock
IDLE_S = 1.0
_FROM_NOW_ON_ABOUT = "SELECT set_config('reelfarm.tenant', %s, false)"
_ABOUT = text("SELECT set_config('reelfarm.tenant', :tenant, true)")

Transaction = Session  # as other rooms know it


class Database:
    """The farm's PostgreSQL; `begin()` is the only way to it, and every use is a transaction."""

    def __init__(
        self,
        url: str,
        pool_size: int = 5,
        idle_s: float = 60.0,
        *,
        few_statements: bool = False,
        role: str | None = None,
    ) -> None:
        """`role`: act as this one, which sees no row before `begin` says whose; None: as oneself.

        `idle_s`: a transaction in which nothing happens for so long is ended by the server.

        A process that was suspended in one would otherwise hold its locks for good. With
        `few_statements` each one is prepared and planned at its first use, whatever its values:
        for connections that go on asking the same.
        """
        self.url = url
        whose = "-c reelfarm.tenant=*" if role is None else f"-c role={role}"
        plans = "-c plan_cache_mode=force_generic_plan" if few_statements else ""
        self._engine: Engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,  # the connection used last knows its statements best
            connect_args={
                "connect_timeout": 10,
                "prepare_threshold": 0 if few_statements else 5,
                "tcp_user_timeout": 20_000,  # ms: a vanished host is an error, not a wait
                "options": f"-c idle_in_transaction_session_timeout={round(idle_s * 1000)}"
                f" -c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
                # jit off: to compile a statement of index probes takes longer than to run it
                f" -c jit=off {whose} {plans}",
            },
        )
        event.listen(self._engine, "checkin", _note_use)
        event.listen(self._engine, "checkout", _try_an_idle_one)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    @contextmanager
    def begin(self, tenant: str | None = None) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or not at all.

        In the role of the API it sees and changes the rows of `tenant` alone, or of all tenants
        (farm.access.EVERY_TENANT). Raises StorageUnavailable when the connection broke; nothing was
        committed then unless the break hit the commit itself, which fencing by epoch makes
        harmless.
        """
        with _troubles_translated(), self._sessions.begin() as session:
            if tenant is not None:
                session.execute(_ABOUT, {"tenant": tenant})
            yield session

    @contextmanager
    def autocommit(self, tenant: str | None = None) -> Iterator[Connection]:
        """Give a connection of the driver's on which each statement is a transaction of its own.

        For single statements: a third of the round trips. `tenant` as with `begin`, which raises
        StorageUnavailable as this does.
        """
        with _troubles_translated():
            pooled = self._engine.raw_connection()
            try:
                driver = cast(Connection, pooled.driver_connection)
                driver.autocommit = True
                if tenant is not None and pooled.info.get("tenant") != tenant:
                    # For as long as the connection is about the same: most are, for long.
                    pooled.info["tenant"] = None
                    driver.execute(_FROM_NOW_ON_ABOUT, (tenant,))
                    pooled.info["tenant"] = tenant
                yield driver
                driver.autocommit = False
            except BaseException:
                pooled.invalidate()  # whatever state it is in
                raise
            finally:
                pooled.close()

    @contextmanager
    def begin_long(self) -> Iterator[Session]:
        """Give a session as `begin`, whose statements may take, and wait, as long as they need."""
        with self.begin() as session:
            for limit in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
            ):
                session.execute(text(f"SET LOCAL {limit} = 0"))
            yield session

    def ping(self) -> None:
        """Return when the server answers a query; raise StorageUnavailable when it does not."""
        with self.begin() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


@contextmanager
def _troubles_translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StorageUnavailable(f"PostgreSQL did not answer: {error}") from error
    except DBAPIError as error:
        if not error.connection_invalidated and not _is_connection_trouble(error):
            raise
        raise StorageUnavailable(f"PostgreSQL did not answer: {error.orig}") from error
    except DriverError as error:  # of a statement run on the driver itself
        if not _passes(error):
            raise
        raise StorageUnavailable(f"PostgreSQL did not answer: {error}") from error


def _note_use(_connection: Connection, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _try_an_idle_one(
    connection: Connection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Have a connection replaced that broke while nobody used it.

    SQLAlchemy's own pre-ping does it at each use, which is a round trip for every transaction.
    """
    if time.monotonic() - record.info.get("used_at", float("inf")) < IDLE_S:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except OperationalError as error:
        raise DisconnectionError from error


def _is_connection_trouble(error: DBAPIError) -> bool:
    return _passes(error.orig)


def _passes(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None)
    return state is None or state.startswith(PASSING_TROUBLE)
