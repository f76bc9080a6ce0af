"""Webhook deliveries: owed with the job's end, sent until they arrive, signed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from farm.settings import Settings
from farm.signing import new_secret
from farm.states import JobState
from storage.postgres import jobs, outbox
from storage.postgres.database import Database
from storage.postgres.models import Delivery, Job
from tests.conftest import REPOSITORY
from tests.service.deliveries import (
    SECRET,
    allowing,
    end_job,
    holds,
    make_due,
    rows,
    status,
    the_row,
    verified,
)
from tests.service.web_server import web_server
from workers.upkeep.webhooks import deliver_due

ERROR = {"code": "tool_failed", "message": "ffmpeg died", "detail": {"argv": ["-i"]}, "step": "a"}


def documented_check() -> Callable[[Mapping[str, str], bytes, str], dict[str, Any]]:
    """Return the function with which docs/webhooks.md tells receivers to verify a call."""
    page = (REPOSITORY / "docs/webhooks.md").read_text()
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    check: Callable[[Mapping[str, str], bytes, str], dict[str, Any]] = names["event_of"]
    return check


def test_the_end_of_a_job_is_delivered_once_and_signed(database: Database) -> None:
    with web_server({"/hook": status(204)}) as server:
        end_job(database, server.url("/hook"), JobState.FAILED, ERROR)
        settings = allowing(server, SECRET)
        assert [deliver_due(database, settings), deliver_due(database, settings)] == [1, 0]
    [request] = server.seen
    body = verified(request, SECRET)
    for moment in (body.pop("timestamp"), body["data"].pop("finished_at")):
        passed = datetime.now(UTC) - datetime.fromisoformat(moment)
        assert abs(passed.total_seconds()) < 60
    assert body == {
        "type": "job.failed",
        "data": {
            "job": "one",
            "asset": "film",
            "tenant": "studio",
            "external_id": "cms-1",
            "catalog": None,
            "state": "FAILED",
            "error": {"code": "tool_failed", "message": "ffmpeg died", "step": "a"},
            "outputs": None,
        },
    }
    row = the_row(database)
    assert (request.method, request.path) == ("POST", "/hook")
    assert {name: request.headers[name] for name in ("Content-Type", "User-Agent")} == {
        "Content-Type": "application/json",
        "User-Agent": f"ReelFarm/{version('reelfarm')}",
    }
    assert request.headers["webhook-id"] == f"evt_{row.event_id}"
    assert not [name for name in request.headers if name.lower().startswith("reelfarm")]
    assert (row.tenant, row.event, row.attempts) == ("studio", "job.failed", 1)
    assert (row.error, row.gave_up_at) == (None, None)
    assert row.delivered_at is not None


def test_receivers_verify_calls_as_the_manual_says(database: Database) -> None:
    with web_server({"/hook": status(204)}) as server:
        end_job(database, server.url("/hook"))
        deliver_due(database, allowing(server, SECRET))
    [request] = server.seen
    check = documented_check()
    assert check(request.headers, request.body, SECRET)["data"]["job"] == "one"
    old = {**request.headers, "webhook-timestamp": str(int(time.time()) - 400)}
    other = {**request.headers, "webhook-id": "evt_0"}
    tried = [
        (request.headers, request.body, new_secret()),
        (request.headers, request.body + b" ", SECRET),
        (old, request.body, SECRET),
        (other, request.body, SECRET),
    ]
    for headers, body, secret in tried:
        with pytest.raises(ValueError, match="not from ReelFarm"):
            check(headers, body, secret)


def test_without_a_secret_nothing_is_signed(database: Database) -> None:
    with web_server({"/hook": status(200)}) as server:
        end_job(database, server.url("/hook"))
        assert deliver_due(database, allowing(server)) == 1
    [request] = server.seen
    assert "webhook-signature" not in request.headers
    body = json.loads(request.body)
    assert (body["type"], body["data"]["error"]) == ("job.published", None)


def test_with_two_secrets_of_the_farm_both_sign(database: Database) -> None:
    newer = new_secret()
    with web_server({"/hook": status(200)}) as server:
        end_job(database, server.url("/hook"))
        deliver_due(database, allowing(server, f"{newer}, {SECRET}"))
    [request] = server.seen
    tried = [holds(request, secret) for secret in (SECRET, newer, new_secret())]
    assert tried == [True, True, False]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (JobState.PUBLISHED, "job.published"),
        (JobState.REJECTED, "job.rejected"),
        (JobState.FAILED, "job.failed"),
        (JobState.CANCELLED, "job.cancelled"),
        (JobState.SUPERSEDED, "job.superseded"),
    ],
)
def test_every_end_has_an_event(database: Database, state: JobState, event: str) -> None:
    end_job(database, "https://cms.example/hook", state)
    assert the_row(database).event == event


def test_nothing_is_owed_without_a_webhook_or_without_the_commit(database: Database) -> None:
    end_job(database, None)
    with database.begin() as session:
        job = Job(
            id="two",
            tenant="studio",
            asset="film",
            request="request",
            state=JobState.RUNNING,
            catalog="",
            spec={"webhook": "https://cms.example/hook"},
        )
        session.add(job)
        session.flush()
        jobs.finish(session, job, JobState.PUBLISHED, None)
        session.rollback()
    assert rows(database) == []
    assert deliver_due(database, Settings()) == 0


def test_a_delivery_that_failed_comes_again_later_with_its_id(database: Database) -> None:
    with web_server({"/hook": status(500, 200)}) as server:
        end_job(database, server.url("/hook"))
        settings = allowing(server, SECRET)
        assert [deliver_due(database, settings), deliver_due(database, settings)] == [0, 0]
        with database.begin() as session:
            pause = session.scalar(select(func.extract("epoch", Delivery.next_at - func.now())))
        row = the_row(database)
        assert (row.attempts, row.error) == (1, f"{server.host} answered 500")
        assert pause is not None
        assert 0 < pause < 12
        make_due(database)
        assert deliver_due(database, settings) == 1
    first, second = server.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    row = the_row(database)
    assert (row.attempts, row.error) == (2, None)


def test_a_no_is_asked_again_until_it_is_a_yes(database: Database) -> None:
    with web_server({"/hook": status(403, 500, 200)}) as server:
        end_job(database, server.url("/hook"))
        arrived = []
        for _ in range(4):
            arrived.append(deliver_due(database, allowing(server, SECRET)))
            make_due(database)
    assert arrived == [0, 0, 1, 0]
    assert len({request.headers["webhook-id"] for request in server.seen}) == 1
    assert all(holds(request, SECRET) for request in server.seen)
    row = the_row(database)
    assert (row.attempts, row.error) == (3, None)
    assert [(entry["status"], entry["error"]) for entry in row.log] == [
        (403, f"{server.host} answered 403"),
        (500, f"{server.host} answered 500"),
        (200, None),
    ]
    times = [datetime.fromisoformat(entry["at"]) for entry in row.log]
    assert times == sorted(times)
    assert all(0 <= entry["wall_ms"] < 10_000 for entry in row.log)


def test_the_last_attempt_is_made_a_day_after_the_first() -> None:
    pauses = [outbox.pause_s(attempt) for attempt in range(1, outbox.ATTEMPTS)]
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 3600
    assert pauses == sorted(pauses)
    assert 25 < sum(pauses) / 3600 < 26


@pytest.mark.parametrize(
    "number", [302, 400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 500, 503]
)
def test_a_receiver_that_does_not_say_yes_is_called_again(database: Database, number: int) -> None:
    with web_server({"/hook": status(number)}) as server:
        end_job(database, server.url("/hook"))
        deliver_due(database, allowing(server))
    row = the_row(database)
    assert (row.error, row.gave_up_at) == (f"{server.host} answered {number}", None)


def test_a_receiver_that_is_not_there_is_called_again(database: Database) -> None:
    with web_server({}) as server:
        end_job(database, server.url("/hook"))
    deliver_due(database, allowing(server))
    row = the_row(database)
    why = f"{server.url('/hook')} cannot be reached: Connection refused"
    assert (row.error, row.gave_up_at) == (why, None)
    assert [(entry["status"], entry["error"]) for entry in row.log] == [(None, why)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_a_refused_address_is_given_up_at_once_and_says_why(database: Database, host: str) -> None:
    with web_server({"/hook": status(200)}) as server:
        url = f"http://{host}:{server.port}/hook"
        end_job(database, url)
        assert deliver_due(database, Settings()) == 0
    row = the_row(database)
    assert server.seen == []
    assert row.gave_up_at is not None
    assert row.error == (
        f"{url} is refused: {host.strip('[]')} is not on the public Internet; an operator can"
        " allow it with REELFARM_PRIVATE_HOSTS"
    )


def test_after_its_last_attempt_a_delivery_is_given_up(database: Database) -> None:
    with web_server({"/hook": status(500)}) as server:
        end_job(database, server.url("/hook"))
        with database.begin() as session:
            session.execute(update(Delivery).values(attempts=outbox.ATTEMPTS - 2))
        for _ in range(3):
            make_due(database)
            deliver_due(database, allowing(server))
    row = the_row(database)
    assert (len(server.seen), row.attempts) == (2, outbox.ATTEMPTS)
    assert row.gave_up_at is not None


def test_the_log_has_the_last_hundred_attempts(database: Database) -> None:
    end_job(database, "https://cms.example/hook")
    for number in range(outbox.MAX_LOG + 3):
        with database.begin() as session:
            due = outbox.take_due(session, again_after_s=-1)
        assert due is not None
        with database.begin() as session:
            outbox.note(session, due, outbox.Attempt(None, f"failure {number}", 1))
        make_due(database)
        with database.begin() as session:
            session.execute(update(Delivery).values(attempts=0))
    log = the_row(database).log
    assert len(log) == outbox.MAX_LOG
    assert (log[0]["error"], log[-1]["error"]) == ("failure 3", "failure 102")


def test_what_the_version_before_owed_still_goes_out(database: Database) -> None:
    with web_server({"/hook": status(200)}) as server:
        end_job(database, server.url("/hook"))
        old = {"id": "one", "state": "PUBLISHED"}
        with database.begin() as session:
            session.execute(update(Delivery).values(event_id=None, body=old))
            session.execute(text("DELETE FROM event"))
        assert deliver_due(database, allowing(server, SECRET)) == 1
    [request] = server.seen
    assert request.headers["webhook-id"] == f"msg_{the_row(database).id}"
    assert verified(request, SECRET) == old


ODD_URLS = ("https://" + "\u4e2d" * 2040, "https://", "https://me:word@x/")


@pytest.mark.parametrize("url", ODD_URLS)
def test_an_odd_url_of_a_job_is_given_up_and_does_not_keep_the_job_from_its_end(
    database: Database, url: str
) -> None:
    end_job(database, url)
    assert deliver_due(database, Settings()) == 0
    row = the_row(database)
    assert row.gave_up_at is not None
    assert "word" not in str(row.error).replace("password", "")
