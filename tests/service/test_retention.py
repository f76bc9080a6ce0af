"""Retention on a real PostgreSQL: parts that nobody needs go in their time, and no others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from farm.access import EVERY_TENANT
from farm.errors import Cancelled
from storage.postgres import artifacts, control, leases
from storage.postgres.models import Artifact, Job, Need, Step, Upload
from tests.service.retained import COST, FIRST, NOTHING, OldFarm, farm
from workers.upkeep import retention as upkeep

__all__ = ["farm"]  # a fixture


def test_a_part_goes_in_three_steps_its_record_last(farm: OldFarm) -> None:
    job_id = farm.submit(FIRST)
    farm.make(farm.claim(job_id), "abc")
    farm.age(29)
    assert (farm.let_go(), farm.known("abc")) == (NOTHING, {"abc"})
    farm.age(31)  # it was used just now
    assert farm.let_go() == replace(NOTHING, marked=1)
    assert (farm.known("abc"), farm.objects()) == (set(), ["abc"])
    farm.keep_house()
    assert (farm.objects(), farm.count(Upload)) == ([], [0])
    with farm.database.begin() as session:  # as the record reads it
        assert artifacts.of_job(session, job_id)["first"].facts == {"made": "abc"}
    farm.age(61)
    assert farm.let_go() == replace(NOTHING, jobs=1, parts=1)
    assert farm.count(Job, Step, Need, Artifact) == [0, 0, 0, 0]


def test_what_an_unfinished_job_has_made_stays_however_old_it_is(farm: OldFarm) -> None:
    job_id = farm.submit()
    farm.make(farm.claim(job_id), "abc")
    farm.age(1000)
    assert (farm.let_go(), farm.let_go(keep_work_s=0.0)) == (NOTHING, NOTHING)
    with farm.database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    farm.age(1000)
    assert farm.let_go() == NOTHING
    with farm.database.begin() as session:
        control.resume(session, EVERY_TENANT, job_id)
    farm.make(farm.claim(job_id, "second"), "def")
    assert farm.let_go() == NOTHING  # its job has used it until now
    farm.age(31)
    assert farm.let_go() == replace(NOTHING, marked=2)


def test_a_job_that_ends_has_used_its_parts_until_then(farm: OldFarm) -> None:
    job_id = farm.submit()
    farm.make(farm.claim(job_id), "abc")
    farm.age(100)
    farm.end(job_id)
    assert (farm.let_go(), farm.known("abc")) == (NOTHING, {"abc"})


def test_a_part_that_a_step_looked_up_counts_as_used(farm: OldFarm) -> None:
    farm.make(farm.claim(farm.submit(FIRST)), "abc")
    farm.age(31)
    assert farm.known("abc") == {"abc"}
    assert (farm.let_go(), farm.known("abc")) == (NOTHING, {"abc"})


def test_a_use_is_written_down_once_an_hour(farm: OldFarm) -> None:
    farm.make(farm.claim(farm.submit(FIRST)), "abc")

    def used_at() -> object:
        with farm.database.begin() as session:
            return session.scalar(select(Artifact.used_at))

    before = used_at()
    farm.known("abc")
    assert used_at() == before
    farm.age(2 / 24)
    aged = used_at()
    farm.known("abc")
    assert used_at() != aged


def test_a_step_that_was_to_reuse_a_part_that_goes_meanwhile_starts_again(farm: OldFarm) -> None:
    farm.make(farm.claim(farm.submit(FIRST)), "abc")
    again = farm.submit()
    claimed = farm.claim(again)
    assert farm.known("abc") == {"abc"}
    assert farm.let_go(keep_work_s=0.0).marked == 1
    with pytest.raises(Cancelled, match="first: a part it was to reuse was just removed: it start"):
        farm.reuse(claimed, "abc")
    with farm.database.begin() as session:
        assert leases.stop(session, claimed) is not None
    second = farm.claim(again)
    assert (second.epoch, farm.known("abc")) == (2, set())
    farm.make(second, "abc")  # in a folder of its own, before the old one is cleared
    assert farm.let_go(keep_work_s=0.0) == NOTHING
    farm.keep_house()
    assert (farm.known("abc"), farm.objects()) == ({"abc"}, ["abc"])
    assert len(farm.claim(again, "second").found) == 1


def test_a_part_that_is_being_reused_is_not_removed_under_the_step(farm: OldFarm) -> None:
    farm.make(farm.claim(farm.submit(FIRST)), "abc")
    again = farm.submit()
    claimed = farm.claim(again)
    with farm.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        assert farm.let_go(keep_work_s=0.0) == NOTHING  # and does not wait for the step
    farm.reuse(claimed, "abc")
    assert farm.let_go(keep_work_s=0.0) == NOTHING


def test_retention_sees_what_was_reused_before_it_has_the_rows(farm: OldFarm) -> None:
    """The step completes between the two statements of a mark: its part is seen to be in use."""
    farm.make(farm.claim(farm.submit(FIRST)), "abc")
    again = farm.submit()
    claimed = farm.claim(again)
    with ThreadPoolExecutor(1) as threads, farm.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        leases.complete(session, claimed, {}, {"": "abc"}, (), COST)
        assert threads.submit(farm.let_go, keep_work_s=0.0).result(60) == NOTHING
    assert farm.let_go(keep_work_s=0.0) == NOTHING
    assert farm.known("abc") == {"abc"}


def test_parts_in_use_do_not_hide_those_behind_them(
    farm: OldFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_AT_ONCE", 1)
    for number in range(3):
        farm.make(farm.claim(farm.submit()), f"in-use-{number}")
    farm.make(farm.claim(farm.submit(FIRST)), "unused")
    farm.age(31)
    assert farm.let_go() == replace(NOTHING, marked=1)
    assert farm.known("unused", "in-use-0", "in-use-1") == {"in-use-0", "in-use-1"}
