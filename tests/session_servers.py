"""Real PostgreSQL and Redis, one pair for a session of tests, cleaned between those."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from farm.settings import Settings
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Base
from tests.cluster import copy_cluster, wait_for_postgres
from workers.programs.servers import start_postgres, start_redis


@pytest.fixture(scope="session")
def database_url(settings: Settings, cluster: Path) -> Iterator[str]:
    copy_cluster(cluster, settings.state_dir)
    server, url = start_postgres(settings)
    database = Database(url)
    try:
        wait_for_postgres(database)
        migrate(database)
        yield url
    finally:
        database.close()
        server.stop()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    tables = ", ".join(Base.metadata.tables)
    with database.begin() as session:
        session.execute(text(f"TRUNCATE {tables} CASCADE"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def broker_url(settings: Settings) -> Iterator[str]:
    server, url = start_redis(settings)
    yield url
    server.stop()
