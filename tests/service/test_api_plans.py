"""Plans over HTTP: asked for, found out by a worker, submitted without another analysis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from farm.access import Scope
from farm.settings import Settings
from farm.states import JobState
from services.submit import take_in
from storage.postgres import jobs
from storage.postgres.database import Database
from storage.postgres.models import Delivery
from tests.conftest import a_spec
from tests.media.media_factory import Clips, talkie
from tests.service.api_server import ApiServer, api_server
from tests.waiting import wait_until
from workers.local.stack import Stack

TITLE = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A farm with one worker."""
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("farm"),
        sources="any",
        origins="any",
        currency="EUR",
        price_core_hour=36.0,
        price_gb_month=1.0,
    )
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
    ):
        yield server


def ask(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/plans", json={**TITLE, **changes})
    assert answer.status_code == 202, answer.text
    document: dict[str, Any] = answer.json()
    return document


def listed(client: httpx.Client, **query: Any) -> list[str]:
    return [job["id"] for job in client.get("/v1/jobs", params=query).json()["items"]]


def ended(client: httpx.Client, url: str) -> dict[str, Any]:
    """Return what is at a URL once it is in a state in which nothing more happens."""
    document: dict[str, Any] = {}

    def has_ended() -> bool:
        document.update(client.get(url).json())
        return document["finished_at"] is not None

    wait_until(has_ended)
    return document


def test_a_plan_says_what_would_be_done_and_submitting_it_analyses_nothing_again(
    farm: ApiServer, clips: Clips, tmp_path: Path
) -> None:
    source, origin = talkie(clips), tmp_path / "origin"
    with farm.client() as client:
        asked = ask(client, source=str(source), origin=str(origin), metadata={"season": 2})
        assert asked["state"] == "QUEUED"
        plan = ended(client, asked["links"]["self"])
        assert (plan["state"], plan["error"], plan["metadata"]) == ("PLANNED", None, {"season": 2})
        assert not origin.exists()

        assert plan["source"]["streams"][0]["codec"] == "h264"
        assert plan["analysis"]["frames"] > 0
        kept, left = plan["ladder"]["rungs"], plan["ladder"]["rejected"]
        assert kept and left and all(rung["reason"] for rung in (*kept, *left))
        steps = {step["key"]: step for step in plan["steps"]}
        assert {"ingest", "encode:0", "package", "verify", "publish"} <= steps.keys()
        [encode] = steps["encode:0"]["commands"]
        assert "libx264" in encode

        predicted = plan["predicted"]
        size = predicted["size_bytes"]
        assert 0 < size["low"] < size["expected"] < size["high"]
        assert predicted["cpu_s"] > 0
        assert predicted["gpu_s"] == 0
        assert predicted["price"]["currency"] == "EUR"
        assert predicted["price"]["compute"] == pytest.approx(predicted["cpu_s"] / 100, abs=0.01)
        eta = predicted["eta"]
        assert datetime.now(UTC).isoformat() < eta["earliest"] < eta["latest"]

        submitted = client.post(asked["links"]["submit"]).json()
        own = client.get(f"/v1/jobs/{submitted['id']}/eta").json()
        assert own is None or own["earliest"] < own["latest"]
        record = ended(client, submitted["links"]["self"])
        assert (record["state"], record["plan"]) == ("PUBLISHED", plan["id"]), record["error"]
        reused = {step["key"] for step in record["steps"] if step["reused"]}
        # Ingest looks at the source again: it is what tells that it is the one that was analysed.
        assert reused == {"analyze", "cut"}
        assert {step["key"] for step in record["steps"]} == steps.keys()
        assert record["cost"]["cpu_s"] > 0
        assert record["cost"]["price"]["compute"] == pytest.approx(
            record["cost"]["cpu_s"] / 100, abs=0.001
        )
        assert client.get(f"/v1/jobs/{submitted['id']}/eta").json() is None
        assert [listed(client), listed(client, plans=True)] == [[submitted["id"]], [plan["id"]]]


def test_a_plan_of_what_is_no_media_fails_as_its_job_would(farm: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("no film")
    with farm.client() as client:
        asked = ask(client, source=str(tmp_path / "film.mp4"))
        plan = ended(client, asked["links"]["self"])
        assert (plan["state"], plan["error"]["code"]) == ("FAILED", "invalid_source")
        assert (plan["ladder"], plan["steps"], plan["predicted"]) == (None, [], None)
        refused = client.post(asked["links"]["submit"])
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "ask for another" in refused.json()["detail"]


def test_a_plan_is_asked_for_once_with_a_key_and_waits_for_a_worker(api: ApiServer) -> None:
    with api.client() as client:
        headers = {"Idempotency-Key": "one"}
        answers = [client.post("/v1/plans", json=TITLE, headers=headers) for _ in range(2)]
        assert len({answer.text for answer in answers}) == 1
        plan = answers[0].json()
        shown = client.get(plan["links"]["self"]).json()
        assert (shown["state"], shown["analysis"], shown["predicted"]) == ("QUEUED", None, None)
        waiting = client.post(plan["links"]["submit"])
        assert (waiting.status_code, waiting.json()["code"]) == (409, "conflict")
        assert [step["key"] for step in client.get(f"/v1/jobs/{plan['id']}").json()["steps"]] == [
            *("ingest", "analyze", "cut", "plan")
        ]
        assert client.post(f"/v1/jobs/{plan['id']}/cancel").json()["state"] == "CANCELLED"


def test_the_origin_of_a_plan_need_not_take_anything_yet(api: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    there = {**TITLE, "origin": str(tmp_path / "file" / "origin")}
    with api.client() as client:
        assert client.post("/v1/jobs", json=there).status_code == 503
        assert client.post("/v1/plans", json=there).status_code == 202


def test_a_title_is_no_plan_and_another_tenants_plan_is_not_there(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two:
        plan, title = ask(one)["id"], one.post("/v1/jobs", json=TITLE).json()["id"]
        for path in (f"/v1/plans/{title}", f"/v1/plans/{title}/submit"):
            method = "POST" if path.endswith("submit") else "GET"
            answer = one.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert two.get(f"/v1/plans/{plan}").status_code == 404
        assert two.post(f"/v1/plans/{plan}/submit").status_code == 404
        assert one.get(f"/v1/plans/{plan}").json()["asset"] == "film"
        with api.client("one", scopes=(Scope.READ,)) as reader:
            assert reader.post("/v1/plans", json=TITLE).status_code == 403
            assert reader.post(f"/v1/plans/{plan}/submit").status_code == 403


def test_a_filter_does_not_reach_plans_unless_it_names_them(api: ApiServer) -> None:
    with api.client() as client:
        plan, title = ask(client)["id"], client.post("/v1/jobs", json=TITLE).json()["id"]
        act = {"action": "cancel", "filter": {"asset": "film"}}
        assert client.post("/v1/jobs/actions", json=act).json() == {"jobs": 1}
        states = [client.get(f"/v1/jobs/{job}").json()["state"] for job in (plan, title)]
        assert states == ["QUEUED", "CANCELLED"]
        act["filter"] = {"asset": "film", "plans": True}
        assert client.post("/v1/jobs/actions", json=act).json() == {"jobs": 1}


def test_plans_are_listed_the_newest_first_page_by_page(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two:
        asked = [ask(one, asset=f"film-{number}", external_id=f"x-{number}") for number in range(5)]
        one.post("/v1/jobs", json=TITLE)
        seen: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = one.get("/v1/plans", params={"limit": 2, **after}).json()
            assert len(page["items"]) == (2 if page["next"] else 1)
            seen += page["items"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert [plan["id"] for plan in seen] == [plan["id"] for plan in reversed(asked)]
        assert seen[0]["links"] == asked[-1]["links"]
        assert (seen[0]["state"], seen[0]["source"]) == ("QUEUED", TITLE["source"])
        one.post(f"/v1/jobs/{asked[1]['id']}/cancel")
        for query in ({"state": "CANCELLED"}, {"external_id": "x-1"}, {"text": "LM-1"}):
            [found] = one.get("/v1/plans", params=query).json()["items"]
            assert found["id"] == asked[1]["id"]
        assert two.get("/v1/plans").json() == {"items": [], "next": None}
        assert one.get("/v1/plans", params={"plans": False}).status_code == 422


def test_a_plan_is_not_retried_but_paused_and_ranked_as_a_title_is(api: ApiServer) -> None:
    with api.client() as client:
        plan = ask(client)["id"]
        place = f"/v1/jobs/{plan}"
        assert client.post(f"{place}/pause").json() == {"id": plan, "state": "PAUSED"}
        assert client.put(f"{place}/priority", json={"priority": 5}).status_code == 200
        assert client.post(f"{place}/resume").json() == {"id": plan, "state": "QUEUED"}
        assert client.get(f"/v1/plans/{plan}").json()["priority"] == 5
        for action in ("pause", "resume"):
            act = {"action": action, "filter": {"plans": True}}
            assert client.post("/v1/jobs/actions", json=act).json() == {"jobs": 1}
        assert client.post(f"{place}/cancel").json()["state"] == "CANCELLED"
        for action in ("pause", "resume"):
            assert client.post(f"{place}/{action}").json()["code"] == "conflict"
        refused = client.post(f"{place}/retry", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "is a plan" in refused.json()["detail"]
        act = {"action": "retry", "filter": {"plans": True}}
        refused = client.post("/v1/jobs/actions", json=act)
        assert (refused.status_code, refused.json()["input"]) == (422, "filter.plans")
        assert listed(client) == []
        assert listed(client, plans=True) == [plan]


def test_a_plans_own_webhook_is_told_that_it_is_done(database: Database, tmp_path: Path) -> None:
    asked = a_spec(tmp_path / "film.mp4", tmp_path / "origin", webhook="https://cms.example/hook")
    with database.begin() as session:
        job_id, _ = take_in(session, asked.model_copy(update={"plan": True}))
        job = jobs.lock(session, job_id)
        job.state = JobState.RUNNING
        jobs.succeed(session, job)
    with database.begin() as session:
        owed = session.execute(select(Delivery.event, Delivery.url)).all()
    assert [tuple(each) for each in owed] == [("job.planned", "https://cms.example/hook")]
