"""A farm whose titles ask for a person, over its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from farm.access import Scope
from farm.settings import Settings
from tests.service.api_server import ApiServer, api_server
from tests.waiting import wait_until
from workers.local.stack import Stack

LADDER = {
    "name": "fast",
    "preset": "ultrafast",
    "rungs": [{"width": 160, "height": 90, "max_bps": 150_000, "crf": 30}],
}
PASSES = {"top_harmonic_mean": 20, "top_p5": 10, "top_p1": 5}
ASKS = {**PASSES, "review": {"top_p5": 99.5, "top_p1": 99.5}}
FAILS = {**PASSES, "top_p5": 99.5}


@dataclass(frozen=True, slots=True)
class ReviewFarm:
    """A farm with an API, and what titles of it are made from."""

    server: ApiServer
    stack: Stack
    clip: Path
    origin: Path

    def submit(self, asset: str, qc: dict[str, Any], **fields: Any) -> str:
        asked = {"source": str(self.clip), "origin": str(self.origin), "asset": asset}
        with self.server.client() as client:
            answer = client.post("/v1/jobs", json={**asked, "ladder": LADDER, "qc": qc, **fields})
            return str(answer.raise_for_status().json()["id"])

    def record(self, job_id: str) -> dict[str, Any]:
        with self.server.client() as client:
            document: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
            return document

    def at_rest(self, job_id: str) -> dict[str, Any]:
        """Return a job's record once nothing more becomes of it by itself."""
        rest = {"PUBLISHED", "REJECTED", "FAILED", "CANCELLED", "WAITING"}
        wait_until(lambda: self.record(job_id)["state"] in rest)
        return self.record(job_id)

    def waiting(self, asset: str) -> str:
        job_id = self.submit(asset, ASKS)
        assert self.at_rest(job_id)["state"] == "WAITING"
        return job_id

    def live(self, asset: str) -> str | None:
        pointer = self.origin / "default" / asset / "master.m3u8"
        return pointer.read_text() if pointer.exists() else None


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Iterator[ReviewFarm]:
    folder = tmp_path_factory.mktemp("reviews")
    # Titles that wait for a person are not in progress, or the second of them would wait for ever.
    settings = Settings(
        state_dir=folder / "state", sources="any", origins="any", titles_in_progress=1
    )
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
    ):
        yield ReviewFarm(server, stack, title_clip, folder / "origin")


@pytest.fixture
def reviewer(farm: ReviewFarm) -> Iterator[httpx.Client]:
    with farm.server.client(scopes=(Scope.READ, Scope.REVIEW)) as client:
        yield client


@pytest.fixture
def another(farm: ReviewFarm) -> Iterator[httpx.Client]:
    with farm.server.client(scopes=(Scope.READ, Scope.REVIEW)) as client:
        yield client


def said(client: httpx.Client, job_id: str, what: str, **body: Any) -> httpx.Response:
    return client.post(f"/v1/jobs/{job_id}/review/{what}", json=body)
