"""Jobs over HTTP: handed in once, listed page by page, looked at, cancelled, paused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farm.access import Scope
from tests.service.api_server import ApiServer

TITLE = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}


def submit(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/jobs", json={**TITLE, **changes})
    assert answer.status_code == 202, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_a_title_is_taken_in_and_can_be_read(api: ApiServer) -> None:
    with api.client() as client:
        accepted = submit(client, external_id="cms-1", metadata={"season": 2})
        assert accepted["state"] == "QUEUED"
        assert accepted["asset"] == "film"
        record = client.get(accepted["links"]["self"]).json()
    assert record["metadata"] == {"season": 2}
    assert (record["tenant"], record["state"], record["external_id"]) == (
        "default",
        "QUEUED",
        "cms-1",
    )
    assert record["steps"][0]["key"] == "ingest"


def test_the_same_request_with_the_same_key_is_done_once(api: ApiServer) -> None:
    with api.client() as client:
        headers = {"Idempotency-Key": "one"}
        answers = [client.post("/v1/jobs", json=TITLE, headers=headers) for _ in range(3)]
        assert len({answer.text for answer in answers}) == 1
        other = client.post("/v1/jobs", json={**TITLE, "asset": "other"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
        assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_lists_are_paged_and_filtered(api: ApiServer) -> None:
    with api.client() as client:
        ids = [
            submit(client, asset=f"film-{n}", external_id=f"Cms-{n % 2}")["id"] for n in range(5)
        ]
        pages, after = [], None
        while True:
            query = {"limit": 2, **({"after": after} if after else {})}
            page = client.get("/v1/jobs", params=query).json()
            pages.append([job["id"] for job in page["items"]])
            if (after := page["next"]) is None:
                break
        assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]

        def found(**query: Any) -> list[str]:
            items = client.get("/v1/jobs", params=query).json()["items"]
            return [job["asset"] for job in items]

        client.post(f"/v1/jobs/{ids[0]}/cancel")
        assert found(state="CANCELLED") == ["film-0"]
        assert found(external_id="Cms-1") == ["film-3", "film-1"]
        assert found(text="CMS-0", asset="film-2") == ["film-2"]
        assert found(text="nothing") == []
        assert found(created_before="2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "!"}, "after"),
        ({"limit": 0}, "limit"),
        ({"state": "HAPPY"}, "state.0"),
        ({"created_from": "2026-01-01T00:00:00"}, "created_from"),
        ({"text": "a\0b"}, "text"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(
    api: ApiServer, query: dict[str, Any], field: str
) -> None:
    with api.client() as client:
        answer = client.get("/v1/jobs", params=query)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_an_action_goes_to_all_that_a_filter_matches(api: ApiServer) -> None:
    with api.client() as client:
        ids = [
            submit(client, asset=f"film-{n}", external_id="x" if n else None)["id"]
            for n in range(4)
        ]
        act = {"action": "cancel", "filter": {"external_id": "x"}}
        assert client.post("/v1/jobs/actions", json=act).json() == {"jobs": 3}
        assert client.post("/v1/jobs/actions", json=act).json() == {"jobs": 0}
        states = [client.get(f"/v1/jobs/{job}").json()["state"] for job in ids]
        assert states == ["QUEUED", "CANCELLED", "CANCELLED", "CANCELLED"]
        everything = client.post("/v1/jobs/actions", json={"action": "cancel", "filter": {}})
        assert everything.json()["input"] == "filter"


def test_a_job_is_paused_resumed_and_given_another_priority(api: ApiServer) -> None:
    with api.client() as client:
        job = submit(client)["id"]
        assert client.post(f"/v1/jobs/{job}/pause").json()["state"] == "PAUSED"
        assert client.post(f"/v1/jobs/{job}/resume").json()["state"] == "QUEUED"
        assert client.put(f"/v1/jobs/{job}/priority", json={"priority": 7}).status_code == 200
        assert client.get(f"/v1/jobs/{job}").json()["priority"] == 7
        client.post(f"/v1/jobs/{job}/cancel")
        ended = client.post(f"/v1/jobs/{job}/pause")
        assert (ended.status_code, ended.json()["code"]) == (409, "conflict")


def test_a_key_does_what_its_scopes_say(api: ApiServer) -> None:
    with api.client(scopes=(Scope.READ,)) as reader:
        refused = reader.post("/v1/jobs", json=TITLE)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert reader.get("/v1/jobs").status_code == 200
    with api.client(scopes=(Scope.SUBMIT,)) as submitter:
        assert submitter.get("/v1/jobs").status_code == 403
    for token in ("x", "nonsense", "rf_aaaaaaaaaaaa_" + "b" * 43):
        with api.with_key(token) as stranger:
            answer = stranger.get("/v1/jobs")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_another_tenants_job_is_as_one_that_is_not_there(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        job = submit(one)["id"]
        assert two.get(f"/v1/jobs/{job}").json()["detail"] == (
            f"there is no job {job}: check the id"
        )
        assert two.post(f"/v1/jobs/{job}/cancel").status_code == 404
        assert two.get("/v1/jobs").json()["items"] == []
        assert operator.get(f"/v1/jobs/{job}").json()["tenant"] == "one"
        asked = operator.get("/v1/jobs", headers={"ReelFarm-Tenant": "two"})
        assert asked.json()["items"] == []
        assert two.get("/v1/jobs", headers={"ReelFarm-Tenant": "one"}).status_code == 404
