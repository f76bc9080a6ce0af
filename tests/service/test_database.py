"""No statement, lock or transaction keeps a connection for good; what took too long passes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from farm.errors import StorageUnavailable
from storage.postgres import database as of_database
from storage.postgres.database import Database

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture
def hasty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database whose limits are fractions of a second."""
    monkeypatch.setattr(of_database, "STATEMENT_TIMEOUT_MS", 300)
    monkeypatch.setattr(of_database, "LOCK_TIMEOUT_MS", 100)
    with closing(Database(database_url, idle_s=0.2)) as database:
        yield database


def limits_of(database: Database, *, long: bool = False) -> list[str]:
    with database.begin_long() if long else database.begin() as session:
        return [str(session.scalar(text(f"SHOW {limit}"))) for limit in LIMITS]


def test_every_connection_has_limits_and_a_long_transaction_none(database: Database) -> None:
    assert limits_of(database) == ["1min", "30s", "1min"]
    assert limits_of(database, long=True) == ["0", "0", "0"]
    assert limits_of(database) == ["1min", "30s", "1min"]


def test_a_statement_that_takes_too_long_is_trouble_that_passes(hasty: Database) -> None:
    with pytest.raises(StorageUnavailable, match="statement timeout") as caught, hasty.begin() as s:
        s.execute(text("SELECT pg_sleep(30)"))
    assert caught.value.retryable
    with pytest.raises(StorageUnavailable, match="statement timeout"), hasty.autocommit() as driver:
        driver.execute("SELECT pg_sleep(30)")
    hasty.ping()


def test_a_lock_that_somebody_keeps_is_trouble_that_passes(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "LOCK_TIMEOUT_MS", 100)
    with closing(Database(database_url)) as impatient, database.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        with pytest.raises(StorageUnavailable, match="lock timeout"), impatient.begin() as second:
            second.execute(text("SELECT pg_advisory_xact_lock(1)"))


def test_a_transaction_in_which_nothing_happens_is_ended_and_passes(hasty: Database) -> None:
    with pytest.raises(StorageUnavailable), hasty.begin() as session:
        session.execute(text("SELECT 1"))
        time.sleep(1)
        session.execute(text("SELECT 1"))
    hasty.ping()


def test_what_is_long_by_nature_is_not_cut_short(hasty: Database) -> None:
    with hasty.begin_long() as session:
        assert session.scalar(text("SELECT 1 FROM pg_sleep(0.6)")) == 1
