"""Leases and wakeups that are lost: found and given to another, the earlier owner fenced off."""

from __future__ import annotations

import pytest

from farm.access import EVERY_TENANT
from farm.errors import Cancelled
from farm.plan import Resource
from storage.postgres import artifacts, control, jobs, leases, reconcile
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup
from tests.service.leased import beat, finish, ids, reap, states, submit, take


def test_an_expired_lease_is_taken_back_and_its_old_owner_fenced_off(database: Database) -> None:
    job_id, [a] = submit(database)
    old = take(database, a, lease_s=-0.01)
    assert reap(database) == [a]
    assert not beat(database, old)
    with pytest.raises(Cancelled, match="lease was lost"):
        finish(database, old)
    with database.begin() as session:
        assert artifacts.known(session, [f"{job_id[:8]}-a"]) == {}
    new = take(database, a)
    assert new.epoch == old.epoch + 2
    assert len(finish(database, new)) == 2


def test_a_beat_renews_the_lease(database: Database) -> None:
    _, [a] = submit(database)
    claimed = take(database, a, lease_s=-0.01)
    assert beat(database, claimed, 0.25)
    assert reap(database) == []
    with database.begin() as session:
        assert session.get_one(Step, a).progress == 0.25


def test_the_third_lost_lease_quarantines_and_fails_the_job(database: Database) -> None:
    job_id, [a] = submit(database)
    queued: list[list[int]] = []
    for _ in range(3):
        assert take(database, a, lease_s=-0.01).isolated == (len(queued) == 2)
        queued.append(reap(database))
    assert queued == [[a], [a], []]
    assert states(database, job_id) == {
        "a": "QUARANTINED",
        "b": "CANCELLED",
        "c": "CANCELLED",
        "d": "CANCELLED",
    }
    with database.begin() as session:
        error = session.get_one(Job, job_id).error
    assert error is not None
    assert (error["code"], error["detail"]) == (
        "quarantined",
        {"worker": "here:1", "lost_leases": 3},
    )


def test_holding_a_lease_keeps_others_from_taking_it_and_fails_when_it_is_gone(
    database: Database,
) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        leases.secure(session, claimed)
    with database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    with (
        pytest.raises(Cancelled, match="its job or lease ended"),
        database.begin() as session,
    ):
        leases.secure(session, claimed)


def test_leases_of_a_stack_that_is_gone_are_released_uncounted(database: Database) -> None:
    _, [a] = submit(database)
    take(database, a)
    with database.begin() as session:
        assert ids(reconcile.release_all(session)) == [a]
        assert session.get_one(Step, a).lost_leases == 0


def test_a_job_held_by_somebody_does_not_hold_up_the_reaping_of_others(database: Database) -> None:
    held_id, [held] = submit(database)
    _, [free] = submit(database)
    for step in (held, free):
        take(database, step, lease_s=-0.01)
    with database.begin() as session:
        jobs.lock(session, held_id)
        assert reap(database) == [free]
    assert reap(database) == [held]


def test_steps_whose_wakeup_was_lost_are_found(database: Database) -> None:
    _, [a] = submit(database)
    with database.begin() as session:
        assert ids(reconcile.due_for_waking(session, 30)) == [a]
    with database.begin() as session:
        assert reconcile.due_for_waking(session, 30) == []
        assert ids(reconcile.due_for_waking(session, 0)) == [a]
    with database.begin() as session:
        reconcile.mark_unwoken(session, [Wakeup(a, Resource.CPU)])
        assert ids(reconcile.due_for_waking(session, 30)) == [a]
