"""Catalogs over HTTP: each title once, however often and in whatever form it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from farm.access import LOCAL
from farm.settings import Settings
from services import catalog_turns, tenants
from services.documents import TenantPolicy
from tests.service.api_server import ApiServer

ORIGIN = "/tmp/reelfarm-test-origin"
NDJSON, CSV, JSON = "application/x-ndjson", "text/csv", "application/json"


def title(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "external_id": f"cms-{number}",
        "source": f"file:///media/{number}.mp4",
        "origin": ORIGIN,
        **changes,
    }


def send(
    client: httpx.Client, body: str | bytes, kind: str = NDJSON, status: int = 202, **query: str
) -> dict[str, Any]:
    answer = client.post(
        "/v1/catalogs",
        params={"name": "autumn", **query},
        content=body,
        headers={"Content-Type": kind},
    )
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


def lines(titles: Iterable[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(each) for each in titles)


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    return answer["accepted"], answer["updated"], answer["duplicate"], answer["rejected"]


CSV_TEXT = (
    "external_id,source,origin,subtitles.de.forced,metadata.season\r\n"
    f"cms-0,file:///media/0.mp4,{ORIGIN},file:///media/0.srt,2\r\n"
    f"cms-1,file:///media/1.mp4,{ORIGIN},,\r\n"
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (NDJSON, lines([title(0), title(1)])),
        (JSON, json.dumps([title(0), title(1)])),
        (JSON, json.dumps({"titles": [title(0), title(1)]}, indent=1)),
        (CSV, CSV_TEXT),
        (CSV, "\N{BYTE ORDER MARK}" + CSV_TEXT.replace(",", ";")),
    ],
)
def test_a_catalog_comes_in_any_form(api: ApiServer, kind: str, body: str) -> None:
    with api.client() as client:
        assert counts(send(client, body, kind)) == (2, 0, 0, 0)
        assert counts(send(client, body, kind)) == (0, 0, 2, 0)
        listed = client.get("/v1/catalogs/autumn/titles").json()["items"]
        assert [each["external_id"] for each in listed] == ["cms-0", "cms-1"]
        shown = client.get("/v1/catalogs/autumn").json()
        assert (shown["titles"], shown["progress"]) == ({"TAKEN": 2}, 0.0)
        jobs = client.get("/v1/jobs", params={"catalog": "autumn"}).json()["items"]
        assert sorted(job["external_id"] for job in jobs) == ["cms-0", "cms-1"]
    if kind == CSV:
        assert listed[0]["request"]["metadata"] == {"season": "2"}
        assert listed[0]["request"]["subtitles"] == [
            {"language": "de", "uri": "file:///media/0.srt", "forced": True}
        ]


def test_good_rows_go_in_and_the_others_say_why_not(api: ApiServer) -> None:
    rows = [
        json.dumps(title(0)),
        "{broken",
        json.dumps({**title(1), "external_id": None}),
        json.dumps(title(2, source="relative.mp4")),
        json.dumps(title(0)),
        json.dumps(title(0, priority=3)),
        json.dumps(title(3, subtitles=[{"language": "klingon!", "uri": "/a.srt"}])),
        json.dumps(title(4, colour="red")),
        json.dumps(title(5)),
    ]
    with api.client() as client:
        answer = send(client, "\n".join(rows))
    assert counts(answer) == (2, 0, 1, 6)
    told = [
        (row["line"], row["external_id"], row["status"], (row["error"] or {}).get("code"))
        for row in answer["rows"]
    ]
    assert told == [
        (2, None, "rejected", "invalid_spec"),
        (3, None, "rejected", "invalid_spec"),
        (4, "cms-2", "rejected", "invalid_spec"),
        (5, "cms-0", "duplicate", None),
        (6, "cms-0", "rejected", "conflict"),
        (7, "cms-3", "rejected", "invalid_spec"),
        (8, "cms-4", "rejected", "invalid_spec"),
    ]
    assert answer["rows"][4]["error"]["difference"] == {"priority": {"is": None, "sent": 3}}
    assert [each["field"] for each in answer["rows"][5]["error"]["errors"]] == [
        "subtitles.0.language"
    ]
    with api.client() as client:
        kept = client.get(answer["links"]["rows"]).json()["items"]
    assert [(row["line"], row["status"]) for row in kept] == [(row[0], row[2]) for row in told]


def test_another_request_replaces_a_title_where_that_is_asked_for(api: ApiServer) -> None:
    with api.client() as client:
        send(client, lines([title(0), title(1)]))
        [first] = client.get("/v1/jobs", params={"external_id": "cms-0"}).json()["items"]
        answer = send(client, lines([title(0, priority=5), title(1)]), on_change="update")
        assert counts(answer) == (0, 1, 1, 0)
        newer, older = client.get("/v1/jobs", params={"external_id": "cms-0"}).json()["items"]
        assert (older["id"], older["state"]) == (first["id"], "CANCELLED")
        assert (newer["state"], newer["priority"]) == ("QUEUED", 5)
        [listed] = client.get("/v1/catalogs/autumn/titles", params={"external_id": "cms-0"}).json()[
            "items"
        ]
        assert (listed["version"], listed["job"]) == (2, newer["id"])


def test_titles_wait_as_rows_until_their_turn_nears(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_turns, "IN_STOCK", 0)
    settings = Settings(sources="any", origins="any", titles_in_progress_per_tenant=3)
    with api.client() as client:
        send(client, lines(title(n) for n in range(300)))
        before = client.get("/v1/catalogs/autumn").json()["titles"]
        assert before == {"TAKEN": 100, "WAITING": 200}
        jobs = client.get("/v1/jobs", params={"limit": 200}).json()["items"]
        client.post("/v1/jobs/actions", json={"action": "cancel", "filter": {"catalog": "autumn"}})
        assert client.get("/v1/catalogs/autumn").json()["titles"] == {
            "CANCELLED": 100,
            "WAITING": 200,
        }
        assert catalog_turns.begin_due(api.database, api.wakeups, settings) == 3
        after = client.get("/v1/jobs", params={"state": "QUEUED"}).json()["items"]
    assert sorted(int(job["external_id"][4:]) for job in jobs) == list(range(100))
    assert sorted(job["external_id"] for job in after) == ["cms-100", "cms-101", "cms-102"]


def test_as_many_get_jobs_as_the_tenants_own_limit_lets_begin(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_turns, "IN_STOCK", 2)
    with api.client("one") as one, api.client("two") as two, api.client("three") as three:
        for tenant, limit in (("one", 5), ("two", 250)):
            tenants.set_policy(api.database, LOCAL, tenant, TenantPolicy(running_titles=limit))
        taken = {}
        for client, tenant in ((one, "one"), (two, "two"), (three, "three")):
            send(client, lines(title(n) for n in range(300)))
            taken[tenant] = client.get("/v1/catalogs/autumn").json()["titles"]["TAKEN"]
        assert taken == {"one": 7, "two": 252, "three": 102}


def test_a_cancelled_catalog_begins_no_more_and_can_be_retried(api: ApiServer) -> None:
    with api.client() as client:
        send(client, lines(title(n) for n in range(150)))
        shown = client.post("/v1/catalogs/autumn/cancel").json()
        assert (shown["titles"], shown["progress"]) == ({"CANCELLED": 150}, 1.0)
        assert shown["cancelled_at"] is not None
        again = client.post("/v1/catalogs/autumn/retry", json={"external_id": "cms-7"})
        assert again.json() == {"titles": 1}
        shown = client.get("/v1/catalogs/autumn").json()
        assert (shown["titles"], shown["cancelled_at"]) == ({"CANCELLED": 149, "TAKEN": 1}, None)


def test_a_title_that_can_get_no_job_says_why(api: ApiServer) -> None:
    with api.client() as client:
        send(client, lines([title(0, ladder="no-such"), title(1)]))
        shown = client.get("/v1/catalogs/autumn").json()
        assert shown["titles"] == {"FAILED": 1, "TAKEN": 1}
        assert [(f["code"], f["titles"]) for f in shown["failures"]] == [("invalid_spec", 1)]
        [failed] = client.get("/v1/catalogs/autumn/titles", params={"state": "FAILED"}).json()[
            "items"
        ]
        assert "no-such" in failed["error"]["message"]


def test_results_come_as_a_file(api: ApiServer) -> None:
    with api.client() as client:
        send(client, lines([title(0), title(1, external_id="=1+1")]))
        text = client.get("/v1/catalogs/autumn/results").text.splitlines()
        assert text[0].startswith("external_id,asset,state,version,job")
        assert [line.split(",")[0] for line in text[1:]] == ["cms-0", "'=1+1"]
        found = client.get("/v1/catalogs/autumn/results", params={"format": "ndjson"}).text
    assert [json.loads(line)["external_id"] for line in found.splitlines()] == ["cms-0", "=1+1"]


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("text/plain", "x", 415, "unsupported_content"),
        (CSV, "external_id,colour\n", 422, "invalid_spec"),
        (JSON, '{"films": []}', 422, "invalid_spec"),
        (JSON, "[", 422, "invalid_spec"),
        (NDJSON, "x" * 300_000, 422, "invalid_spec"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused(
    api: ApiServer, kind: str, body: str, status: int, code: str
) -> None:
    with api.client() as client:
        assert send(client, body, kind, status)["code"] == code
        assert client.get("/v1/catalogs").json()["items"] == []


def test_what_was_read_before_the_text_broke_is_in(api: ApiServer) -> None:
    with api.client() as client:
        answer = send(client, json.dumps([title(0)])[:-1] + ", {", JSON)
    assert counts(answer) == (1, 0, 0, 1)
    assert "nothing from there on was read" in answer["rows"][0]["error"]["detail"]


def test_another_tenants_catalog_is_as_one_that_is_not_there(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two:
        send(one, lines([title(0)]))
        for path in ("", "/titles", "/results", "/events"):
            assert two.get(f"/v1/catalogs/autumn{path}").status_code == 404
        for path in ("/cancel", "/retry"):
            assert two.post(f"/v1/catalogs/autumn{path}", json={}).status_code == 404
        assert two.get("/v1/catalogs").json()["items"] == []
        assert counts(send(two, lines([title(0)]))) == (1, 0, 0, 0)  # a catalog of its own
        assert one.get("/v1/catalogs/autumn").json()["titles"] == {"TAKEN": 1}
