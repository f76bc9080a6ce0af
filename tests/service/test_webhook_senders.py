"""Several senders of webhooks, some of which die, and receivers that are slow or gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from farm.settings import Settings
from storage.postgres import outbox
from storage.postgres.database import Database
from storage.postgres.outbox import Attempt
from tests.conftest import REPOSITORY
from tests.service.deliveries import allowing, end_job, make_due, rows, status, the_row
from tests.service.web_server import Handler, Request, web_server
from workers.upkeep.webhooks import deliver_due
from workers.web import fetch


def _job(request: Request) -> str:
    job: str = json.loads(request.body)["data"]["job"]
    return job


def test_senders_at_the_same_time_send_each_delivery_once(
    database: Database, database_url: str
) -> None:
    ids = [f"job-{number}" for number in range(24)]

    def deliver(settings: Settings) -> int:
        own = Database(database_url)
        try:
            return deliver_due(own, settings)
        finally:
            own.close()

    with web_server({"/hook": status(200)}) as server:
        for job_id in ids:
            end_job(database, server.url("/hook"), job_id=job_id)
        with ThreadPoolExecutor(4) as senders:
            arrived = list(senders.map(deliver, [allowing(server)] * 4))
    assert sum(arrived) == len(ids)
    assert sorted(_job(request) for request in server.seen) == sorted(ids)


@pytest.mark.parametrize(
    ("failpoint", "seen_before"), [("deliver.before-send", 0), ("deliver.after-send", 1)]
)
def test_the_delivery_of_a_sender_that_died_comes_again(
    database: Database, database_url: str, failpoint: str, seen_before: int
) -> None:
    with web_server({"/hook": status(200)}) as server:
        end_job(database, server.url("/hook"))
        send = (
            "import sys; from farm.settings import Settings;"
            " from storage.postgres.database import Database;"
            " from workers.upkeep.webhooks import deliver_due;"
            " deliver_due(Database(sys.argv[1]), Settings())"
        )
        died = subprocess.run(
            [sys.executable, "-c", send, database_url],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "REELFARM_PRIVATE_HOSTS": server.host,
                "REELFARM_FAILPOINT": failpoint,
            },
            check=False,
            timeout=60,
        )
        assert died.returncode == -signal.SIGKILL
        assert len(server.seen) == seen_before
        assert deliver_due(database, allowing(server)) == 0  # not yet: it could still be on its way
        make_due(database)
        assert deliver_due(database, allowing(server)) == 1
    row = the_row(database)
    assert row.delivered_at is not None
    sent = [request.headers["webhook-id"] for request in server.seen]
    assert sent == [f"evt_{row.event_id}"] * (seen_before + 1)


def test_a_sender_that_comes_late_changes_nothing(database: Database) -> None:
    end_job(database, "https://cms.example/hook")

    def take() -> outbox.Due:
        with database.begin() as session:
            due = outbox.take_due(session, again_after_s=-1)
        assert due is not None
        return due

    late, now = take(), take()
    with database.begin() as session:
        outbox.note(session, late, Attempt(None, "late", 1, permanent=True))
    row = the_row(database)
    assert (row.attempts, row.error, row.gave_up_at) == (2, None, None)
    with database.begin() as session:
        outbox.note(session, now, Attempt(None, "refused", 2, permanent=True))
        outbox.note(session, late, Attempt(200, None, 3))  # it did arrive
    row = the_row(database)
    assert (row.error, row.gave_up_at) == (None, None)
    assert row.delivered_at is not None
    assert [entry["wall_ms"] for entry in row.log] == [1, 2, 3]


def test_a_slow_receiver_does_not_hold_up_the_rest(database: Database) -> None:
    others_arrived = Event()
    others = 12

    def slow(request: Handler) -> None:
        request.answer(200 if others_arrived.wait(8) else 500)

    def quick(request: Handler) -> None:
        request.answer(200)
        if len(quick_server.seen) == others:
            others_arrived.set()

    with web_server({"/hook": slow}) as slow_server, web_server({"/hook": quick}) as quick_server:
        for number in range(9):  # more than there are senders
            end_job(database, slow_server.url("/hook"), job_id=f"slow-{number}")
        for number in range(others):
            end_job(database, quick_server.url("/hook"), job_id=f"quick-{number}")
        settings = Settings(private_hosts=f"{slow_server.host},{quick_server.host}")
        while deliver_due(database, settings):
            pass
    assert {(row.attempts, row.error) for row in rows(database)} == {(1, None)}
    assert len(slow_server.seen) + len(quick_server.seen) == 9 + others


def test_a_receiver_that_fails_gets_one_call_a_round(database: Database) -> None:
    with web_server({"/hook": status(500), "/gone": status(410)}) as server:
        for path in ("/gone", "/hook"):
            for number in range(2):
                end_job(database, server.url(path), job_id=f"{path[1:]}-{number}")
        assert deliver_due(database, allowing(server)) == 0
        assert [row.attempts for row in rows(database)] == [1, 0, 0, 0]
        assert deliver_due(database, allowing(server)) == 0
    assert [request.path for request in server.seen] == ["/gone"] * 2
    assert [row.attempts for row in rows(database)] == [1, 1, 0, 0]


def test_a_refused_address_does_not_hold_up_the_rest(database: Database) -> None:
    with web_server({"/hook": status(200)}) as server:
        elsewhere = f"http://localhost:{server.port}/hook"  # another host, as it is spelt
        for number in range(3):
            end_job(database, elsewhere, job_id=f"refused-{number}")
        end_job(database, server.url("/hook"))
        assert deliver_due(database, allowing(server)) == 1
    assert [row.gave_up_at is not None for row in rows(database)] == [True, True, True, False]


def test_a_defect_of_ours_does_not_stop_the_other_deliveries(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(url: str, *_: object) -> int:
        if url.endswith("/odd"):
            raise ValueError("nobody thought of this")
        return 200

    monkeypatch.setattr(fetch, "post", post)
    end_job(database, "https://cms.example/odd", job_id="odd")
    end_job(database, "https://other.example/hook", job_id="even")
    assert deliver_due(database, Settings()) == 1
    assert [row.error for row in rows(database)] == [
        "a defect in ReelFarm: see the reconciler's log",
        None,
    ]
