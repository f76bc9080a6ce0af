"""Real PostgreSQL and Redis for service tests, one pair for the session, cleaned between tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from farm.command import Command, Finished
from farm.settings import Settings
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Base
from storage.wakeups import Wakeups, celery_app
from tests.cluster import copy_cluster, wait_for_postgres
from tests.media.media_factory import Clips
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


@pytest.fixture
def wakeups(broker_url: str) -> Wakeups:
    return Wakeups(celery_app(broker_url))


@pytest.fixture(scope="session")
def clips(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"), run_command)
