"""Quotas of a tenant: exact for titles that wait, known for minutes once sources were probed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from farm.access import LOCAL
from farm.plan import Resource
from farm.settings import Settings
from services import tenants
from services.catalog_turns import begin_due
from services.documents import TenantPolicy
from storage.postgres import claims
from storage.postgres.admission import Turn
from storage.postgres.database import Database
from storage.wakeups import Wakeups
from tests.service.api_server import ApiServer
from tests.service.test_api_jobs import TITLE, submit
from workers.engine.limits import CurrentLimits


def hold_to(api: ApiServer, tenant: str, **policy: Any) -> None:
    tenants.set_policy(api.database, LOCAL, tenant, TenantPolicy(**policy))


def refusal(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/jobs", json={**TITLE, **changes})
    assert answer.status_code == 429, answer.text
    problem: dict[str, Any] = answer.json()
    assert answer.headers["Retry-After"] == str(math.ceil(problem["retry_after_s"]))
    return problem


def probed(
    database: Database, tenant: str, duration_s: float, hours_ago: float, job: str | None = None
) -> None:
    """Tell of a source as the step that probes it does, some hours ago."""
    statement = text(
        "INSERT INTO event (tenant, catalog, job_id, type, at, data) VALUES"
        " (:tenant, '', :job, 'source.probed', now() - make_interval(secs => :ago), :data)"
    )
    data = json.dumps({"duration_s": duration_s})
    with database.begin() as session:
        values = {"tenant": tenant, "job": job, "ago": hours_ago * 3600, "data": data}
        session.execute(statement, values)


def test_a_tenant_has_no_more_titles_waiting_than_it_may(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two:
        hold_to(api, "one", waiting_titles=2)
        first = submit(one)["id"]
        submit(one, asset="b")
        problem = refusal(one, asset="c")
        assert (problem["code"], problem["quota"], problem["limit"]) == (
            *("quota_exceeded", "waiting_titles", 2),
        )
        assert problem["retry_after_s"] == 60.0
        submit(two)  # what one has under way is nothing to another
        one.post(f"/v1/jobs/{first}/pause")
        refusal(one, asset="c")  # it still waits
        one.post(f"/v1/jobs/{first}/cancel")
        submit(one, asset="c")
        hold_to(api, "one")
        submit(one, asset="d")


def test_a_title_that_has_begun_waits_no_longer(api: ApiServer, database: Database) -> None:
    with api.client("one") as one:
        hold_to(api, "one", waiting_titles=1)
        job = submit(one)["id"]
        refusal(one, asset="b")
        with database.begin() as session:
            begins = text("SELECT id FROM step WHERE job_id = :job AND begins")
            turn = Turn(session.scalar(begins, {"job": job}), job, Resource.IO, job_waits=True)
            assert claims.claim_first(session, turn, "here:1", 60.0) is not None
        submit(one, asset="b")
        use = one.get("/v1/tenants/one").json()["use"]
        assert (use["running_titles"], use["waiting_titles"]) == (1, 1)


def test_of_many_requests_at_once_exactly_as_many_are_taken_as_may(api: ApiServer) -> None:
    with api.client("one") as one, ThreadPoolExecutor(24) as pool:
        hold_to(api, "one", waiting_titles=7)

        def hand_in(number: int) -> int:
            return one.post("/v1/jobs", json={**TITLE, "asset": f"film-{number}"}).status_code

        statuses = sorted(pool.map(hand_in, range(24)))
        assert statuses == [202] * 7 + [429] * 17
        assert one.get("/v1/tenants/one").json()["use"]["waiting_titles"] == 7


def test_the_same_request_again_is_answered_though_the_quota_is_used_up(api: ApiServer) -> None:
    with api.client("one") as one:
        hold_to(api, "one", waiting_titles=1)
        key = {"Idempotency-Key": "one"}
        first = one.post("/v1/jobs", json=TITLE, headers=key)
        again = one.post("/v1/jobs", json=TITLE, headers=key)
        assert (first.status_code, again.status_code) == (202, 202)
        refused = {"Idempotency-Key": "two"}
        assert one.post("/v1/jobs", json=TITLE, headers=refused).status_code == 429
        hold_to(api, "one")
        assert one.post("/v1/jobs", json=TITLE, headers=refused).status_code == 202


def test_minutes_are_those_probed_within_a_day(api: ApiServer, database: Database) -> None:
    with api.client("one") as one, api.client("two") as two:
        hold_to(api, "one", minutes_a_day=90)
        probed(database, "one", 3600, hours_ago=25)
        probed(database, "two", 36_000, hours_ago=1)
        probed(database, "one", 1800, hours_ago=22)
        probed(database, "one", 1799, hours_ago=10)
        submit(one)
        probed(database, "one", 1801, hours_ago=5)
        problem = refusal(one, asset="b")
        assert (problem["quota"], problem["limit"]) == ("minutes_a_day", 90)
        assert problem["retry_after_s"] == pytest.approx(2 * 3600, abs=60)
        submit(two)
        probed(database, "one", 3598, hours_ago=1)
        # two of them have to be a day ago before there is room
        assert refusal(one, asset="b")["retry_after_s"] == pytest.approx(14 * 3600, abs=60)
        hold_to(api, "one", minutes_a_day=0)
        assert refusal(one, asset="b")["retry_after_s"] == 24 * 3600


def send_rows(
    client: httpx.Client, numbers: Iterable[int], on_change: str = "conflict", **more: Any
) -> dict[str, Any]:
    rows = [
        json.dumps({**TITLE, "external_id": f"x-{n}", "asset": f"x{n}", **more}) for n in numbers
    ]
    answer = client.post(
        f"/v1/catalogs?name=c&on_change={on_change}",
        content="\n".join(rows),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 202, answer.text
    document: dict[str, Any] = answer.json()
    return document


def use(client: httpx.Client) -> int:
    waiting: int = client.get("/v1/tenants/one").json()["use"]["waiting_titles"]
    return waiting


@pytest.fixture(params=["rows", "jobs"])
def catalogs_wait_as(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog's titles are rows until their turn nears, and then jobs: both wait."""
    if request.param == "rows":
        monkeypatch.setattr("services.catalog_turns.begin_due", lambda *_: 0)


