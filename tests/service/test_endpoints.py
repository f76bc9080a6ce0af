"""Endpoints over HTTP: set up, changed, rotated, removed; what they hear, and what signs it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from farm.access import Scope
from farm.events import NOT_FOR_WEBHOOKS, EventType
from farm.signing import new_secret
from farm.webhooks import FOR_WEBHOOKS
from services import endpoints
from storage.postgres.database import Database
from storage.postgres.models import AuditEntry, Endpoint
from tests.service.api_server import ApiServer
from tests.service.deliveries import (
    TENANT,
    allowing,
    an_endpoint,
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

HOOK = {"url": "https://cms.example/hook", "events": ["job.published"]}


def test_a_secret_is_told_once_and_nowhere_else(
    api: ApiServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with web_server({"/hook": status(500)}) as server, api.client(TENANT) as client:
        asked = {**HOOK, "url": server.url("/hook?token=hidden"), "description": "the CMS"}
        answer = client.post("/v1/endpoints", json=asked)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        first = made.pop("secret")
        path = f"/v1/endpoints/{made['id']}"
        assert client.get(path).json() == made
        assert client.get("/v1/endpoints").json() == {"items": [made], "next": None}
        assert {name: made[name] for name in asked} == asked
        assert (made["tenant"], made["enabled"]) == (TENANT, True)
        second = client.post(f"{path}/rotate").json()["secret"]
        client.patch(path, json={"description": "the other CMS"})
        client.post(f"{path}/test")
        deliver_due(database, allowing(server))
        shown = client.get("/v1/deliveries").text + client.get(path).text
        client.delete(path)
    with database.begin() as session:
        noted = session.execute(select(AuditEntry.action, AuditEntry.detail)).all()
        left = session.scalars(select(Endpoint.secrets)).all()
    assert [action for action, _ in noted if action.startswith("endpoint.")] == [
        f"endpoint.{action}" for action in ("made", "rotated", "changed", "tested", "removed")
    ]
    told = json.dumps([detail for _, detail in noted])
    assert "/hook?..." in told
    for secret in (first, second):
        assert secret not in shown + told + caplog.text
    assert "hidden" not in told + caplog.text
    assert left == [{}]


def test_an_endpoint_hears_what_it_chose_signed_by_its_own_secret(
    api: ApiServer, database: Database
) -> None:
    with web_server({"/a": status(204), "/b": status(204)}) as server:
        with api.client(TENANT) as client:
            chosen = {"/a": ["job.accepted", "job.paused"], "/b": ["job.cancelled", "job.resumed"]}
            secrets = {
                path: client.post(
                    "/v1/endpoints", json={"url": server.url(path), "events": events}
                ).json()["secret"]
                for path, events in chosen.items()
            }
            title = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}
            job = client.post("/v1/jobs", json=title).json()["id"]
            for act in ("pause", "resume", "cancel"):
                client.post(f"/v1/jobs/{job}/{act}")
        with api.client("other") as other:
            other.post("/v1/jobs", json=title)
        while deliver_due(database, allowing(server)):
            pass
    heard: dict[str, list[str]] = {"/a": [], "/b": []}
    for request in server.seen:
        body = verified(request, secrets[request.path])
        assert (body["data"]["job"], body["data"]["tenant"]) == (job, TENANT)
        heard[request.path].append(body["type"])
    assert heard == {"/a": ["job.accepted", "job.paused"], "/b": ["job.resumed", "job.cancelled"]}
    assert len({request.headers["webhook-id"] for request in server.seen}) == 4


def test_an_endpoint_and_a_jobs_own_webhook_get_the_same_event(database: Database) -> None:
    with web_server({"/endpoint": status(204), "/job": status(204)}) as server:
        secret = an_endpoint(database, server.url("/endpoint")).secret
        end_job(database, server.url("/job"))
        own = new_secret()
        deliver_due(database, allowing(server, own))
    by_path = {request.path: request for request in server.seen}
    assert by_path["/endpoint"].headers["webhook-id"] == by_path["/job"].headers["webhook-id"]
    assert by_path["/endpoint"].body == by_path["/job"].body
    assert [holds(by_path["/endpoint"], key) for key in (secret, own)] == [True, False]
    assert [holds(by_path["/job"], key) for key in (secret, own)] == [False, True]


def test_every_event_but_those_that_come_by_the_hundred_can_be_chosen(api: ApiServer) -> None:
    assert {*FOR_WEBHOOKS, *NOT_FOR_WEBHOOKS} == set(EventType)
    with api.client() as client:
        asked = {**HOOK, "events": [*reversed(FOR_WEBHOOKS), "warning"]}
        made = client.post("/v1/endpoints", json=asked).json()
    assert made["events"] == [*FOR_WEBHOOKS]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"events": []}, "events", "at least 1"),
        ({"events": ["step.progress"]}, "events", "not sent to endpoints"),
        ({"events": ["job.happy"]}, "events.0", "should be"),
        ({"url": "ftp://cms.example/"}, "url", "match"),
        ({"url": "https://"}, "url", "no host"),
        ({"url": "https://me:word@cms.example/"}, "url", "password"),
        ({"url": "https://cms.example:0/"}, "url", "no host"),
        ({"url": "https://cms.example:99999/"}, "url", "not a URL"),
        ({"url": "https://cms.example/a b"}, "url", "escape"),
        ({"url": "https://cms.example/\0"}, "url", "escape"),
        ({"url": f"https://cms.example/{'a' * 2048}"}, "url", "at most 2048"),
        ({"description": "a\0b"}, "description", "match"),
        ({"secret": "mine"}, "secret", "not permitted"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_said(
    api: ApiServer, change: dict[str, Any], field: str, message: str
) -> None:
    with api.client() as client:
        made = client.post("/v1/endpoints", json=HOOK).json()
        refused = [
            client.post("/v1/endpoints", json={**HOOK, **change}),
            client.patch(f"/v1/endpoints/{made['id']}", json=change),
        ]
        assert len(client.get("/v1/endpoints").json()["items"]) == 1
    for answer in refused:
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert message in error["message"]
        assert "word" not in answer.text.replace("password", "")


def test_two_secrets_sign_until_the_old_one_ends(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/hook")}).json()
        path = f"/v1/endpoints/{made['id']}"
        rotated = client.post(f"{path}/rotate").json()
        ends_in = datetime.fromisoformat(rotated["old_secret_expires_at"]) - datetime.now(UTC)
        assert timedelta(hours=23.9) < ends_in <= timedelta(hours=24)
        assert client.get(path).json()["old_secret_expires_at"] == rotated["old_secret_expires_at"]
        end_job(database, None, job_id="both")
        deliver_due(database, allowing(server))

        with database.begin() as session:  # as if a day had passed
            row = session.scalars(select(Endpoint)).one()
            row.secrets = {**row.secrets, "old_until": "2000-01-01T00:00:00Z"}
        assert client.get(path).json()["old_secret_expires_at"] is None
        end_job(database, None, job_id="new")
        deliver_due(database, allowing(server))

        now = {"old_secret_expires_at": datetime.now(UTC).isoformat()}
        last = client.post(f"{path}/rotate", json=now).json()
        assert last["old_secret_expires_at"] is None
        end_job(database, None, job_id="last")
        deliver_due(database, allowing(server))
    secrets = (made["secret"], rotated["secret"], last["secret"])
    assert [[holds(request, secret) for secret in secrets] for request in server.seen] == [
        [True, True, False],
        [False, True, False],
        [False, False, True],
    ]


def test_a_secret_rotated_twice_leaves_the_last_two(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/hook")}).json()
        path = f"/v1/endpoints/{made['id']}/rotate"
        until = {"old_secret_expires_at": (datetime.now(UTC) + timedelta(days=29)).isoformat()}
        secrets = [made["secret"], *(client.post(path, json=until).json()["secret"] for _ in "12")]
        end_job(database, None)
        deliver_due(database, allowing(server))
        too_late = {"old_secret_expires_at": (datetime.now(UTC) + timedelta(days=31)).isoformat()}
        zoneless = {"old_secret_expires_at": "2026-11-27T09:00:00"}
        for wrong in (too_late, zoneless):
            refused = client.post(path, json=wrong)
            assert refused.status_code == 422
            assert refused.json()["input"] == "old_secret_expires_at"
    [request] = server.seen
    assert [holds(request, secret) for secret in secrets] == [False, True, True]


def test_a_test_is_sent_as_events_are(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(500, 204)}) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/hook")}).json()
        answer = client.post(f"/v1/endpoints/{made['id']}/test")
        assert answer.status_code == 202
        for _ in range(2):
            deliver_due(database, allowing(server))
            make_due(database)
        found = client.get(f"/v1/deliveries/{answer.json()['id']}").json()
        assert client.get("/v1/deliveries", params={"type": "endpoint.test"}).json()["items"]
    assert (found["state"], found["attempts"], found["job"]) == ("delivered", 2, None)
    bodies = [verified(request, made["secret"]) for request in server.seen]
    assert bodies == [found["body"]] * 2
    assert bodies[0]["type"] == "endpoint.test"
    assert bodies[0]["data"] == {"tenant": TENANT, "endpoint": made["id"]}
    sent = {request.headers["webhook-id"] for request in server.seen}
    assert sent == {found["webhook_id"]} == {f"msg_{found['id']}"}


def test_a_disabled_endpoint_gets_nothing(api: ApiServer, database: Database) -> None:
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/hook")}).json()
        path = f"/v1/endpoints/{made['id']}"
        end_job(database, None, job_id="owed")
        assert client.patch(path, json={"enabled": False}).json()["enabled"] is False
        end_job(database, None, job_id="unheard")
        assert deliver_due(database, allowing(server)) == 0
        row = the_row(database)
        assert (row.job_id, row.error) == ("owed", "the endpoint was disabled")
        assert row.gave_up_at is not None
        for refused in (
            client.post(f"{path}/test"),
            client.post(f"{path}/redeliver", json={"since": "2000-01-01T00:00:00Z"}),
            client.post(f"/v1/deliveries/{row.id}/redeliver"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        client.patch(path, json={"enabled": True})
        end_job(database, None, job_id="heard")
        assert deliver_due(database, allowing(server)) == 1
    assert [json.loads(request.body)["data"]["job"] for request in server.seen] == ["heard"]


def test_one_made_disabled_hears_nothing_until_it_is_enabled(
    api: ApiServer, database: Database
) -> None:
    with api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "enabled": False}).json()
        end_job(database, None, job_id="unheard")
        client.patch(f"/v1/endpoints/{made['id']}", json={"enabled": True})
        end_job(database, None, job_id="heard")
    assert the_row(database).job_id == "heard"


def test_a_removed_endpoint_gets_nothing_and_its_deliveries_stay(
    api: ApiServer, database: Database
) -> None:
    with web_server({"/hook": status(204)}) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/hook")}).json()
        path = f"/v1/endpoints/{made['id']}"
        end_job(database, None, job_id="owed")
        assert client.delete(path).status_code == 204
        end_job(database, None, job_id="unheard")
        assert deliver_due(database, allowing(server)) == 0
        assert client.get("/v1/endpoints").json()["items"] == []
        for gone in (
            client.get(path),
            client.delete(path),
            client.patch(path, json={"enabled": True}),
            client.post(f"{path}/rotate"),
            client.post(f"{path}/test"),
        ):
            assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
        [left] = client.get("/v1/deliveries", params={"endpoint": made["id"]}).json()["items"]
        assert (left["state"], left["error"]) == ("gave_up", "the endpoint was removed")
        refused = client.post(f"/v1/deliveries/{left['id']}/redeliver")
        assert refused.json()["detail"] == f"the endpoint of delivery {left['id']} was removed"
        assert refused.status_code == 409
    assert server.seen == []


@pytest.mark.parametrize("column", ["disabled_at", "removed_at"])
def test_what_was_written_while_an_endpoint_was_stopped_is_not_sent(
    database: Database, column: str
) -> None:
    with web_server({"/hook": status(204)}) as server:
        an_endpoint(database, server.url("/hook"))
        end_job(database, None)
        with database.begin() as session:
            session.execute(update(Endpoint).values({column: func.now(), "secrets": {}}))
        assert deliver_due(database, allowing(server)) == 0
    row = the_row(database)
    assert (server.seen, row.error) == ([], f"the endpoint was {column.removesuffix('_at')}")
    assert row.gave_up_at is not None


def test_what_is_owed_goes_to_the_new_url(api: ApiServer, database: Database) -> None:
    answers = {"/old": status(404), "/new": status(204)}
    with web_server(answers) as server, api.client(TENANT) as client:
        made = client.post("/v1/endpoints", json={**HOOK, "url": server.url("/old")}).json()
        end_job(database, None)
        deliver_due(database, allowing(server))
        client.patch(f"/v1/endpoints/{made['id']}", json={"url": server.url("/new")})
        make_due(database)
        assert deliver_due(database, allowing(server)) == 1
        [shown] = client.get("/v1/deliveries").json()["items"]
    assert [request.path for request in server.seen] == ["/old", "/new"]
    assert shown["url"] == server.url("/new")


def test_endpoints_are_listed_page_by_page(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOST", 3)
    with api.client() as client:
        made = [client.post("/v1/endpoints", json=HOOK).json()["id"] for _ in range(3)]
        first = client.get("/v1/endpoints", params={"limit": 2}).json()
        second = client.get("/v1/endpoints", params={"limit": 2, "after": first["next"]}).json()
        assert [[each["id"] for each in page["items"]] for page in (first, second)] == [
            made[:2],
            made[2:],
        ]
        assert second["next"] is None
        too_many = client.post("/v1/endpoints", json=HOOK)
        assert (too_many.status_code, too_many.json()["code"]) == (409, "conflict")
        client.delete(f"/v1/endpoints/{made[0]}")
        assert client.post("/v1/endpoints", json=HOOK).status_code == 201


def test_another_tenants_endpoint_is_as_one_that_is_not_there(
    api: ApiServer, database: Database
) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        made = one.post("/v1/endpoints", json=HOOK).json()
        path = f"/v1/endpoints/{made['id']}"
        for refused in (
            two.get(path),
            two.patch(path, json={"enabled": False}),
            two.delete(path),
            two.post(f"{path}/rotate"),
            two.post(f"{path}/test"),
            two.post(f"{path}/redeliver", json={"since": "2000-01-01T00:00:00Z"}),
        ):
            assert refused.status_code == 404
            assert refused.json()["detail"] == f"there is no endpoint {made['id']}: check the id"
        assert two.get("/v1/endpoints").json()["items"] == []
        assert operator.get(path).json()["tenant"] == "one"
        for_two = operator.post("/v1/endpoints", json=HOOK, headers={"ReelFarm-Tenant": "two"})
        assert for_two.json()["tenant"] == "two"
    end_job(database, None, tenant="two")
    assert the_row(database).endpoint_id == for_two.json()["id"]


def test_endpoints_are_the_admins_business(api: ApiServer) -> None:
    with api.client() as admin, api.client(scopes=(Scope.READ, Scope.SUBMIT)) as other:
        path = f"/v1/endpoints/{admin.post('/v1/endpoints', json=HOOK).json()['id']}"
        admin.post(f"{path}/test")
        [delivery] = other.get("/v1/deliveries").json()["items"]
        for refused in (
            other.post("/v1/endpoints", json=HOOK),
            other.get("/v1/endpoints"),
            other.get(path),
            other.delete(path),
            other.post(f"{path}/rotate"),
            other.post(f"{path}/test"),
            other.post(f"/v1/deliveries/{delivery['id']}/redeliver"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert other.get(f"/v1/deliveries/{delivery['id']}").status_code == 200


def test_an_event_that_nobody_chose_is_owed_to_nobody(database: Database) -> None:
    an_endpoint(database, "https://cms.example/hook", [EventType.WARNING])
    end_job(database, None)
    assert rows(database) == []
