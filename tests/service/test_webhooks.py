"""Webhook deliveries: owed with the job's end, sent until they arrive, signed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest
from sqlalchemy import func, select, update

from farm.settings import Settings
from farm.states import JobState
from storage.postgres import jobs, outbox
from storage.postgres.database import Database
from storage.postgres.models import Delivery, Job
from tests.conftest import REPOSITORY
from tests.service.deliveries import allowing, end_job, make_due, rows, status, the_row
from tests.service.web_server import web_server
from workers.upkeep.webhooks import deliver_due

ERROR = {"code": "tool_failed", "message": "ffmpeg died", "detail": {"argv": ["-i"]}, "step": "a"}


def documented_check() -> Callable[[dict[str, str], bytes, str], bool]:
    """Return the function with which docs/webhooks.md tells receivers to verify a signature."""
    text = (REPOSITORY / "docs/webhooks.md").read_text()
    [block] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    check: Callable[[dict[str, str], bytes, str], bool] = names["is_from_reelfarm"]
    return check


def test_the_end_of_a_job_is_delivered_once_and_signed(database: Database) -> None:
    with web_server({"/hook": status(204)}) as server:
        end_job(database, server.url("/hook"), JobState.FAILED, ERROR)
        settings = allowing(server, "secret")
        assert [deliver_due(database, settings), deliver_due(database, settings)] == [1, 0]
    [request] = server.seen
    body = json.loads(request.body)
    finished_at = datetime.fromisoformat(body.pop("finished_at"))
    assert abs((datetime.now(UTC) - finished_at).total_seconds()) < 60
    assert body == {
        "id": "one",
        "asset": "film",
        "tenant": "studio",
        "external_id": "cms-1",
        "catalog": None,
        "state": "FAILED",
        "error": {"code": "tool_failed", "message": "ffmpeg died", "step": "a"},
    }
    row = the_row(database)
    assert (request.method, request.path) == ("POST", "/hook")
    assert {name: request.headers[name] for name in ("Content-Type", "User-Agent")} == {
        "Content-Type": "application/json",
        "User-Agent": f"ReelFarm/{version('reelfarm')}",
    }
    assert request.headers["ReelFarm-Event"] == "job.failed"
    assert request.headers["ReelFarm-Delivery"] == f"one-{row.id}"
    assert (row.attempts, row.error, row.gave_up_at) == (1, None, None)
    assert row.delivered_at is not None

    check = documented_check()
    assert check(request.headers, request.body, "secret")
    assert not check(request.headers, request.body, "other")
    assert not check(request.headers, request.body + b" ", "secret")
    old = {**request.headers, "ReelFarm-Timestamp": str(int(time.time()) - 100)}
    assert not check(old, request.body, "secret")


def test_without_a_secret_nothing_is_signed(database: Database) -> None:
    with web_server({"/hook": status(200)}) as server:
        end_job(database, server.url("/hook"))
        assert deliver_due(database, allowing(server)) == 1
    [request] = server.seen
    assert "ReelFarm-Signature" not in request.headers
    assert (request.headers["ReelFarm-Event"], json.loads(request.body)["error"]) == (
        "job.published",
        None,
    )


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
            spec={"webhook": "https://cms.example/hook"},
        )
        session.add(job)
        session.flush()
        jobs.finish(session, job, JobState.PUBLISHED, None)
        session.rollback()
    assert rows(database) == []
    assert deliver_due(database, Settings()) == 0


def test_a_delivery_that_failed_comes_again_later_with_its_id(database: Database) -> None:
    statuses = iter([500, 200])
    with web_server({"/hook": lambda request: request.answer(next(statuses))}) as server:
        end_job(database, server.url("/hook"))
        settings = allowing(server, "secret")
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
    assert first.headers["ReelFarm-Delivery"] == second.headers["ReelFarm-Delivery"]
    assert first.body == second.body
    row = the_row(database)
    assert (row.attempts, row.error) == (2, None)


def test_the_last_attempt_is_made_about_a_day_after_the_first() -> None:
    pauses = [outbox.pause_s(attempt) for attempt in range(1, outbox.ATTEMPTS)]
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 3600
    assert 22 < sum(pauses) / 3600 < 26


@pytest.mark.parametrize("number", [400, 401, 403, 404, 410, 422])
def test_a_receiver_that_says_no_is_not_called_again(database: Database, number: int) -> None:
    with web_server({"/hook": status(number)}) as server:
        end_job(database, server.url("/hook"))
        assert deliver_due(database, allowing(server)) == 0
        make_due(database)
        assert deliver_due(database, allowing(server)) == 0
    row = the_row(database)
    assert (len(server.seen), row.attempts) == (1, 1)
    assert row.error == f"{server.host} answered {number}"
    assert row.gave_up_at is not None
    assert row.delivered_at is None


@pytest.mark.parametrize("number", [302, 408, 409, 425, 429, 500, 503])
def test_a_receiver_with_passing_trouble_is_called_again(database: Database, number: int) -> None:
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
    assert row.error == f"{server.url('/hook')} cannot be reached: Connection refused"
    assert row.gave_up_at is None


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
