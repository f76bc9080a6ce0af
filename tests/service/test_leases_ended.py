"""Leases of steps that fail, try again, are stopped or paused: what starts then, what cannot."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from farm.access import EVERY_TENANT
from farm.errors import Conflict
from farm.plan import Resource
from farm.states import JobState, StepState
from storage.postgres import control, leases
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup
from tests.service.leased import (
    beat,
    finish,
    ids,
    job_state,
    reap,
    states,
    submit,
    take,
    try_to_take,
)


def test_a_step_of_an_ended_job_is_neither_claimed_nor_retried(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    with database.begin() as session:
        leases.retry_later(session, claimed, {"code": "tool_failed"}, backoff_s=0)
    assert try_to_take(database, a) is None
    assert states(database, job_id)["a"] == StepState.CANCELLED


def test_a_retryable_error_waits_twice_as_long_each_time(database: Database) -> None:
    _, [a] = submit(database)
    pauses = []
    for _ in range(3):
        with database.begin() as session:
            session.execute(update(Step).where(Step.id == a).values(not_before=None))
        claimed = take(database, a)
        with database.begin() as session:
            leases.retry_later(session, claimed, {"code": "tool_failed"}, backoff_s=100)
            pause = select(func.extract("epoch", Step.not_before - func.now()))
            pauses.append(round(session.scalar(pause.where(Step.id == a)) or 0))
        assert try_to_take(database, a) is None
    assert pauses == [100, 200, 400]


def test_a_failed_step_ends_its_job(database: Database) -> None:
    job_id, [a] = submit(database)
    error = {"code": "invalid_source", "message": "a.mp4: empty", "detail": {}}
    with database.begin() as session:
        leases.fail(session, take(database, a), error, JobState.FAILED)
    assert job_state(database, job_id) == JobState.FAILED
    assert set(states(database, job_id).values()) == {"FAILED", "CANCELLED"}
    with database.begin() as session:
        assert session.get_one(Job, job_id).error == {**error, "step": "a"}


def test_cancelling_reaches_a_running_step_through_its_heartbeat(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        assert control.request_cancel(session, EVERY_TENANT, job_id) == JobState.CANCELLED
    assert not beat(database, claimed)
    with database.begin() as session:
        assert leases.stop(session, claimed) is None
    assert set(states(database, job_id).values()) == {StepState.CANCELLED}


def test_a_step_stopped_while_its_job_goes_on_is_queued_again(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        assert leases.stop(session, claimed) == Wakeup(a, Resource.CPU)
    assert states(database, job_id)["a"] == StepState.QUEUED


def test_a_paused_job_ends_what_runs_and_starts_nothing(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        assert control.pause(session, EVERY_TENANT, job_id) == JobState.PAUSED
    assert beat(database, claimed)
    assert finish(database, claimed) == []
    assert states(database, job_id) == {"a": "DONE", "b": "BLOCKED", "c": "BLOCKED", "d": "BLOCKED"}
    with database.begin() as session:
        state, freed = control.resume(session, EVERY_TENANT, job_id)
    assert (state, len(freed)) == (JobState.RUNNING, 2)


def test_pausing_holds_back_what_is_queued_and_what_is_given_back(database: Database) -> None:
    job_id, [a] = submit(database)
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    assert (states(database, job_id)["a"], try_to_take(database, a)) == ("BLOCKED", None)
    with database.begin() as session:
        assert ids(control.resume(session, EVERY_TENANT, job_id)[1]) == [a]
    take(database, a, lease_s=-0.01)
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    assert (reap(database), states(database, job_id)["a"]) == ([], "BLOCKED")
    with database.begin() as session:
        assert ids(control.resume(session, EVERY_TENANT, job_id)[1]) == [a]


def test_a_job_that_has_ended_can_be_neither_paused_nor_resumed(database: Database) -> None:
    job_id, _ = submit(database)
    with database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    for change in (control.pause, control.resume):
        with (
            pytest.raises(Conflict, match=r"has ended \(CANCELLED\): submit the title again"),
            database.begin() as session,
        ):
            change(session, EVERY_TENANT, job_id)
