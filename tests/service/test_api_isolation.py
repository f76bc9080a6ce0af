"""Every route, as the OpenAPI document has them, tried with every kind of key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from farm.access import EVERY_TENANT, Scope
from storage.postgres import models
from storage.postgres.database import Database
from storage.postgres.models import Base
from tests.service.api_server import ApiServer

MARK = "belongs-to-the-owner"  # in everything the owner has: a stranger's answer never shows it
RUNG = {"width": 640, "height": 360, "max_bps": 1_000_000, "crf": 24}
METHODS = ("get", "head", "post", "put", "patch", "delete")
OPEN = {"/", "/healthz", "/readyz", "/openapi.json"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route and method, and the scope that its key needs."""

    method: str
    path: str
    scopes: tuple[str, ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Owned:
    """A tenant's things by the names of path parameters."""

    ids: dict[str, str]
    catalog_upload: str

    def fill(self, path: str) -> str:
        """Return the path of one of the owner's own things."""
        of_catalog = {"upload_id": self.catalog_upload} if path.startswith("/v1/catalogs") else {}
        ids = {**self.ids, **of_catalog}
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], path)


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                security = methods[method].get("security", [{}])
                scopes = tuple(scope for each in security for scope in each.get("key", ()))
                yield Operation(method, path, scopes, methods[method])


def body_of(operation: Operation) -> dict[str, Any]:
    """Return what to send: enough for the route to look for the thing it is about."""
    content = operation.document.get("requestBody", {}).get("content", {})
    if "application/x-ndjson" in content:
        return {"content": b"{}", "headers": {"Content-Type": "application/x-ndjson"}}
    if "application/json" in content:
        return {"json": BODIES.get((operation.method, operation.path), {})}
    return {}


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("put", "/v1/jobs/{job_id}/priority"): {"priority": 3},
    ("put", "/v1/qc-policies/{name}"): {"subsample": 0},  # or the stranger would keep one
}
QUERIES: dict[str, dict[str, str]] = {"/v1/catalogs": {"name": "x"}}


def ask(client: httpx.Client, operation: Operation, path: str) -> httpx.Response:
    query = QUERIES.get(operation.path) if operation.method == "post" else None
    sent = body_of(operation)
    request = client.build_request(operation.method.upper(), path, params=query, **sent)
    answer = client.send(request, stream=True)
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        answer.close()  # it would not end
    else:
        answer.read()
        answer.close()
    return answer


def told(answer: httpx.Response) -> str:
    """Return what an answer says beside the path that was asked for."""
    return answer.text.replace(answer.url.path, "")


def owned(api: ApiServer) -> Owned:
    """Let a tenant have one of everything; it is called as all of it is."""
    title = {"source": f"file:///{MARK}.mp4", "origin": f"/tmp/{MARK}", "asset": MARK}
    with api.client(MARK) as owner:
        endpoint = made(owner, "endpoints", url=f"https://x.test/{MARK}", events=["job.accepted"])
        job = made(owner, "jobs", **title, external_id=MARK, metadata={"note": MARK})
        plan = made(owner, "plans", **title)
        [delivery, *_] = owner.get("/v1/deliveries").json()["items"]
        key = made(owner, "keys", name=MARK, scopes=["read"])
        upload = made(owner, "uploads", name=f"{MARK}.mp4", size_bytes=10)
        preset = owner.get("/v1/ladders/apple-h264").json()["body"]
        assert owner.put(f"/v1/ladders/{MARK}", json=preset).status_code < 300
        assert owner.put(f"/v1/qc-policies/{MARK}", json={}).status_code < 300
        rule = owner.put(f"/v1/ingest/rules/{MARK}", json={"bucket": MARK, "prefix": ""})
        assert rule.status_code < 300, rule.text
        row = {**title, "external_id": MARK}
        catalog = owner.post(
            "/v1/catalogs",
            params={"name": MARK},
            content=f"{json.dumps(row)}\nbroken {MARK}",
            headers={"Content-Type": "application/x-ndjson"},
        ).json()
    return Owned(
        {
            "job_id": job["id"],
            "plan_id": plan["id"],
            "name": MARK,
            "asset": MARK,
            "endpoint_id": endpoint["id"],
            "delivery_id": str(delivery["id"]),
            "key_id": key["id"],
            "upload_id": upload["id"],
            "file": "0-source.mp4",
        },
        catalog["links"]["rows"].split("/")[-2],
    )


