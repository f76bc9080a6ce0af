"""Pointers that a late publisher moved are brought back to a sound, current generation."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from sqlalchemy import update

from farm.states import JobState
from services.origin import pointer_keys, pointers_to
from storage.objects.store import Headers
from storage.postgres.models import Step
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

__all__ = ["desk"]  # a fixture


def test_a_pointer_that_a_suspended_publisher_wrote_late_is_brought_back(desk: Desk) -> None:
    claimed = desk.claim()
    run(desk.context(claimed, "one"))
    with desk.database.begin() as session:  # the lease was lost, and a second attempt completed
        session.execute(update(Step).where(Step.id == claimed.step_id).values(attempts=2))
    desk.end(claimed, JobState.PUBLISHED)
    desk.publish("two")
    desk.age(1, DAY_H)
    lead_to(desk, 1)
    assert tend(desk) == replace(NOTHING, pointers=1)
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    # Players were led to the old generation until now: it stays for its time.
    assert desk.rows() == {1: "published superseded", 2: "published"}
    assert (tend(desk), led_to_in_full(desk.origin, desk.asset)) == (NOTHING, "two")
    desk.age(1, DAY_H)
    assert tend(desk).generations == 1


@pytest.mark.parametrize("moved", [[0], [1], [0, 1]])
def test_pointers_of_a_job_that_ended_in_vain_are_brought_back(
    desk: Desk, moved: list[int]
) -> None:
    desk.publish("one")
    interrupt(desk, "two", JobState.FAILED)
    pointers = pointers_to(desk.origin, numbered(desk, 2))
    for which in moved:
        pointers[which].put(desk.origin)
    assert tend(desk) == replace(NOTHING, pointers=1)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "superseded"}
    desk.age(2, DAY_H)
    assert tend(desk) == replace(NOTHING, generations=1, objects=TITLE_OBJECTS)


@pytest.mark.parametrize("damaged", ["manifest.mpd", "master.m3u8"])
def test_pointers_stay_where_the_current_manifests_are_damaged(
    desk: Desk, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    current = desk.publish("one").origin_prefix
    interrupt(desk, "two")
    lead_to(desk, 2)
    desk.origin.put_bytes(f"{current}/{damaged}", b"\xff", Headers())
    with caplog.at_level(logging.WARNING):
        assert tend(desk) == NOTHING
    [message] = [record.getMessage() for record in caplog.records]
    assert message.endswith(
        f"the manifests in {desk.origin.url(current)} are damaged: submit the title again"
    )
    assert led_to_in_full(desk.origin, desk.asset) == "two"


def test_what_pointers_lead_to_stays_though_it_never_was_published(desk: Desk) -> None:
    interrupt(desk, "one")
    lead_to(desk, 1)
    assert (tend(desk), led_to_in_full(desk.origin, desk.asset)) == (NOTHING, "one")


def test_pointers_that_were_taken_away_are_not_brought_back(desk: Desk) -> None:
    desk.publish("one")
    interrupt(desk, "two")
    for key in pointer_keys(desk.asset):
        desk.origin.delete(key)
    assert tend(desk).pointers == 0
    assert [desk.origin.head(key) for key in pointer_keys(desk.asset)] == [None, None]
