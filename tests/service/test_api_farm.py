"""The farm at a glance over HTTP, and the page that errors link to."""

from __future__ import annotations

import httpx

from farm.access import Scope
from farm.plan import Resource
from storage.postgres import fleet
from storage.postgres.database import Database
from tests.service.api_server import ApiServer
from tests.service.test_api_jobs import submit


def test_operators_see_the_farm_and_tenants_their_own(api: ApiServer, database: Database) -> None:
    with database.begin() as session:
        fleet.report(session, "encoder:7", [Resource.IO, Resource.CPU], 16, 32 << 30, False)
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        submit(one)
        job = submit(one)["id"]
        submit(two)
        one.post(f"/v1/jobs/{job}/pause")
        whole = operator.get("/v1/farm").json()
        assert whole["jobs"] == {"QUEUED": 2, "PAUSED": 1}
        assert whole["workers"] == [
            {
                "name": "encoder:7",
                "queues": ["io", "cpu"],
                "cores": 16,
                "memory_bytes": 32 << 30,
                "draining": False,
                "running": 0,
            }
        ]
        assert {"resource": "io", "state": "QUEUED", "steps": 2} in whole["steps"]
        assert {step["state"] for step in whole["steps"]} == {"QUEUED", "BLOCKED"}
        about_one = operator.get("/v1/farm", headers={"ReelFarm-Tenant": "one"}).json()
        for part in (one.get("/v1/farm").json(), about_one):
            assert (part["workers"], part["jobs"]) == (None, {"QUEUED": 1, "PAUSED": 1})
            assert part["steps"] == [{"resource": "io", "state": "QUEUED", "steps": 1}]


def test_the_farm_is_for_those_who_may_read(api: ApiServer) -> None:
    with api.client(scopes=(Scope.SUBMIT,)) as submitter:
        assert submitter.get("/v1/farm").status_code == 403


def test_where_an_error_points_it_is_explained(api: ApiServer) -> None:
    with httpx.Client(base_url=api.url, trust_env=False) as stranger:
        problem = stranger.get("/v1/jobs").json()
        path, _, code = problem["type"].partition("#")
        page = stranger.get(path)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<section id="{code}">' in page.text
    assert problem["title"] in page.text


def test_an_error_of_a_job_says_what_to_do(api: ApiServer) -> None:
    with api.client() as client:
        job = submit(client)["id"]
        client.post(f"/v1/jobs/{job}/cancel")
        error = client.get(f"/v1/jobs/{job}").json()["error"]
        assert (error["code"], error["title"], error["retryable"]) == (
            *("cancelled", "Cancelled", False),
        )
        assert error["fix"].startswith("Retry the job")
        assert client.get(error["docs"]).status_code == 200
        [listed] = client.get("/v1/jobs").json()["items"]
        assert listed["error"] == {name: told for name, told in error.items() if name != "detail"}