@pytest.mark.usefixtures("catalogs_wait_as")
def test_rows_of_catalogs_count_and_go_in_as_far_as_there_is_room(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two:
        hold_to(api, "one", waiting_titles=5)
        submit(one)
        sent = send_rows(one, range(7))
        assert (sent["accepted"], sent["rejected"], use(one)) == (4, 3, 5)
        assert [row["external_id"] for row in sent["rows"]] == ["x-4", "x-5", "x-6"]
        error = sent["rows"][0]["error"]
        assert (error["code"], error["retryable"], error["retry_after_s"]) == (
            *("quota_exceeded", True, 60.0),
        )
        assert "5 titles that wait, of 5 it may" in error["detail"]
        refusal(one, asset="b")
        assert send_rows(two, range(7))["accepted"] == 7
        again = send_rows(one, range(7))
        assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 4, 3)
        hold_to(api, "one", waiting_titles=6)
        again = send_rows(one, range(7))
        assert (again["accepted"], again["duplicate"], again["rejected"]) == (1, 4, 2)


@pytest.mark.usefixtures("catalogs_wait_as")
def test_rows_that_make_none_more_wait_and_tests_go_in_beyond_a_quota(api: ApiServer) -> None:
    with api.client("one") as one:
        hold_to(api, "one", waiting_titles=2)
        assert send_rows(one, [0, 1, 1, 0])["duplicate"] == 2
        assert send_rows(one, range(2, 6), mode="test")["accepted"] == 4
        assert use(one) == 2
        refusal(one, asset="b")
        assert send_rows(one, [2], "update")["rejected"] == 1  # no test any more


