"""Whether the servers a part needs are there, and fit this code."""

from __future__ import annotations

from sqlalchemy import text

from farm.errors import StorageUnavailable
from farm.plan import Resource
from migrations import HEAD
from storage.postgres.database import Database
from storage.wakeups import Wakeups


def check_database(database: Database) -> str:
    """Return the schema's revision; raise StorageUnavailable when it is too old, or nobody answers.

    A newer one is taken: while a farm is upgraded, old parts work on after the migration.
    """
    with database.begin() as session:
        there = session.scalar(text("SELECT to_regclass('alembic_version')"))
        found = session.scalar(text("SELECT version_num FROM alembic_version")) if there else None
    if found is None:
        raise StorageUnavailable(
            "the database has no schema of ReelFarm's: run reelfarm migrate", schema=None
        )
    if found < HEAD:
        raise StorageUnavailable(
            f"the database has schema {found}, this ReelFarm needs {HEAD}: run reelfarm migrate",
            schema=found,
        )
    return str(found)


def check_wakeups(wakeups: Wakeups) -> None:
    """Return when Redis answers; raise StorageUnavailable when it does not."""
    wakeups.waiting(Resource.IO)
