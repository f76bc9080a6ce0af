"""Assets over HTTP, at real origins: looked at, rolled back, unpublished, published again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from farm.access import Scope
from farm.states import JobState
from services import pointing
from storage.objects.store import Headers
from storage.postgres import leases
from storage.postgres.claims import Claim
from storage.postgres.leases import Cost
from storage.postgres.models import AuditEntry, EventRow, Job
from tests.service.api_server import ApiServer, api_server
from tests.service.interrupted import (
    DAY_H,
    NOTHING,
    TITLE_OBJECTS,
    desk,
    interrupt,
    lead_to,
    numbered,
    tend,
)
from tests.service.publication import Desk, led_to_in_full, run
from tests.waiting import HANGS_AFTER_S

__all__ = ["desk"]  # a fixture

COST = Cost(1.0, 1.0, 1, None)


@pytest.fixture
def client(desk: Desk, database_url: str, broker_url: str) -> Iterator[httpx.Client]:
    settings = desk.settings.model_copy(update={"origins": "any", "sources": "any"})
    with api_server(database_url, broker_url, settings) as server, server.client() as client:
        yield client


def pointers(desk: Desk) -> list[str]:
    return [key for key in desk.objects(f"{desk.asset.folder}/") if key.count("/") == 2]


def complete(desk: Desk, claimed: Claim, mark: str) -> str:
    """Publish a title in the step of a job, complete that, and return the job's state."""
    run(desk.context(claimed, mark))
    with desk.database.begin() as session:
        leases.complete(session, claimed, {}, {}, (), COST)
        return session.scalars(select(Job.state).where(Job.id == claimed.job_id)).one()


def roll_back(client: httpx.Client, generation: int, **more: Any) -> httpx.Response:
    return client.post("/v1/assets/title/rollback", json={"generation": generation, **more})