def made(client: httpx.Client, kind: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/{kind}", json=fields)
    assert answer.status_code < 300, (kind, answer.text)
    document: dict[str, Any] = answer.json()
    return document


def test_no_route_answers_whoever_has_no_key_that_holds(api: ApiServer) -> None:
    with api.client(MARK) as owner, httpx.Client(base_url=api.url, trust_env=False) as stranger:
        document, things = owner.get("/openapi.json").json(), owned(api)
        for operation in operations(document):
            if operation.path in OPEN:
                continue
            for headers in ({}, {"Authorization": "Bearer rf_aaaaaaaaaaaa_" + "b" * 43}):
                stranger.headers = httpx.Headers(headers)
                answer = ask(stranger, operation, things.fill(operation.path))
                assert answer.status_code == 401, (operation.method, operation.path)
                assert MARK not in told(answer)


def test_a_key_without_the_scope_of_a_route_is_refused(api: ApiServer) -> None:
    with api.client(MARK) as owner:
        document, things = owner.get("/openapi.json").json(), owned(api)
    clients = {scope: api.client(MARK, (scope,)) for scope in Scope if scope != Scope.ADMIN}
    for operation in operations(document):
        if operation.path in OPEN or not operation.scopes:
            continue
        for scope, client in clients.items():
            if scope.value in operation.scopes:
                continue
            answer = ask(client, operation, things.fill(operation.path))
            place = (scope, operation.method, operation.path)
            assert answer.status_code == 403, place
            if operation.method != "head":  # its answers have no body
                assert answer.json()["code"] == "not_permitted", place
    for client in clients.values():
        client.close()


def test_another_tenant_finds_nothing_of_the_owner_by_any_route(api: ApiServer) -> None:
    with api.client(MARK) as owner, api.client("stranger") as stranger:
        document, things = owner.get("/openapi.json").json(), owned(api)
        before = owner.get(f"/v1/jobs/{things.ids['job_id']}").json()
        for operation in operations(document):
            if operation.path in OPEN:
                continue
            answer = ask(stranger, operation, things.fill(operation.path))
            place = (operation.method, operation.path, answer.status_code)
            if "{" in operation.path:
                # What is not there, for whoever may look; or the body alone was wrong already.
                assert answer.status_code in (404, 403, 422), place
            assert answer.status_code < 500, place
            if answer.is_stream_consumed and answer.status_code != 404:  # 404s repeat the question
                assert MARK not in told(answer), place
        after = owner.get(f"/v1/jobs/{things.ids['job_id']}").json()
        assert after == before


def test_every_name_in_a_path_is_tried_with_one_of_the_owners(api: ApiServer) -> None:
    with api.client(MARK) as owner:
        document, things = owner.get("/openapi.json").json(), owned(api)
    names = {name for path in document["paths"] for name in re.findall(r"\{(\w+)\}", path)}
    assert names <= things.ids.keys()


WITHOUT_TENANT = {
    *("need", "blocked_steps", "worker", "tenant", "chore", "artifact", "upload"),
    *("catalog_count", "upload_row", "upload_use", "title_upload_use", "device"),
}


def test_beneath_the_routes_rows_of_others_are_not_there(api: ApiServer) -> None:
    owned(api)
    database = api.database
    for table in Base.metadata.sorted_tables:
        if "tenant" in table.columns:
            assert seen(database, "stranger", table.name) == 0, table.name
            assert seen(database, None, table.name) == 0, table.name  # nobody said whose
        else:
            assert table.name in WITHOUT_TENANT
    for name in ("need", "catalog_count", "upload_row"):
        assert seen(database, "stranger", name) == 0
        assert seen(database, MARK, name) > 0 or name == "need"
    assert seen(database, MARK, "job") == 3
    assert seen(database, EVERY_TENANT, "job") == 3
    for name in ("artifact", "upload", "chore"):
        with pytest.raises(Exception, match="permission denied"):
            seen(database, EVERY_TENANT, name)


def test_the_role_of_the_api_is_no_superuser(api: ApiServer) -> None:
    with api.database.begin() as session:
        [row] = session.connection().exec_driver_sql(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
    assert tuple(row) == ("reelfarm_api", False, False)
    assert models.Base.metadata.tables  # all of them are looked at above


def test_nobody_writes_rows_of_another(api: ApiServer) -> None:
    job = owned(api).ids["job_id"]
    for statement in (
        f"UPDATE job SET state = 'CANCELLED' WHERE id = '{job}'",
        "UPDATE step SET state = 'CANCELLED'",
        "UPDATE catalog_title SET state = 'CANCELLED'",
    ):
        with api.database.begin("stranger") as session:
            assert session.connection().exec_driver_sql(statement).rowcount == 0
    with (
        pytest.raises(Exception, match="row-level security"),
        api.database.begin("stranger") as session,
    ):
        session.connection().exec_driver_sql(
            "INSERT INTO event (tenant, catalog, type, data)"
            f" VALUES ('{MARK}', '', 'warning', '{{}}')"
        )


def seen(database: Database, tenant: str | None, table: str) -> int:
    """Return how many rows of a table are there, whatever a route would ask for."""
    with database.begin(tenant) as session:
        return int(
            session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        )
