"""Bringing a database to the schema this code needs."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import text

from farm.errors import StorageUnavailable
from migrations import HEAD
from storage.postgres import events
from storage.postgres.database import Database

MIGRATION_LOCK = 7_245_330_118  # any number of ours: one migrates, the others wait and find it done


def migrate(database: Database) -> None:
    """Upgrade the schema to `HEAD`; a database that is there already costs one query."""
    with database.begin_long() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if session.scalar(text("SELECT to_regclass('alembic_version')")):
            current = session.scalar(text("SELECT version_num FROM alembic_version"))
            if current == HEAD:
                events.adopt(session)
                return
        from alembic import command
        from alembic.config import Config

        package = find_spec("migrations")
        if package is None or not package.submodule_search_locations:
            raise StorageUnavailable("the migrations package is not installed beside storage")
        config = Config()
        config.set_main_option("script_location", package.submodule_search_locations[0])
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
