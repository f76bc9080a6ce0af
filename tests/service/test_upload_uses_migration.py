"""Titles that waited before their uploads were noted keep them as well, and there is a way back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from storage.postgres.database import Database
from tests.conftest import REPOSITORY

UPLOAD, OTHERS, CATALOG = "a" * 32, "b" * 32, "c" * 32
ROWS = f"""
INSERT INTO source_upload (id, tenant, name, content_type, size_bytes, way, received_bytes,
                           created_by, completed_at)
VALUES ('{UPLOAD}', 'one', 'a', 'x', 1, 'append', 1, 'k', now()),
       ('{OTHERS}', 'two', 'b', 'x', 1, 'append', 1, 'k', now());
INSERT INTO catalog (id, tenant, name) VALUES ('{CATALOG}', 'one', 'c');
INSERT INTO catalog_title (catalog_id, external_id, tenant, digest, version, priority, state,
                           request)
VALUES ('{CATALOG}', 'x', 'one', 'd', 1, 0, 'WAITING', '{{"source": "upload://{UPLOAD}/a.mp4"}}'),
       ('{CATALOG}', 'y', 'one', 'd', 1, 0, 'WAITING', '{{"source": "upload://{OTHERS}/b.mp4"}}'),
       ('{CATALOG}', 'z', 'one', 'd', 1, 0, 'FAILED',
        '{{"source": "s3://in/a.mp4", "chapters": "upload://{UPLOAD}/a.txt"}}');
"""

Migrate = Callable[[Callable[[Config, str], None], str], None]


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database of its own, without any table."""
    name = f"uses_{uuid.uuid4().hex[:8]}"
    server = Database(database_url, pool_size=1)
    with server.autocommit() as driver:
        driver.execute(f"CREATE DATABASE {name}".encode())
    database = Database(database_url.replace("/postgres?", f"/{name}?"))
    yield database
    database.close()
    with server.autocommit() as driver:
        driver.execute(f"DROP DATABASE {name}".encode())
    server.close()


@pytest.fixture
def migrate(empty: Database) -> Migrate:
    def go(step: Callable[[Config, str], None], revision: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(REPOSITORY / "migrations"))
        with empty.begin() as session:
            config.attributes["connection"] = session.connection()
            step(config, revision)

    return go


def test_titles_that_are_there_keep_the_uploads_they_name(
    empty: Database, migrate: Migrate
) -> None:
    migrate(command.upgrade, "0013")
    with empty.begin() as session:
        session.execute(text(ROWS))
    for _ in range(2):
        migrate(command.upgrade, "0014")
        with empty.begin() as session:
            noted = session.execute(
                text("SELECT upload_id, external_id FROM title_upload_use ORDER BY external_id")
            ).all()
        assert [tuple(row) for row in noted] == [(UPLOAD, "x"), (UPLOAD, "z")]
        migrate(command.downgrade, "0013")