def test_a_waiting_row_is_replaced_though_the_quota_is_used_up(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalog_turns.begin_due", lambda *_: 0)
    with api.client("one") as one:
        hold_to(api, "one", waiting_titles=1)
        send_rows(one, [0])
        assert send_rows(one, [0], "update", priority=3)["updated"] == 1
        assert use(one) == 1


def test_titles_are_retried_as_far_as_there_is_room(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalog_turns.begin_due", lambda *_: 0)
    with api.client("one") as one:
        send_rows(one, range(5))
        send_rows(one, range(5, 7), mode="test")
        one.post("/v1/catalogs/c/cancel")
        hold_to(api, "one", waiting_titles=3)
        refused = one.post("/v1/catalogs/c/retry", json={})
        assert (refused.status_code, refused.json()["done"]) == (429, 3)
        assert one.get("/v1/catalogs/c").json()["titles"] == {"CANCELLED": 4, "WAITING": 3}
        assert one.post("/v1/catalogs/c/retry", json={}).json()["done"] == 0
        for number in (5, 6):  # tests
            asked = {"external_id": f"x-{number}"}
            assert one.post("/v1/catalogs/c/retry", json=asked).json() == {"titles": 1}
        hold_to(api, "one", waiting_titles=5)
        assert one.post("/v1/catalogs/c/retry", json={}).json() == {"titles": 2}


def test_jobs_of_a_filter_are_retried_as_far_as_there_is_room(api: ApiServer) -> None:
    with api.client("one") as one:
        for number in range(4):
            one.post(f"/v1/jobs/{submit(one, asset=f'f{number}')['id']}/cancel")
        hold_to(api, "one", waiting_titles=3)
        asked = {"action": "retry", "filter": {"state": ["CANCELLED"]}}
        refused = one.post("/v1/jobs/actions", json=asked)
        assert (refused.status_code, refused.json()["done"]) == (429, 3)
        assert refused.json()["quota"] == "waiting_titles"
        hold_to(api, "one")
        assert one.post("/v1/jobs/actions", json=asked).json() == {"jobs": 1}


def test_titles_of_a_catalog_wait_while_there_are_no_minutes_left(
    api: ApiServer, database: Database, wakeups: Wakeups
) -> None:
    settings = Settings(sources="any", origins="any")
    row = json.dumps({**TITLE, "external_id": "x"})
    with api.client("one") as one:
        hold_to(api, "one", minutes_a_day=1)
        probed(database, "one", 61, hours_ago=1)
        headers = {"Content-Type": "application/x-ndjson"}
        sent = one.post("/v1/catalogs?name=c", content=row, headers=headers)
        assert sent.json()["accepted"] == 1, sent.text
        assert begin_due(database, wakeups, settings) == 0
        assert one.get("/v1/catalogs/c").json()["titles"] == {"WAITING": 1}
        hold_to(api, "one")
        assert begin_due(database, wakeups, settings) == 1


def test_tests_are_outside_of_quotas(api: ApiServer, database: Database) -> None:
    with api.client("one") as one:
        hold_to(api, "one", waiting_titles=1, minutes_a_day=1)
        tests = [submit(one, mode="test", asset=f"t{n}")["id"] for n in range(3)]
        submit(one)
        refusal(one, asset="b")
        submit(one, mode="test", asset="t4")
        assert one.get("/v1/tenants/one").json()["use"]["waiting_titles"] == 1
        hold_to(api, "one", minutes_a_day=1)
        probed(database, "one", 600, hours_ago=1, job=tests[0])
        submit(one, asset="b")
        assert one.get("/v1/tenants/one").json()["use"]["minutes_in_a_day"] == 0.0


def test_a_title_that_is_made_again_is_taken_in_as_any_other(api: ApiServer) -> None:
    with api.client("one") as one:
        job = submit(one)["id"]
        one.post(f"/v1/jobs/{job}/cancel")
        hold_to(api, "one", waiting_titles=0)
        refused = one.post(f"/v1/jobs/{job}/retry", json={})
        assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
        hold_to(api, "one", waiting_titles=1)
        assert one.post(f"/v1/jobs/{job}/retry", json={}).status_code == 202


def test_workers_learn_what_operators_say_of_running_titles(
    api: ApiServer, database: Database
) -> None:
    with api.client("one"), api.client("two"):
        hold_to(api, "one", running_titles=3)
        hold_to(api, "two", waiting_titles=3)
        limits = CurrentLimits(database, Settings(titles_in_progress_per_tenant=9)).now()
        assert (limits.titles_of_tenant, limits.of_tenants) == (9, {"one": 3})
        hold_to(api, "one", running_titles=0)
        assert CurrentLimits(database, Settings()).now().of_tenants == {"one": 0}
        hold_to(api, "one")
        assert CurrentLimits(database, Settings()).now().of_tenants == {}
