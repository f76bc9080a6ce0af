"""Steps as Flower is told of them: when it started late, and while Redis is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from farm.settings import Settings
from storage.wakeups import celery_app
from tests.service.flower_server import CLAIM, HOSTNAME, flower
from tests.waiting import wait_until
from workers.monitoring.events import StepEvents
from workers.programs.servers import start_redis


@pytest.fixture
def events(broker_url: str) -> Iterator[StepEvents]:
    events = StepEvents(celery_app(broker_url), HOSTNAME)
    yield events
    events.close()


def test_a_flower_that_started_late_shows_the_end_of_a_step_in_full(
    broker_url: str, events: StepEvents, tmp_path: Path
) -> None:
    claim = replace(CLAIM, step_id=20)
    events.started(claim)
    with flower(broker_url, tmp_path) as late:
        assert late.tasks() == {}
        events.succeeded(claim)
        wait_until(lambda: "20-2" in late.tasks())
        task = late.tasks()["20-2"]
    assert (task["name"], task["state"]) == ("encode h264 3/12 · bbb", "SUCCESS")
    assert task["worker"] == HOSTNAME
    assert task["runtime"] > 0
    assert task["started"] < task["succeeded"]


def test_a_flower_that_started_late_learns_of_running_steps(
    broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.monitoring.events.TELL_AGAIN_S", 0.5)
    events = StepEvents(celery_app(broker_url), HOSTNAME)
    claim = replace(CLAIM, step_id=21)
    events.started(claim)
    with flower(broker_url, tmp_path) as late:
        wait_until(lambda: late.tasks().get("21-2", {}).get("state") == "STARTED")
        first = late.tasks()["21-2"]
        time.sleep(1.5)
        assert late.tasks()["21-2"]["started"] == first["started"]
        assert first["name"] == "encode h264 3/12 · bbb"
    events.succeeded(claim)
    events.close()


@pytest.mark.alone
def test_events_wait_while_redis_is_away_and_no_step_waits_for_them(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    server, url = start_redis(settings)
    events = StepEvents(celery_app(url), HOSTNAME)
    events.started(CLAIM)
    wait_until(lambda: _published(url) == 1)  # both of its events in one message
    server.stop()
    began = time.monotonic()
    events.succeeded(CLAIM)
    assert time.monotonic() - began < 1
    server, url = start_redis(settings)
    try:
        wait_until(lambda: _published(url) == 1)
        events.close()
    finally:
        server.stop()


def _published(broker_url: str) -> int:
    with celery_app(broker_url).connection() as connection:
        statistics = connection.default_channel.client.info("commandstats")
    return int(statistics.get("cmdstat_publish", {"calls": 0})["calls"])
