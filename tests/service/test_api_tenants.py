"""Tenants over HTTP: operators write them down, and say what each may have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.api_server import ApiServer
from tests.service.test_api_jobs import TITLE, submit

ONE = {"ReelFarm-Tenant": "one"}


def test_an_operator_writes_down_a_tenant_and_gives_it_a_key(api: ApiServer) -> None:
    with api.client("*") as operator:
        made = operator.post("/v1/tenants", json={"name": "new", "policy": {"waiting_titles": 5}})
        assert made.status_code == 201, made.text
        assert (made.json()["version"], made.json()["policy"]["waiting_titles"]) == (1, 5)
        again = operator.post("/v1/tenants", json={"name": "new"})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        asked = {"name": "its first", "scopes": ["admin"], "tenant": "new"}
        token = operator.post("/v1/keys", json=asked).json()["token"]
    with api.with_key(token) as tenant:
        own = tenant.get("/v1/tenants/new").json()
        assert own["use"] == {"running_titles": 0, "waiting_titles": 0, "minutes_in_a_day": 0.0}
        submit(tenant)
        assert tenant.get("/v1/tenants/new").json()["use"]["waiting_titles"] == 1


def test_tenants_are_listed_by_name_page_by_page(api: ApiServer) -> None:
    with api.client("*") as operator:
        for name in ("b", "c", "a"):
            operator.post("/v1/tenants", json={"name": name})
        page = operator.get("/v1/tenants", params={"limit": 2}).json()
        assert [each["name"] for each in page["items"]] == ["a", "b"]
        rest = operator.get("/v1/tenants", params={"after": page["next"]}).json()
        assert ([each["name"] for each in rest["items"]], rest["next"]) == (["c"], None)
        one = operator.get("/v1/tenants", headers={"ReelFarm-Tenant": "c"}).json()
        assert [each["name"] for each in one["items"]] == ["c"]


def test_a_tenant_reads_itself_and_changes_nothing(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two"):
        assert one.get("/v1/tenants/one").status_code == 200
        assert one.get("/v1/tenants/two").status_code == 404
        assert one.get("/v1/tenants/nobody").status_code == 404
        assert one.get("/v1/tenants").status_code == 403
        assert one.post("/v1/tenants", json={"name": "three"}).status_code == 403
        assert one.put("/v1/tenants/one/policy", json={}).status_code == 403
        assert one.put("/v1/tenants/two/policy", json={}).status_code == 403
        assert one.post("/v1/tenants/two/disable").status_code == 403


def test_a_policy_is_replaced_as_a_whole_and_its_origin_used(api: ApiServer) -> None:
    with api.client("one") as one, api.client("*") as operator:
        policy = {"origin": "file:///tmp/reelfarm-test-origin/", "running_titles": 3}
        first = operator.put("/v1/tenants/one/policy", json=policy).json()
        assert first["policy"]["origin"] == "/tmp/reelfarm-test-origin"
        assert operator.put("/v1/tenants/one/policy", json=policy).json()["version"] == 1
        taken = one.post("/v1/jobs", json={"source": TITLE["source"]})
        assert taken.status_code == 202, taken.text
        # whichever tenant the operator's request is about
        second = operator.put("/v1/tenants/one/policy", json={}, headers=ONE).json()
        assert (second["version"], second["policy"]["origin"]) == (2, None)
        no_origin = one.post("/v1/jobs", json={"source": TITLE["source"]})
        assert (no_origin.status_code, no_origin.json()["input"]) == (422, "origin")
        assert operator.put("/v1/tenants/nobody/policy", json={}).status_code == 404


@pytest.mark.parametrize(
    ("policy", "field", "message"),
    [
        ({"running_titles": -1}, "running_titles", "give 0 to 100000"),
        ({"waiting_titles": 1e9}, "waiting_titles", "give 0 to 10000000"),
        ({"minutes_a_day": -0.5}, "minutes_a_day", "give 0 to 10000000"),
        ({"requests_a_minute": 0}, "requests_a_minute", "give 1 to 1000000"),
        ({"origin": "out"}, "origin", "is no location"),
        ({"origin": "/a\0"}, "origin", "NUL"),
        ({"speed": 1}, "speed", "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_policy_is_refused_by_its_field(
    api: ApiServer, policy: dict[str, Any], field: str, message: str
) -> None:
    with api.client("one"), api.client("*") as operator:
        answer = operator.put("/v1/tenants/one/policy", json=policy)
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert (error["field"], message in error["message"]) == (field, True), error


def test_none_of_a_disabled_tenants_keys_holds_until_it_is_enabled(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        disabled = operator.post("/v1/tenants/one/disable").json()
        assert disabled["disabled_at"] is not None
        assert operator.post("/v1/tenants/one/disable").json() == disabled
        assert (one.get("/v1/jobs").status_code, two.get("/v1/jobs").status_code) == (401, 200)
        assert operator.post("/v1/tenants/one/enable").json()["disabled_at"] is None
        assert one.get("/v1/jobs").status_code == 200
        assert operator.post("/v1/tenants/nobody/enable").status_code == 404
        log = operator.get("/v1/audit", params={"action": "tenant."}, headers=ONE).json()["items"]
        assert [each["action"] for each in log] == [
            *("tenant.enabled", "tenant.disabled", "tenant.made")
        ]
