"""A farm whose API dies over what was decided: a source handed in, published, and rolled back."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from farm.access import LOCAL, Scope
from services.keys import make_key, make_tenant
from services.origin import led_to
from storage.objects.stores import open_store
from storage.postgres.generations import Asset
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all
from tests.faults.processes import Member
from tests.faults.test_failpoints import DECIDING, KILLED
from tests.waiting import HANGS_AFTER_S

FAST = {"between-pointers"}


@contextmanager
def client_of(farm: FaultFarm) -> Iterator[tuple[Member, httpx.Client]]:
    """Give an API of the farm, not started, and a client of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    make_tenant(farm.database, LOCAL, "default")
    key = make_key(farm.database, LOCAL, "a test's", list(Scope), "default").token
    api = farm.member("api", "api", "--host", "127.0.0.1", "--port", str(port))
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {key}"},
        timeout=HANGS_AFTER_S,
        trust_env=False,
    ) as client:
        try:
            yield api, client
        finally:
            api.kill()


def start(farm: FaultFarm, api: Member, client: httpx.Client, **environment: str) -> None:
    api.start(**environment)

    def answers() -> bool:
        assert api.alive, api.log_text()[-2000:]
        try:
            return client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    farm.wait_until(answers, "the API to answer")


def hand_in(client: httpx.Client, clip: Path) -> str:
    asked = {"name": "title.mp4", "size_bytes": clip.stat().st_size}
    upload = client.post("/v1/uploads", json=asked).json()
    with clip.open("rb") as file:
        sent = client.put(f"/v1/uploads/{upload['id']}", content=file)
    assert sent.status_code == 204, sent.text
    return str(client.post(f"/v1/uploads/{upload['id']}/complete").json()["source"])


def submit(farm: FaultFarm, client: httpx.Client, source: str, ladder: dict[str, Any]) -> str:
    title = {"source": source, "origin": farm.places.origin, "ladder": ladder, "asset": "title"}
    answer = client.post("/v1/jobs", json=title)
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["id"]
    assert farm.wait_for_end(job) == "PUBLISHED"
    return job


def published_twice(
    farm: FaultFarm, client: httpx.Client, make_spec: MakeSpec, clip: Path
) -> Asset:
    """Publish a title that is handed in, then another make of it; return its asset."""
    source, ladder = hand_in(client, clip), make_spec(farm).ladder
    for rungs in (ladder.rungs[:1], ladder.rungs):
        changed = ladder.model_copy(update={"rungs": rungs})
        submit(farm, client, source, changed.model_dump(mode="json"))
    return Asset(farm.places.origin, "default", "title")


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=() if place in FAST else pytest.mark.slow_fault)
        for place in DECIDING
    ],
)
def test_an_api_that_dies_while_it_rolls_back_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, title_clip: Path, place: str
) -> None:
    farm = make_farm(workers=1, reconcilers=0)
    with client_of(farm) as (api, client):
        start(farm, api, client)
        asset = published_twice(farm, client, make_spec, title_clip)
        origin = open_store(asset.origin, farm.settings)
        assert led_to(origin, asset) == {2}
        assert api.stop() in (0, -signal.SIGTERM)
        start(farm, api, client, REELFARM_FAILPOINT=f"decide.{place}")
        with pytest.raises(httpx.TransportError):
            client.post("/v1/assets/title/rollback", json={"generation": 1})
        assert api.wait() == KILLED
        stray = {"before-pointers": {2}, "between-pointers": {1, 2}, "after-pointers": {1}}
        assert led_to(origin, asset) == stray[place]
        farm.reconcile_once()
        assert led_to(origin, asset) == {1}
        start(farm, api, client)
        [at] = client.get("/v1/assets/title").json()["origins"]
        assert (at["live"]["generation"], at["pending"]) == (1, False)
        client.post("/v1/assets/title/unpublish")
        assert led_to(origin, asset) == set()
        assert client.post("/v1/assets/title/rollback", json={"generation": 1}).status_code == 200
    check_all(farm)
