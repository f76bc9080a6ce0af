"""A running Flower for tests, and the step that they tell it of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from storage.postgres.claims import Claim
from storage.wakeups import celery_app
from tests.evidence import note_log
from tests.service.flower_page import PASSWORD, USER, Page
from tests.service.ports import free_port
from tests.waiting import wait_until

HOSTNAME = "7@encoder-1"


CLAIM = Claim(
    step_id=17,
    job_id="5f0c",
    key="encode:2",
    kind="encode",
    label="encode h264 3/12",
    params={},
    inputs=(),
    spec={"asset": "bbb", "tenant": "studio", "catalog": "spring"},
    epoch=2,
    cores=4.0,
    memory_bytes=1 << 30,
    isolated=False,
    submitted_at=datetime(2026, 11, 26, tzinfo=UTC),
)


@contextmanager
def flower(broker_url: str, folder: Path) -> Iterator[Page]:
    """Run `reelfarm flower` as operators do, until the `with` ends."""
    page = Page(free_port())
    listeners = _listeners(broker_url)
    with (folder / "flower.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "flower", "--port", f"{page.port}"],
            env={
                **os.environ,
                "REELFARM_BROKER_URL": broker_url,
                "REELFARM_FLOWER_AUTH": f"{USER}:{PASSWORD}",
            },
            stdout=log,
            stderr=log,
        )
    try:
        note_log(folder / "flower.log")
        wait_until(lambda: _answers(page), child=child)
        # It subscribes to events a moment after it answers.
        wait_until(lambda: _listeners(broker_url) > listeners)
        yield page
    finally:
        child.terminate()
        assert child.wait(20) == 0


def _listeners(broker_url: str) -> int:
    with celery_app(broker_url).connection() as connection:
        clients = connection.default_channel.client.client_list()
        return sum(client["psub"] != "0" for client in clients)


def _answers(page: Page) -> bool:
    try:
        return page.get("/healthcheck", None)[0] == 200
    except OSError:
        return False
