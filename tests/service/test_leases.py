"""Claim, beat, complete on a real PostgreSQL: one owner at a time, earlier ones fenced off."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from farm.errors import Cancelled
from farm.parts import Part
from farm.plan import StepPlan
from farm.states import JobState, StepState
from storage import jobs, leases, parts, reconcile
from storage.database import Database
from storage.models import Job, Step
from tests.conftest import a_spec

COST = leases.Cost(1.0, 2.0, 3, None)
DIAMOND = (
    StepPlan("a", "ingest"),
    StepPlan("b", "audio", inputs=("a",)),
    StepPlan("c", "text", inputs=("a",)),
    StepPlan("d", "package", inputs=("b", "c")),
)


def submit(database: Database, *steps: StepPlan) -> tuple[str, list[int]]:
    with database.begin() as session:
        return jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), steps or DIAMOND, "request")


def take(database: Database, step_id: int, lease_s: float = 60.0) -> leases.Claim:
    with database.begin() as session:
        claimed = leases.claim(session, step_id, "here:1", lease_s)
    assert claimed is not None
    return claimed


def finish(database: Database, claimed: leases.Claim, *more: StepPlan) -> list[int]:
    with database.begin() as session:
        made = {"": (f"{claimed.job_id[:8]}-{claimed.key}", Part({"key": claimed.key}))}
        prints = {name: fingerprint for name, (fingerprint, _) in made.items()}
        return leases.complete(session, claimed, made, prints, more, COST)


def states(database: Database, job_id: str) -> dict[str, str]:
    with database.begin() as session:
        rows = session.execute(select(Step.key, Step.state).where(Step.job_id == job_id))
        return dict(rows.all())


def job_state(database: Database, job_id: str) -> str:
    with database.begin() as session:
        return session.get_one(Job, job_id).state


def test_only_steps_without_needs_start(database: Database) -> None:
    job_id, free = submit(database)
    assert len(free) == 1
    assert states(database, job_id) == {
        "a": "QUEUED",
        "b": "BLOCKED",
        "c": "BLOCKED",
        "d": "BLOCKED",
    }


def test_a_diamond_runs_to_the_end_and_its_parts_can_be_read(database: Database) -> None:
    job_id, [a] = submit(database)
    b, c = finish(database, take(database, a))
    assert job_state(database, job_id) == JobState.RUNNING
    assert finish(database, take(database, b)) == []
    [d] = finish(database, take(database, c))
    assert finish(database, take(database, d)) == []
    assert job_state(database, job_id) == JobState.PUBLISHED
    with database.begin() as session:
        made = parts.of_job(session, job_id)
        inputs = parts.of_inputs(session, job_id, ["b", "c"])
    assert {ref: part.facts for ref, part in made.items()} == {k: {"key": k} for k in "abcd"}
    assert set(inputs) == {"b", "c"}


def test_a_step_can_grow_the_job(database: Database) -> None:
    job_id, [a] = submit(database, StepPlan("a", "ladder"))
    freed = finish(database, take(database, a), StepPlan("e", "encode", inputs=("a",)))
    assert len(freed) == 1
    assert (states(database, job_id)["e"], job_state(database, job_id)) == ("QUEUED", "RUNNING")


def test_of_many_claims_one_wins(database: Database) -> None:
    _, [a] = submit(database)
    won: list[leases.Claim] = []

    def claim() -> None:
        with database.begin() as session:
            if claimed := leases.claim(session, a, "here:1", 60):
                won.append(claimed)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claimed.epoch for claimed in won] == [1]


def test_last_predecessors_that_finish_together_free_their_successor_once(
    database: Database,
) -> None:
    for _ in range(10):
        job_id, [a] = submit(database)
        claims = [take(database, step) for step in finish(database, take(database, a))]
        with ThreadPoolExecutor() as pool:
            freed = list(pool.map(lambda claimed: finish(database, claimed), claims))
        assert sorted(len(steps) for steps in freed) == [0, 1]
        assert states(database, job_id)["d"] == "QUEUED"


def test_an_expired_lease_is_taken_back_and_its_old_owner_fenced_off(database: Database) -> None:
    job_id, [a] = submit(database)
    old = take(database, a, lease_s=-1)
    with database.begin() as session:
        assert reconcile.reap_expired(session) == [a]
    with database.begin() as session:
        assert not leases.beat(session, old, 60, 0.5)
    with pytest.raises(Cancelled, match="lease was lost"):
        finish(database, old)
    with database.begin() as session:
        assert parts.known(session, [f"{job_id[:8]}-a"]) == {}
    new = take(database, a)
    assert new.epoch == old.epoch + 2
    assert len(finish(database, new)) == 2


def test_a_beat_renews_the_lease(database: Database) -> None:
    _, [a] = submit(database)
    claimed = take(database, a, lease_s=-1)
    with database.begin() as session:
        assert leases.beat(session, claimed, 60, 0.25)
    with database.begin() as session:
        assert reconcile.reap_expired(session) == []
        assert session.get_one(Step, a).progress == 0.25


def test_the_third_lost_lease_quarantines_and_fails_the_job(database: Database) -> None:
    job_id, [a] = submit(database)
    queued = []
    for _ in range(3):
        take(database, a, lease_s=-1)
        with database.begin() as session:
            queued.append(reconcile.reap_expired(session))
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
        leases.hold(session, claimed)
    with database.begin() as session:
        jobs.request_cancel(session, job_id)
    with (
        pytest.raises(Cancelled, match="its job or lease ended"),
        database.begin() as session,
    ):
        leases.hold(session, claimed)


def test_a_step_of_an_ended_job_is_neither_claimed_nor_retried(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        jobs.request_cancel(session, job_id)
    with database.begin() as session:
        leases.retry_later(session, claimed, {"code": "tool_failed"}, backoff_s=0)
        assert leases.claim(session, a, "here:1", 60) is None
    assert states(database, job_id)["a"] == StepState.CANCELLED


def test_leases_of_a_stack_that_is_gone_are_released_uncounted(database: Database) -> None:
    _, [a] = submit(database)
    take(database, a)
    with database.begin() as session:
        assert reconcile.release_all(session) == [a]
        assert session.get_one(Step, a).lost_leases == 0


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
            assert leases.claim(session, a, "here:1", 60) is None
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
        assert jobs.request_cancel(session, job_id) == JobState.CANCELLED
    with database.begin() as session:
        assert not leases.beat(session, claimed, 60, 0.5)
        leases.stop(session, claimed)
    assert set(states(database, job_id).values()) == {StepState.CANCELLED}


def test_a_step_stopped_while_its_job_goes_on_is_queued_again(database: Database) -> None:
    job_id, [a] = submit(database)
    with database.begin() as session:
        leases.stop(session, take(database, a))
    assert states(database, job_id)["a"] == StepState.QUEUED


def test_bells_that_were_lost_are_found(database: Database) -> None:
    _, [a] = submit(database)
    with database.begin() as session:
        assert reconcile.due_for_ringing(session, 30) == [a]
    with database.begin() as session:
        assert reconcile.due_for_ringing(session, 30) == []
        assert reconcile.due_for_ringing(session, 0) == [a]


def test_an_unfinished_job_is_found_by_its_request(database: Database) -> None:
    job_id, [a] = submit(database, StepPlan("a", "ingest"))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") == job_id
        assert jobs.find_unfinished(session, "another") is None
    finish(database, take(database, a))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") is None
