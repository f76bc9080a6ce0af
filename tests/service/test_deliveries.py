"""Deliveries over HTTP: listed, read with their log, and made again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, update

from farm.access import LOCAL
from farm.events import EventType
from services import deliveries
from services.deliveries import redeliver
from storage.postgres import outbox
from storage.postgres.database import Database
from storage.postgres.models import Delivery
from storage.postgres.outbox import Attempt
from tests.service.api_server import ApiServer
from tests.service.deliveries import (
    SECRET,
    TENANT,
    allowing,
    an_endpoint,
    end_job,
    holds,
    make_due,
    rows,
    status,
    the_row,
)
from tests.service.web_server import web_server
from workers.upkeep.webhooks import deliver_due

ENDS = (EventType.JOB_PUBLISHED, EventType.JOB_FAILED)
LONG_AGO = "2000-01-01T00:00:00Z"


def job_id(number: int) -> str:
    return f"{number:032x}"


def listed(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_delivery_is_read_with_its_body_and_its_log(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(403, 200)}) as server, api.client(TENANT) as client:
        made = an_endpoint(database, server.url("/hook?token=hidden"))
        end_job(database, None, job_id=job_id(1))
        began = datetime.now(UTC)
        for _ in range(2):
            deliver_due(database, allowing(server))
            make_due(database)
        [summary] = listed(client)
        record = client.get(f"/v1/deliveries/{summary['id']}").json()
    sent = server.seen[0]
    body, log = record.pop("body"), record.pop("log")
    assert record == summary
    assert body == json.loads(sent.body)
    assert [(entry["status"], entry["error"]) for entry in log] == [
        (403, f"{server.host} answered 403"),
        (200, None),
    ]
    assert all(began - timedelta(1) < datetime.fromisoformat(entry["at"]) for entry in log)
    shown = {name: summary[name] for name in ("tenant", "endpoint", "job", "type", "url", "state")}
    assert shown == {
        "tenant": TENANT,
        "endpoint": made.row.id,
        "job": job_id(1),
        "type": "job.published",
        "url": server.url("/hook?..."),
        "state": "delivered",
    }
    assert summary["webhook_id"] == sent.headers["webhook-id"]
    assert (summary["attempts"], summary["error"], summary["next_at"]) == (2, None, None)


def test_deliveries_are_filtered_and_paged(api: ApiServer, database: Database) -> None:
    answers = {"/hook": status(204), "/refused": status(204), "/down": status(500)}
    with web_server(answers) as server, api.client(TENANT) as client:
        ids = {path: an_endpoint(database, server.url(path), ENDS).row.id for path in answers}
        elsewhere = f"http://localhost:{server.port}/refused"
        client.patch(f"/v1/endpoints/{ids['/refused']}", json={"url": elsewhere})
        end_job(database, None, job_id=job_id(1))
        for _ in range(3):
            deliver_due(database, allowing(server))
        end_job(database, server.url("/hook"), job_id=job_id(2))

        newest_first = listed(client)
        assert [each["id"] for each in newest_first] == sorted(
            (row.id for row in rows(database)), reverse=True
        )
        pages, after = [], None
        while True:
            query = {"limit": 3, **({"after": after} if after else {})}
            page = client.get("/v1/deliveries", params=query).json()
            pages.append(page["items"])
            if (after := page["next"]) is None:
                break
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [each for page in pages for each in page] == newest_first

        def count(**query: Any) -> int:
            return len(listed(client, **query))

        assert [count(state=state) for state in ("delivered", "gave_up", "owed")] == [1, 1, 5]
        assert [count(endpoint=each) for each in ids.values()] == [2, 2, 2]
        assert [count(job=job_id(number)) for number in (1, 2, 3)] == [3, 4, 0]
        assert [count(type=kind) for kind in ("job.published", "job.failed")] == [7, 0]
        assert count(endpoint=ids["/down"], state="owed", job=job_id(1)) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "!"}, "after"),
        ({"state": "happy"}, "state"),
        ({"type": "step.progress"}, "type"),
        ({"endpoint": "x"}, "endpoint"),
        ({"job": "\0"}, "job"),
        ({"limit": 201}, "limit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(
    api: ApiServer, query: dict[str, Any], field: str
) -> None:
    with api.client() as client:
        answer = client.get("/v1/deliveries", params=query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_delivery_is_made_again_with_its_id(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(204, 500, 204)}) as server, api.client(TENANT) as client:
        secret = an_endpoint(database, server.url("/hook")).secret
        end_job(database, None)
        deliver_due(database, allowing(server))
        row = the_row(database)
        assert row.delivered_at is not None
        answer = client.post(f"/v1/deliveries/{row.id}/redeliver")
        assert answer.status_code == 202
        owed = answer.json()
        assert (owed["state"], owed["attempts"], owed["delivered_at"]) == ("owed", 0, None)
        for _ in range(3):
            deliver_due(database, allowing(server))
            make_due(database)
        record = client.get(f"/v1/deliveries/{row.id}").json()
    assert (record["state"], record["attempts"]) == ("delivered", 2)
    assert [entry["status"] for entry in record["log"]] == [204, 500, 204]
    assert {request.headers["webhook-id"] for request in server.seen} == {record["webhook_id"]}
    assert len({request.body for request in server.seen}) == 1
    assert all(holds(request, secret) for request in server.seen)


def test_what_was_given_up_is_made_again_as_often_as_at_first(
    api: ApiServer, database: Database
) -> None:
    with web_server({"/hook": status(500, 204)}) as server, api.client(TENANT) as client:
        an_endpoint(database, server.url("/hook"))
        end_job(database, None)
        with database.begin() as session:
            session.execute(update(Delivery).values(attempts=outbox.ATTEMPTS - 1))
        deliver_due(database, allowing(server))
        row = the_row(database)
        assert row.gave_up_at is not None
        assert client.post(f"/v1/deliveries/{row.id}/redeliver").json()["state"] == "owed"
        assert deliver_due(database, allowing(server)) == 1
    row = the_row(database)
    assert (row.attempts, row.gave_up_at) == (1, None)


def test_a_jobs_own_webhook_is_called_again(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        end_job(database, server.url("/hook"))
        settings = allowing(server, SECRET)
        deliver_due(database, settings)
        client.post(f"/v1/deliveries/{the_row(database).id}/redeliver")
        assert deliver_due(database, settings) == 1
    first, second = server.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert all(holds(request, SECRET) for request in server.seen)


def test_what_failed_since_a_time_is_made_again_in_batches(
    api: ApiServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "AT_ONCE", 2)
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        endpoint = an_endpoint(database, server.url("/hook")).row.id
        other = an_endpoint(database, server.url("/hook")).row.id
        path = f"/v1/endpoints/{endpoint}/redeliver"
        for number in range(7):
            end_job(database, None, job_id=job_id(number))
        with database.begin() as session:  # 0: earlier; 1: owed, untried; 5, 6: arrived
            for number in range(7):
                of_job = update(Delivery).where(Delivery.job_id == job_id(number))
                if number == 0:
                    session.execute(of_job.values(created_at=func.now() - timedelta(days=2)))
                if number >= 5:
                    session.execute(of_job.values(delivered_at=func.now()))
                elif number != 1:
                    session.execute(of_job.values(error="500", attempts=9, gave_up_at=func.now()))
                if number == 4:  # owed, and failed so far
                    session.execute(of_job.values(gave_up_at=None))
        since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        answers = [client.post(path, json={"since": since}) for _ in range(2)]
        assert [(answer.status_code, answer.json()) for answer in answers] == [
            (202, {"deliveries": 3}),
            (202, {"deliveries": 0}),
        ]
        owed = listed(client, endpoint=endpoint, state="owed")
        assert [each["job"] for each in owed] == [job_id(number) for number in (4, 3, 2, 1)]
        assert len(listed(client, endpoint=other, state="owed")) == 2

        everything = {"since": since, "all": True}
        assert client.post(path, json=everything).json() == {"deliveries": 6}
        everything = {"since": LONG_AGO, "all": True}
        assert client.post(path, json=everything).json() == {"deliveries": 7}
        future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert client.post(path, json={"since": future}).json() == {"deliveries": 0}
        assert client.post(path, json={"since": "2026-11-27T09:00:00"}).status_code == 422
        assert deliver_due(database, allowing(server)) == 9  # with what the other is owed


def test_a_call_that_was_under_way_does_not_answer_for_the_next_one(database: Database) -> None:
    an_endpoint(database, "https://cms.example/hook")
    end_job(database, None)
    caller = LOCAL.about(TENANT)
    for answered in (Attempt(204, None, 1), Attempt(None, "refused", 1, permanent=True)):
        with database.begin() as session:
            due = outbox.take_due(session, again_after_s=60)
        assert due is not None
        redeliver(database, caller, due.id)
        with database.begin() as session:
            outbox.note(session, due, answered)
        row = the_row(database)
        assert (row.attempts, row.delivered_at, row.gave_up_at) == (0, None, None)
    assert [entry["status"] for entry in row.log] == [204, None]


def test_another_tenants_delivery_is_as_one_that_is_not_there(
    api: ApiServer, database: Database
) -> None:
    an_endpoint(database, "https://cms.example/hook")
    end_job(database, None)
    delivery = the_row(database).id
    with api.client("two") as two, api.client("*") as operator:
        for refused in (
            two.get(f"/v1/deliveries/{delivery}"),
            two.post(f"/v1/deliveries/{delivery}/redeliver"),
        ):
            assert refused.status_code == 404
            assert refused.json()["detail"] == f"there is no delivery {delivery}: check the id"
        assert listed(two) == []
        assert operator.get(f"/v1/deliveries/{delivery}").json()["tenant"] == TENANT
        for wrong in ("0", str(2**63), "x"):
            assert two.get(f"/v1/deliveries/{wrong}").status_code == 422
        assert two.get(f"/v1/deliveries/{2**63 - 1}").status_code == 404
