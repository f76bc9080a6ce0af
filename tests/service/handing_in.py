"""Files handed in through a running API, to a work store of either kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from farm.settings import Settings
from storage.objects.stores import work_store
from storage.postgres.database import Database
from storage.postgres.models import SourceUpload
from tests.conftest import S3
from tests.service.api_server import ApiServer, api_server
from workers.sources.access import open_sources
from workers.upkeep.housekeeping import Kept, keep_house

TUS = {"Content-Type": "application/offset+octet-stream"}
ORIGIN = "/tmp/reelfarm-test-origin"


@dataclass(frozen=True, slots=True)
class Hall:
    """A farm's API, its work store, and what lies there."""

    server: ApiServer
    database: Database  # as a worker has it
    settings: Settings

    def begin(self, client: httpx.Client, content: bytes, **more: Any) -> dict[str, Any]:
        asked = {"name": "film.mp4", "size_bytes": len(content), **more}
        answer = client.post("/v1/uploads", json=asked)
        assert answer.status_code == 201, answer.text
        upload: dict[str, Any] = answer.json()
        assert answer.headers["Location"] == f"/v1/uploads/{upload['id']}"
        return upload

    def send(self, client: httpx.Client, content: bytes, **more: Any) -> dict[str, Any]:
        """Hand in a file as its owner would, and return what it is called."""
        upload = self.begin(client, content, **more)
        place = f"/v1/uploads/{upload['id']}"
        if upload["send"]["way"] == "append":
            assert client.put(place, content=content).status_code == 204
        elif upload["send"]["way"] == "put":
            assert put(upload["send"]["url"], content) == 200
        else:
            for number, url in self.urls(client, upload).items():
                assert put(url, part_of(content, upload, number)) == 200
        done = client.post(f"{place}/complete")
        assert done.status_code == 200, done.text
        complete: dict[str, Any] = done.json()
        return complete

    def urls(self, client: httpx.Client, upload: dict[str, Any], *numbers: int) -> dict[int, str]:
        wanted = numbers or range(1, upload["send"]["parts"] + 1)
        answer = client.post(f"/v1/uploads/{upload['id']}/parts", json={"numbers": [*wanted]})
        assert answer.status_code == 200, answer.text
        return {part["number"]: part["url"] for part in answer.json()["parts"]}

    def submit(self, client: httpx.Client, source: str, **more: Any) -> httpx.Response:
        return client.post("/v1/jobs", json={"source": source, "origin": ORIGIN, **more})

    def keys(self) -> list[str]:
        """Return what lies in the work store."""
        return [found.key for found in work_store(self.settings).listed("uploads/")]

    def read(self, source: str, scratch: Path, tenant: str = "default") -> bytes:
        """Return the content of a source as a worker of the tenant's job gets it."""
        scratch.mkdir()
        with open_sources(self.settings, tenant) as sources:
            sources.bring(source, scratch, lambda: None)
            return (scratch / "source").read_bytes()

    def tend(self, **settings: Any) -> Kept:
        return keep_house(self.database, self.settings.model_copy(update=settings))

    def age(self, days: float) -> None:
        """Let all that happened to uploads have been so long ago."""
        passed = timedelta(days=days)
        with self.database.begin() as session:
            session.execute(
                update(SourceUpload).values(
                    touched_at=SourceUpload.touched_at - passed,
                    completed_at=SourceUpload.completed_at - passed,
                    removing_at=SourceUpload.removing_at - passed,
                )
            )


def put(url: str, content: bytes) -> int:
    """Send content to a URL as a browser does, without any key of ours; return the status."""
    return httpx.put(url, content=content, timeout=60, trust_env=False).status_code


def part_of(content: bytes, upload: dict[str, Any], number: int) -> bytes:
    each = upload["send"]["part_bytes"]
    return content[(number - 1) * each : number * each]


def a_file(size_bytes: int) -> bytes:
    """Return content of which no two places are alike."""
    return hashlib.shake_128(b"film").digest(size_bytes)


@contextmanager
def open_hall(
    database: Database, database_url: str, broker_url: str, settings: Settings
) -> Iterator[Hall]:
    with api_server(database_url, broker_url, settings) as server:
        yield Hall(server, database, settings)


MakeHall = Callable[..., Hall]


@pytest.fixture
def folder_hall(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> Iterator[Hall]:
    settings = Settings(state_dir=tmp_path / "state", sources="/nothing/", origins="any")
    with open_hall(database, database_url, broker_url, settings) as hall:
        yield hall


@pytest.fixture
def s3_hall(
    database: Database, database_url: str, broker_url: str, tmp_path: Path, s3: S3
) -> Iterator[Hall]:
    settings = s3.settings.model_copy(
        update={
            "state_dir": tmp_path / "state",
            "work_url": s3.new_location(),
            "sources": "/nothing/",
            "origins": "any",
        }
    )
    with open_hall(database, database_url, broker_url, settings) as hall:
        yield hall


@pytest.fixture(params=["folder_hall", "s3_hall"])
def hall(request: pytest.FixtureRequest) -> Hall:
    found: Hall = request.getfixturevalue(request.param)
    return found
