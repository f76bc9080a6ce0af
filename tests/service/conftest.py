"""What service tests stand on: the API, its visitors, wake-ups, clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farm.command import Command, Finished
from storage.postgres.database import Database
from storage.wakeups import Wakeups, celery_app
from tests.media.media_factory import Clips
from tests.service.api_server import ApiServer, api_server
from tests.service.visitor import People


@pytest.fixture
def api(database: Database, database_url: str, broker_url: str) -> Iterator[ApiServer]:
    """The API over an empty database."""
    with api_server(database_url, broker_url) as server:
        yield server


@pytest.fixture
def people(api: ApiServer) -> Iterator[People]:
    """Visitors of the pages."""
    with People(api) as visitors:
        yield visitors


@pytest.fixture
def wakeups(broker_url: str) -> Wakeups:
    return Wakeups(celery_app(broker_url))


@pytest.fixture(scope="session")
def clips(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"), run_command)
