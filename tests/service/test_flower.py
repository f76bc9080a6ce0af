"""Flower over a real Redis: behind a password, with every step by the name people know it by."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from celery.contrib.testing.worker import start_worker

from farm.errors import Cancelled, ToolFailed
from storage.wakeups import celery_app
from tests.service.flower_page import PASSWORD, USER, Page
from tests.service.flower_server import CLAIM, HOSTNAME, flower
from tests.waiting import wait_until
from workers.monitoring.events import StepEvents


@pytest.fixture(scope="module")
def page(broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with flower(broker_url, tmp_path_factory.mktemp("flower")) as page:
        yield page


@pytest.fixture
def events(broker_url: str) -> Iterator[StepEvents]:
    events = StepEvents(celery_app(broker_url), HOSTNAME)
    yield events
    events.close()


@pytest.mark.parametrize("path", ["/", "/tasks", "/api/tasks", "/api/workers", "/broker"])
@pytest.mark.parametrize("credentials", [None, "ops:guess", "ops:"])
def test_nothing_is_shown_without_the_password(
    page: Page, path: str, credentials: str | None
) -> None:
    assert page.get(path, credentials)[0] == 401


@pytest.mark.parametrize("path", ["/", "/tasks", "/broker"])
def test_its_pages_are_shown_with_the_password(page: Page, path: str) -> None:
    assert page.get(path)[0] == 200


def test_a_step_is_shown_with_its_name_from_start_to_end(page: Page, events: StepEvents) -> None:
    events.started(CLAIM)
    wait_until(lambda: page.tasks().get("17-2", {}).get("state") == "STARTED")
    events.succeeded(CLAIM)
    wait_until(lambda: page.tasks()["17-2"]["state"] == "SUCCESS")
    task = page.tasks()["17-2"]
    assert task["name"] == "encode h264 3/12 · bbb"
    assert task["args"] == "('encode:2',)"
    job = {"job": "5f0c", "tenant": "studio", "catalog": "spring", "cores": 4.0}
    assert task["kwargs"] == repr(job)
    assert (task["worker"], task["retries"]) == (HOSTNAME, 1)
    assert task["received"] == task["started"]
    assert task["runtime"] == pytest.approx(task["succeeded"] - task["started"], abs=0.5)


def test_a_failed_step_shows_what_went_wrong(page: Page, events: StepEvents) -> None:
    claim = replace(CLAIM, step_id=18)
    events.started(claim)
    events.failed(claim, ToolFailed("ffmpeg ended with 1", command=["ffmpeg"], exit_code=1))
    wait_until(lambda: page.tasks().get("18-2", {}).get("state") == "FAILURE")
    task = page.tasks()["18-2"]
    assert task["exception"] == "tool_failed: ffmpeg ended with 1"
    assert task["traceback"] == "command: ['ffmpeg']\nexit_code: 1"


def test_a_stopped_step_is_shown_as_revoked(page: Page, events: StepEvents) -> None:
    claim = replace(CLAIM, step_id=19)
    events.started(claim)
    events.failed(claim, Cancelled("encode:2 was stopped: its job ended"))
    wait_until(lambda: page.tasks().get("19-2", {}).get("state") == "REVOKED")
    assert page.tasks()["19-2"]["name"] == "encode h264 3/12 · bbb"


def test_steps_are_found_by_title_and_by_job(page: Page, events: StepEvents) -> None:
    events.started(replace(CLAIM, step_id=22, spec={**CLAIM.spec, "asset": "sintel"}))
    wait_until(lambda: "22-2" in page.tasks())
    for query in ("sintel", "name:sintel", "kwargs:tenant=studio%20AND%20sintel"):
        status, found = page.get(f"/api/tasks?search={query}")
        assert (status, list(json.loads(found))) == (200, ["22-2"])


def test_metrics_are_counted_by_kind_and_not_by_title(page: Page, events: StepEvents) -> None:
    events.started(replace(CLAIM, step_id=23))
    wait_until(lambda: "23-2" in page.tasks())
    metrics = page.get("/metrics")[1].decode()
    assert 'task="encode"' in metrics
    assert "bbb" not in metrics


def test_flower_only_looks(page: Page) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{page.port}/api/task/revoke/17-2?terminate=true",
        method="POST",
        headers={
            "Authorization": f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        },
    )
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=20)
    refused.value.close()


def test_a_worker_that_beats_is_shown_as_online(page: Page, broker_url: str) -> None:
    app = celery_app(broker_url)
    with start_worker(app, perform_ping_check=False, pool="threads", hostname=HOSTNAME):
        wait_until(lambda: _online(page).get(HOSTNAME) is True)
        assert _online(page) == {HOSTNAME: True}


def _online(page: Page) -> dict[str, bool]:
    online: dict[str, bool] = json.loads(page.get("/api/workers?status=1")[1])
    return online


@pytest.mark.parametrize(
    ("auth", "complaint"),
    [
        (None, "set REELFARM_FLOWER_AUTH=user:password"),
        ("no-password", "set REELFARM_FLOWER_AUTH=user:password"),
    ],
)
def test_flower_refuses_to_start_without_a_password(
    broker_url: str, auth: str | None, complaint: str
) -> None:
    environment = {**os.environ, "REELFARM_BROKER_URL": broker_url}
    if auth is not None:
        environment["REELFARM_FLOWER_AUTH"] = auth
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "flower", "--port", "0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
