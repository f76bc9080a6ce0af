"""Titles that are only tried: published apart from all else, and gone once they had their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from farm.errors import InvalidSpec
from farm.spec import JobRequest, JobSpec, origin_of_tests, read_spec
from farm.states import JobState
from storage.objects.stores import open_store
from storage.postgres.models import Generation, Job
from tests.service.api_server import ApiServer
from tests.service.interrupted import NOTHING, TITLE_OBJECTS, desk, tend
from tests.service.publication import Desk, led_to_in_full, run

__all__ = ["desk"]  # a fixture

TITLE = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}
DAY_H = 25.0


class TrialDesk(Desk):
    """A desk that publishes tests."""

    def spec(self, asset: str = "title") -> JobSpec:
        return super().spec(asset).model_copy(update={"mode": "test"})


def trials_at(desk: Desk) -> TrialDesk:
    """Return the desk that publishes tests at the same origin."""
    apart = origin_of_tests(desk.location)
    return TrialDesk(desk.database, desk.make_context, desk.settings, desk.folder, apart)


def pass_time(desk: Desk, hours: float) -> None:
    """Let everything have happened so many hours earlier."""
    passed = timedelta(hours=hours)
    with desk.database.begin() as session:
        session.execute(
            update(Generation).values(
                created_at=Generation.created_at - passed,
                published_at=Generation.published_at - passed,
                superseded_at=Generation.superseded_at - passed,
                removing_at=Generation.removing_at - passed,
            )
        )
        session.execute(update(Job).values(finished_at=Job.finished_at - passed))


def test_a_test_is_published_apart_and_is_gone_a_day_after_its_end(desk: Desk) -> None:
    trials = trials_at(desk)
    desk.publish("live")
    trials.publish("test")
    assert led_to_in_full(desk.origin, desk.asset) == "live"
    assert led_to_in_full(trials.origin, trials.asset) == "test"
    assert trials.asset.origin == f"{desk.location}/_test"
    assert (tend(desk), len(trials.objects())) == (NOTHING, TITLE_OBJECTS + 2)
    pass_time(desk, 23.0)
    assert tend(desk) == NOTHING
    pass_time(desk, 2.0)
    # Its grace period is over as soon as it is: nobody but its makers ever had its URL.
    assert tend(desk) == replace(NOTHING, generations=1, objects=TITLE_OBJECTS)
    assert trials.objects() == []
    assert led_to_in_full(desk.origin, desk.asset) == "live"
    assert tend(desk) == NOTHING


def test_a_test_that_is_made_again_has_its_time_anew(desk: Desk) -> None:
    trials = trials_at(desk)
    trials.publish("one")
    pass_time(desk, 23.0)
    under_way = trials.claim()
    trials.publish("two")
    pass_time(desk, 2.0)
    assert tend(desk) == NOTHING  # another one of the same asset is under way
    trials.end(under_way, JobState.CANCELLED)
    assert tend(desk).generations == 1
    assert led_to_in_full(trials.origin, trials.asset) == "two"
    pass_time(desk, 23.0)
    assert tend(desk).generations == 1
    assert trials.objects() == []
    assert trials.publish("three").generation == 3


def test_a_test_that_ends_in_vain_leaves_nothing(desk: Desk) -> None:
    trials = trials_at(desk)
    claimed = trials.claim()
    run(trials.context(claimed, "one"))
    trials.end(claimed, JobState.CANCELLED)
    pass_time(desk, DAY_H)
    tend(desk)
    assert trials.objects() == []


def test_the_mode_is_shown_and_the_origin_is_apart(api: ApiServer) -> None:
    with api.client() as client:
        made = client.post("/v1/jobs", json={**TITLE, "mode": "test"})
        assert made.status_code == 202, made.text
        record = client.get(made.json()["links"]["self"]).json()
        client.post("/v1/jobs", json=TITLE)
        modes = [job["mode"] for job in client.get("/v1/jobs").json()["items"]]
    assert (record["mode"], modes) == ("test", ["live", "test"])
    with api.database.begin("*") as session:
        spec = session.get_one(Job, made.json()["id"]).spec
    assert (spec["mode"], spec["origin"]) == ("test", "/tmp/reelfarm-test-origin/_test")


@pytest.mark.parametrize("origin", ["/out/_test", "s3://bucket/_test/default", "file:///o/_test/"])
def test_nothing_else_is_published_where_tests_are(api: ApiServer, origin: str) -> None:
    with api.client() as client:
        for mode in ("live", "test"):
            answer = client.post("/v1/jobs", json={**TITLE, "origin": origin, "mode": mode})
            assert (answer.status_code, answer.json()["input"]) == (422, "origin")


@pytest.mark.parametrize(
    ("mode", "origin"),
    [("live", "/out/_test"), ("test", "/out"), ("test", "/_test/_test"), ("live", "/_test/out")],
)
def test_a_spec_keeps_tests_apart(mode: str, origin: str, desk: Desk) -> None:
    fields: dict[str, Any] = desk.spec().model_dump()
    with pytest.raises(InvalidSpec, match="tests, and they alone, are published below _test"):
        read_spec({**fields, "mode": mode, "origin": origin})


def test_a_root_has_tests_too(desk: Desk) -> None:
    assert origin_of_tests("/") == "/_test"
    assert origin_of_tests("s3://bucket") == "s3://bucket/_test"
    assert JobRequest(source="/a.mp4", mode="test").mode == "test"
    fields: dict[str, Any] = desk.spec().model_dump()
    assert read_spec({**fields, "mode": "test", "origin": "/_test"}).origin == "/_test"
    store = open_store("/_test", desk.settings)
    assert store.url("a") == "file:///_test/a"
