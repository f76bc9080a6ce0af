"""Events: told with what makes them true, in an order in which none is ever missed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from farm.access import EVERY_TENANT
from farm.errors import InvalidSpec
from farm.events import EventType, News
from storage.postgres import events
from storage.postgres.database import Database
from storage.postgres.events import BEGINNING, EventCursor, Wanted, read_cursor
from storage.postgres.models import Job
from tests.service.api_server import ApiServer
from tests.service.test_api_jobs import submit

ALL = Wanted(EVERY_TENANT)


def add_job(database: Database, job_id: str, tenant: str = "default") -> None:
    with database.begin() as session:
        session.add(Job(id=job_id, tenant=tenant, asset="film", request="r", spec={"source": "a"}))


def tell(session: Any, job_id: str, note: int) -> None:
    events.tell(session, job_id, [News(EventType.WARNING, {"note": note})])


def notes(found: list[events.StoredEvent]) -> list[int]:
    return [event.data["note"] for event in found]


def test_commits_out_of_order_hide_no_event_from_a_reader(database: Database) -> None:
    for job in ("slow", "quick"):
        add_job(database, job)
    seen: list[int] = []
    place = BEGINNING
    with database.begin() as slow:
        tell(slow, "slow", 1)
        with database.begin() as quick:
            tell(quick, "quick", 2)
        # The second is committed, and has the higher number: who took it now would miss the first.
        with database.begin() as reader:
            assert events.read(reader, place, ALL, 10) == []
            assert events.held_back(reader)
    with database.begin() as reader:
        found = events.read(reader, place, ALL, 10)
        seen, place = notes(found), found[-1].cursor
        assert not events.held_back(reader)
        assert events.read(reader, place, ALL, 10) == []
        assert events.newest(reader) == place
    assert seen == [1, 2]


def test_many_writers_and_a_reader_that_goes_on_from_where_it_was(database: Database) -> None:
    writers, each = 6, 40
    for number in range(writers):
        add_job(database, f"job-{number}")

    def write(number: int) -> None:
        for note in range(each):
            with database.begin() as session:
                tell(session, f"job-{number}", number * each + note)
                time.sleep(0.002 * (note % 3))  # so that commits overtake one another

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    place = BEGINNING
    deadline = time.monotonic() + 60
    while len(seen) < writers * each and time.monotonic() < deadline:
        with database.begin() as reader:
            found = events.read(reader, place, ALL, 7)
        seen += notes(found)
        place = found[-1].cursor if found else place
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(writers * each))
    assert len(seen) == len(set(seen))


def test_what_is_rolled_back_was_never_told(database: Database) -> None:
    add_job(database, "job")
    with database.begin() as session:
        tell(session, "job", 1)
        session.rollback()
    with database.begin() as session:
        assert events.read(session, BEGINNING, ALL, 10) == []


def test_a_reader_gets_what_it_wants_and_no_more(database: Database) -> None:
    for job, tenant in (("one", "a"), ("two", "b")):
        add_job(database, job, tenant)
    with database.begin() as session:
        for note, job in enumerate(("one", "two", "one")):
            tell(session, job, note)

    def read(**wanted: Any) -> list[int]:
        with database.begin() as session:
            return notes(events.read(session, BEGINNING, Wanted(**wanted), 10))

    assert read(tenant="a") == [0, 2]
    assert read(tenant="b", job_id="one") == []
    assert read(tenant=EVERY_TENANT, job_id="two") == [1]
    assert read(tenant="a", types=frozenset({"job.accepted"})) == []


def test_events_of_another_cluster_come_first(database: Database) -> None:
    add_job(database, "job")
    with database.begin() as session:
        tell(session, "job", 1)
        session.connection().exec_driver_sql("UPDATE event SET xact = 4000000000000")
    with database.begin() as session:
        assert events.read(session, BEGINNING, ALL, 10) == []
        events.adopt(session)
        tell(session, "job", 2)
    with database.begin() as session:
        assert notes(events.read(session, BEGINNING, ALL, 10)) == [1, 2]


@pytest.mark.parametrize("text", ["", "1", "1-", "-1-2", "1-2-3", "1-" + "9" * 30, "a-b"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match="no place among the events"):
        read_cursor(text)
    assert read_cursor("12-7") == EventCursor(12, 7)


@contextmanager
def following(
    client: httpx.Client, path: str, **headers: str
) -> Iterator[Iterator[dict[str, Any]]]:
    """Follow a stream; give its events as they come."""
    with client.stream("GET", path, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        yield (
            json.loads(line.removeprefix("data: "))
            for line in answer.iter_lines()
            if line.startswith("data: ")
        )


def test_a_title_is_followed_live_to_its_end(api: ApiServer) -> None:
    with api.client() as client:
        job = submit(client)["id"]
        with following(client, f"/v1/jobs/{job}/events") as live:
            assert next(live)["type"] == "job.accepted"
            client.post(f"/v1/jobs/{job}/pause")
            paused = next(live)
            client.post(f"/v1/jobs/{job}/cancel")
            assert [paused["type"], *(event["type"] for event in live)] == [
                "job.paused",
                "job.cancelled",
            ]
        since = {"Last-Event-ID": paused["id"]}
        with following(client, f"/v1/jobs/{job}/events", **since) as again:
            assert [event["type"] for event in again] == ["job.cancelled"]
        last = client.get("/v1/events", params={"job": job}).json()["next"]
        over = client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": last})
        assert over.status_code == 204


def test_events_are_read_again_page_by_page(api: ApiServer) -> None:
    with api.client() as client:
        jobs = [submit(client, asset=f"film-{number}")["id"] for number in range(5)]
        seen: list[str] = []
        after: dict[str, str] = {}
        while page := client.get("/v1/events", params={"limit": 2, **after}).json()["events"]:
            seen += [event["job"] for event in page]
            after = {"after": page[-1]["id"]}
        assert seen == jobs
        unknown = client.get("/v1/events", params={"type": "job.happy"})
        assert unknown.json()["errors"][0]["field"] == "type.0"


def test_one_tenant_does_not_hear_of_another(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        with following(two, "/v1/events/stream") as live:
            job = submit(one)["id"]
            mine = submit(two)["id"]
            assert next(live)["job"] == mine
        assert two.get(f"/v1/jobs/{job}/events").status_code == 404
        assert two.get("/v1/events", params={"job": job}).status_code == 404
        heard = operator.get("/v1/events").json()["events"]
        assert [(event["tenant"], event["job"]) for event in heard] == [("one", job), ("two", mine)]