def unpublish(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/assets/title/unpublish")


def shown(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/v1/assets/title")
    assert answer.status_code == 200, answer.text
    [at] = answer.json()["origins"]
    found: dict[str, Any] = at
    return found


def told(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of assets, as they were told."""
    with desk.database.begin() as session:
        rows = session.scalars(
            select(EventRow).where(EventRow.job_id.is_(None)).order_by(EventRow.id)
        )
        return [(row.type, row.data) for row in rows]


def test_an_asset_shows_what_is_live_and_what_was(desk: Desk, client: httpx.Client) -> None:
    desk.publish("one")
    desk.publish("two")
    interrupt(desk, "three")
    found = shown(client)
    assert (found["mode"], found["pending"]) == ("live", False)
    assert found["live"]["generation"] == 2
    assert found["live"]["hls"] == desk.origin.url("default/title/master.m3u8")
    assert found["live"]["dash"] == desk.origin.url("default/title/manifest.mpd")
    rows = [(each["number"], each["live"], each["rollback"]) for each in found["generations"]]
    assert rows == [(3, False, False), (2, True, False), (1, False, True)]
    times = [
        (bool(each["published_at"]), bool(each["superseded_at"])) for each in found["generations"]
    ]
    assert times == [(False, False), (True, False), (True, True)]
    record = client.get(f"/v1/jobs/{found['generations'][1]['job']}").json()
    assert record["state"] == "PUBLISHED"


def test_a_rollback_leads_players_to_the_earlier_generation(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    desk.publish("two")
    answer = roll_back(client, 1)
    assert (answer.status_code, answer.json()["generation"]) == (200, 1)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "published superseded"}
    assert shown(client)["live"]["generation"] == 1
    assert (tend(desk), led_to_in_full(desk.origin, desk.asset)) == (NOTHING, "one")
    assert told(desk) == [
        ("asset.rolled_back", {"asset": "title", "origin": desk.location, "generation": 1})
    ]
    with desk.database.begin() as session:
        [entry] = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "asset.rolled_back")
        )
    assert (entry.target, entry.detail["before"], entry.detail["generation"]) == ("title", 2, 1)
    assert roll_back(client, 2).status_code == 200  # and forth
    assert led_to_in_full(desk.origin, desk.asset) == "two"


def test_to_ask_again_changes_nothing(desk: Desk, client: httpx.Client) -> None:
    desk.publish("one")
    desk.publish("two")
    answers = [roll_back(client, 1).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    gone = [unpublish(client).json() for _ in range(3)]
    assert gone[0] == gone[1] == gone[2]
    assert [kind for kind, _ in told(desk)] == ["asset.rolled_back", "asset.unpublished"]


def test_a_key_makes_a_rollback_that_comes_late_the_one_it_was(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    desk.publish("two")
    once: dict[str, Any] = {"headers": {"Idempotency-Key": "back"}, "json": {"generation": 1}}
    first = client.post("/v1/assets/title/rollback", **once)
    desk.publish("three")
    again = client.post("/v1/assets/title/rollback", **once)
    assert (again.status_code, again.json()) == (200, first.json())
    assert led_to_in_full(desk.origin, desk.asset) == "three"


def test_a_job_that_was_submitted_before_a_rollback_ends_superseded(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    desk.publish("two")
    under_way = desk.claim()
    roll_back(client, 1)
    after = desk.claim()
    assert complete(desk, under_way, "late") == JobState.SUPERSEDED
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    error = client.get(f"/v1/jobs/{under_way.job_id}").json()["error"]
    assert error["detail"] == {"superseded_by": "rollback"}
    assert error["message"].startswith("nothing is wrong: title was rolled back after")
    assert complete(desk, after, "new") == JobState.PUBLISHED
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    # What came too late was made whole, and can be chosen all the same.
    assert roll_back(client, 3).status_code == 200
    assert led_to_in_full(desk.origin, desk.asset) == "late"


def test_a_rollback_to_what_is_live_holds_off_what_is_under_way(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    first = desk.claim()
    roll_back(client, 1)
    second = desk.claim()
    roll_back(client, 1)  # another one was submitted since: this is no repetition
    assert [complete(desk, job, mark) for job, mark in ((first, "a"), (second, "b"))] == [
        JobState.SUPERSEDED,
        JobState.SUPERSEDED,
    ]
    assert led_to_in_full(desk.origin, desk.asset) == "one"


def test_what_is_unpublished_has_no_pointers_and_goes_as_superseded_ones_do(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    desk.publish("two")
    under_way = desk.claim()
    assert unpublish(client).json()["generation"] is None
    assert pointers(desk) == []
    assert (shown(client)["live"], desk.rows()[2]) == (None, "published superseded")
    assert told(desk) == [
        ("asset.unpublished", {"asset": "title", "origin": desk.location, "generation": 2})
    ]
    assert complete(desk, under_way, "late") == JobState.SUPERSEDED
    error = client.get(f"/v1/jobs/{under_way.job_id}").json()["error"]
    assert error["detail"] == {"superseded_by": "unpublish"}
    assert (tend(desk), pointers(desk)) == (NOTHING, [])
    for number in (1, 2, 3):
        desk.age(number, DAY_H)
    assert tend(desk) == replace(NOTHING, generations=3, objects=3 * TITLE_OBJECTS)
    assert desk.objects() == []
    assert client.get("/v1/assets").json()["items"] == []
    assert (shown(client)["generations"], unpublish(client).status_code) == ([], 200)
    assert desk.publish("three").generation == 4
    assert led_to_in_full(desk.origin, desk.asset) == "three"


def test_what_was_unpublished_can_be_rolled_back_to_until_it_goes(
    desk: Desk, client: httpx.Client
) -> None:
    desk.publish("one")
    unpublish(client)
    assert roll_back(client, 1).status_code == 200
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert (tend(desk), desk.rows()) == (NOTHING, {1: "published"})


def test_there_is_no_way_back_to_what_is_not_whole(desk: Desk, client: httpx.Client) -> None:
    desk.publish("one")
    desk.publish("two")
    interrupt(desk, "three")
    assert roll_back(client, 3).status_code == 409  # nobody saw that all of it had arrived
    assert roll_back(client, 9).status_code == 404
    lost = f"{numbered(desk, 1).folder}/video/0.m4s"
    content = desk.origin.get_bytes(lost)
    desk.origin.put_bytes(lost, b"something else", Headers())
    refused = roll_back(client, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    desk.origin.delete(lost)
    assert roll_back(client, 1).json()["objects"] == TITLE_OBJECTS - 1
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    desk.origin.put_bytes(lost, content, Headers())
    assert roll_back(client, 1).status_code == 200
    desk.age(2, DAY_H)
    tend(desk)
    assert roll_back(client, 2).status_code in (404, 409)  # it is being removed, or gone


def test_a_rollback_waits_for_whoever_publishes(desk: Desk, client: httpx.Client) -> None:
    desk.publish("one")
    newer = desk.claim()
    reached, over = threading.Event(), threading.Event()
    calls = iter(range(TITLE_OBJECTS + 1))

    def check() -> None:
        if next(calls, None) is None:
            reached.set()
            assert over.wait(HANGS_AFTER_S)

    with ThreadPoolExecutor(2) as threads:
        publishing = threads.submit(run, replace(desk.context(newer, "two"), check_wanted=check))
        assert reached.wait(HANGS_AFTER_S)
        asked = threads.submit(roll_back, client, 1)
        over.set()
        assert (publishing.result().generation, asked.result().status_code) == (2, 200)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "published superseded"}


class Died(BaseException):
    """What stands for the end of a process."""


def die_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def reached(here: str) -> None:
        if here == name:
            raise Died

    monkeypatch.setattr(pointing, "reached", reached)


PLACES = ["decide.before-pointers", "decide.between-pointers", "decide.after-pointers"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("act", ["rollback", "unpublish"])
def test_what_was_decided_is_seen_to_whoever_dies_over_it(
    desk: Desk, place: str, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish("one")
    desk.publish("two")
    with monkeypatch.context() as armed:
        die_at(armed, place)
        with pytest.raises(Died):
            decide(desk, act)
    assert tend(desk) == replace(NOTHING, pointers=1)
    if act == "rollback":
        assert led_to_in_full(desk.origin, desk.asset) == "one"
    else:
        assert pointers(desk) == []
    assert tend(desk) == NOTHING
    # Whoever seemed dead may yet write: for a day somebody looks after it.
    lead_to(desk, 2)
    assert tend(desk) == replace(NOTHING, pointers=1)
    newer = desk.publish("three").generation
    assert (newer, led_to_in_full(desk.origin, desk.asset)) == (3, "three")
    lead_to(desk, 1)
    assert tend(desk) == replace(NOTHING, pointers=1)
    assert led_to_in_full(desk.origin, desk.asset) == "three"


def decide(desk: Desk, act: str) -> None:
    from farm.access import LOCAL
    from services import assets

    settings = desk.settings.model_copy(update={"origins": "any"})
    if act == "rollback":
        assets.roll_back(desk.database, settings, LOCAL, "title", None, 1, lambda _: {})
    else:
        assets.unpublish(desk.database, settings, LOCAL, "title", None, lambda _: {})


def test_to_ask_again_after_a_death_sees_to_it(
    desk: Desk, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish("one")
    desk.publish("two")
    with monkeypatch.context() as armed:
        die_at(armed, "decide.between-pointers")
        with pytest.raises(Died):
            decide(desk, "rollback")
    assert shown(client)["pending"] is True
    assert roll_back(client, 1).status_code == 200
    assert shown(client)["pending"] is False
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert tend(desk) == NOTHING


Submit = Callable[..., httpx.Response]


def test_assets_are_listed_by_name_page_by_page(desk: Desk, client: httpx.Client) -> None:
    for asset in ("b", "title", "a-film"):
        desk.publish("one", asset)
    unpublish(client)
    first = client.get("/v1/assets", params={"limit": 2}).json()
    last = client.get("/v1/assets", params={"limit": 2, "after": first["next"]}).json()
    names = [[each["asset"] for each in page["items"]] for page in (first, last)]
    assert (names, last["next"]) == ([["a-film", "b"], ["title"]], None)
    found = client.get("/v1/assets", params={"text": "FILM"}).json()["items"]
    assert [(each["asset"], each["origins"][0]["generation"]) for each in found] == [("a-film", 1)]
    assert last["items"][0]["origins"][0]["generation"] is None


def test_an_asset_at_several_origins_is_told_apart(
    database_url: str, broker_url: str, desk: Desk, client: httpx.Client
) -> None:
    elsewhere = replace(desk, location=f"{desk.location}-2")
    for there in (desk, elsewhere):
        there.publish("one")
        there.publish("two")
    refused = roll_back(client, 1)
    assert (refused.status_code, refused.json()["input"]) == (422, "origin")
    assert roll_back(client, 1, origin=f"{elsewhere.location}/").status_code == 200
    assert led_to_in_full(elsewhere.origin, elsewhere.asset) == "one"
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    assert roll_back(client, 1, origin="/nowhere").status_code == 404


def test_another_tenants_assets_are_as_if_they_were_not_there(
    desk: Desk, database_url: str, broker_url: str
) -> None:
    desk.publish("one")
    settings = desk.settings.model_copy(update={"origins": "any"})
    with api_server(database_url, broker_url, settings) as server:
        with server.client("other") as stranger:
            assert stranger.get("/v1/assets").json()["items"] == []
            answers = [
                stranger.get("/v1/assets/title"),
                roll_back(stranger, 1),
                unpublish(stranger),
                stranger.get("/v1/assets/absent"),
            ]
        assert [answer.status_code for answer in answers] == [404] * 4
        with server.client("*") as operator:
            assert shown(operator)["live"]["generation"] == 1
            assert roll_back(operator, 1).json()["tenant"] == "default"
        with server.client(scopes=(Scope.READ,)) as reader:
            assert (shown(reader)["live"]["generation"], unpublish(reader).status_code) == (1, 403)
    assert led_to_in_full(desk.origin, desk.asset) == "one"


def test_an_origin_the_tenant_may_no_longer_publish_to_is_left_alone(
    desk: Desk, database_url: str, broker_url: str
) -> None:
    desk.publish("one")
    settings = desk.settings.model_copy(update={"origins": "s3://elsewhere/"})
    server: ApiServer
    with api_server(database_url, broker_url, settings) as server, server.client() as client:
        refused = unpublish(client)
    assert (refused.status_code, refused.json()["code"]) == (403, "location_not_allowed")
    assert led_to_in_full(desk.origin, desk.asset) == "one"
