"""Retention on a real PostgreSQL: parts that nobody needs go in their time, and no others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from farm.errors import Cancelled
from storage.postgres import artifacts, jobs, leases
from storage.postgres.models import Artifact, Job, Need, Step, Upload
from tests.service.retained import COST, FIRST, NOTHING, House, house
from workers.upkeep import retention as upkeep

__all__ = ["house"]  # a fixture


def test_a_part_goes_in_three_steps_its_record_last(house: House) -> None:
    job_id = house.submit(FIRST)
    house.make(house.claim(job_id), "abc")
    house.age(29)
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})
    house.age(31)  # it was used just now
    assert house.let_go() == replace(NOTHING, marked=1)
    assert (house.known("abc"), house.objects()) == (set(), ["abc"])
    house.keep_house()
    assert (house.objects(), house.count(Upload)) == ([], [0])
    with house.database.begin() as session:  # as the record reads it
        assert artifacts.of_job(session, job_id)["first"].facts == {"made": "abc"}
    house.age(60)
    assert house.let_go() == replace(NOTHING, jobs=1, parts=1)
    assert house.count(Job, Step, Need, Artifact) == [0, 0, 0, 0]


def test_what_an_unfinished_job_has_made_stays_however_old_it_is(house: House) -> None:
    job_id = house.submit()
    house.make(house.claim(job_id), "abc")
    house.age(1000)
    assert (house.let_go(), house.let_go(keep_work_s=0.0)) == (NOTHING, NOTHING)
    with house.database.begin() as session:
        jobs.pause(session, job_id)
    house.age(1000)
    assert house.let_go() == NOTHING
    with house.database.begin() as session:
        jobs.resume(session, job_id)
    house.make(house.claim(job_id, "second"), "def")
    assert house.let_go() == NOTHING  # its job has used it until now
    house.age(31)
    assert house.let_go() == replace(NOTHING, marked=2)


def test_a_job_that_ends_has_used_its_parts_until_then(house: House) -> None:
    job_id = house.submit()
    house.make(house.claim(job_id), "abc")
    house.age(100)
    house.end(job_id)
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})


def test_a_part_that_a_step_looked_up_counts_as_used(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    house.age(31)
    assert house.known("abc") == {"abc"}
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})


def test_a_use_is_written_down_once_an_hour(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")

    def used_at() -> object:
        with house.database.begin() as session:
            return session.scalar(select(Artifact.used_at))

    before = used_at()
    house.known("abc")
    assert used_at() == before
    house.age(2 / 24)
    aged = used_at()
    house.known("abc")
    assert used_at() != aged


def test_a_step_that_was_to_reuse_a_part_that_goes_meanwhile_starts_again(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    assert house.known("abc") == {"abc"}
    assert house.let_go(keep_work_s=0.0).marked == 1
    with pytest.raises(Cancelled, match="first: a part it was to reuse was just removed: it start"):
        house.reuse(claimed, "abc")
    with house.database.begin() as session:
        assert leases.stop(session, claimed) is not None
    second = house.claim(again)
    assert (second.epoch, house.known("abc")) == (2, set())
    house.make(second, "abc")  # in a folder of its own, before the old one is cleared
    assert house.let_go(keep_work_s=0.0) == NOTHING
    house.keep_house()
    assert (house.known("abc"), house.objects()) == ({"abc"}, ["abc"])
    assert len(house.claim(again, "second").found) == 1


def test_a_part_that_is_being_reused_is_not_removed_under_the_step(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    with house.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        assert house.let_go(keep_work_s=0.0) == NOTHING  # and does not wait for the step
    house.reuse(claimed, "abc")
    assert house.let_go(keep_work_s=0.0) == NOTHING


def test_retention_sees_what_was_reused_before_it_has_the_rows(house: House) -> None:
    """The step completes between the two statements of a mark: its part is seen to be in use."""
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    with ThreadPoolExecutor(1) as threads, house.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        leases.complete(session, claimed, {}, {"": "abc"}, (), COST)
        assert threads.submit(house.let_go, keep_work_s=0.0).result(60) == NOTHING
    assert house.let_go(keep_work_s=0.0) == NOTHING
    assert house.known("abc") == {"abc"}


def test_parts_in_use_do_not_hide_those_behind_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_AT_ONCE", 1)
    for number in range(3):
        house.make(house.claim(house.submit()), f"in-use-{number}")
    house.make(house.claim(house.submit(FIRST)), "unused")
    house.age(31)
    assert house.let_go() == replace(NOTHING, marked=1)
    assert house.known("unused", "in-use-0", "in-use-1") == {"in-use-0", "in-use-1"}
