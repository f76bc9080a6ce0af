"""Claim, beat, complete on a real PostgreSQL: one owner at a time, earlier ones fenced off."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from farm.errors import Cancelled, InvalidSpec
from farm.parts import Part
from farm.plan import Resource, StepPlan
from farm.states import JobState, StepState
from storage.postgres import artifacts, claims, jobs, leases, reconcile
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup
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
        spec = a_spec(Path("a.mp4"), Path("out"))
        job_id, freed = jobs.submit(session, spec, steps or DIAMOND, "request")
    return job_id, ids(freed)


def ids(steps: list[Wakeup]) -> list[int]:
    return [step.step_id for step in steps]


def try_to_take(database: Database, step_id: int, lease_s: float = 60.0) -> Claim | None:
    with database.begin() as session:
        job_id = session.get_one(Step, step_id).job_id
        turn = Turn(step_id, job_id, Resource.CPU, job_waits=True)
        return claims.claim_first(session, turn, "here:1", lease_s)


def take(database: Database, step_id: int, lease_s: float = 60.0) -> Claim:
    claimed = try_to_take(database, step_id, lease_s)
    assert claimed is not None
    return claimed


def finish(database: Database, claimed: Claim, *more: StepPlan) -> list[int]:
    with database.begin() as session:
        made = {"": (f"{claimed.job_id[:8]}-{claimed.key}", Part({"key": claimed.key}))}
        prints = {name: fingerprint for name, (fingerprint, _) in made.items()}
        return ids(leases.complete(session, claimed, made, prints, more, COST))


def beat(database: Database, claimed: Claim, progress: float = 0.5) -> bool:
    key = (claimed.step_id, claimed.epoch)
    with database.begin() as session:
        return key in claims.beat(session, {key: progress}, 60)


def reap(database: Database) -> list[int]:
    with database.begin() as session:
        return ids(reconcile.reap_expired(session))


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
    last = take(database, d)
    inputs = artifacts.of_inputs(last)
    assert {ref: part.facts for ref, part in inputs.items()} == {k: {"key": k} for k in "bc"}
    assert finish(database, last) == []
    assert job_state(database, job_id) == JobState.PUBLISHED
    with database.begin() as session:
        made = artifacts.of_job(session, job_id)
    assert {ref: part.facts for ref, part in made.items()} == {k: {"key": k} for k in "abcd"}


def test_a_step_can_grow_the_job(database: Database) -> None:
    job_id, [a] = submit(database, StepPlan("a", "ladder"))
    freed = finish(database, take(database, a), StepPlan("e", "encode", inputs=("a",)))
    assert len(freed) == 1
    assert (states(database, job_id)["e"], job_state(database, job_id)) == ("QUEUED", "RUNNING")


def test_of_many_claims_one_wins(database: Database) -> None:
    _, [a] = submit(database)
    won: list[Claim] = []

    def claim() -> None:
        if claimed := try_to_take(database, a):
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
        taken = [take(database, step) for step in finish(database, take(database, a))]
        with ThreadPoolExecutor() as pool:
            freed = list(pool.map(lambda claimed: finish(database, claimed), taken))
        assert sorted(len(steps) for steps in freed) == [0, 1]
        assert states(database, job_id)["d"] == "QUEUED"


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
        jobs.request_cancel(session, job_id)
    with (
        pytest.raises(Cancelled, match="its job or lease ended"),
        database.begin() as session,
    ):
        leases.secure(session, claimed)


def test_a_step_of_an_ended_job_is_neither_claimed_nor_retried(database: Database) -> None:
    job_id, [a] = submit(database)
    claimed = take(database, a)
    with database.begin() as session:
        jobs.request_cancel(session, job_id)
    with database.begin() as session:
        leases.retry_later(session, claimed, {"code": "tool_failed"}, backoff_s=0)
    assert try_to_take(database, a) is None
    assert states(database, job_id)["a"] == StepState.CANCELLED


def test_leases_of_a_stack_that_is_gone_are_released_uncounted(database: Database) -> None:
    _, [a] = submit(database)
    take(database, a)
    with database.begin() as session:
        assert ids(reconcile.release_all(session)) == [a]
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
        assert jobs.request_cancel(session, job_id) == JobState.CANCELLED
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
        assert jobs.pause(session, job_id) == JobState.PAUSED
    assert beat(database, claimed)
    assert finish(database, claimed) == []
    assert states(database, job_id) == {"a": "DONE", "b": "BLOCKED", "c": "BLOCKED", "d": "BLOCKED"}
    with database.begin() as session:
        state, freed = jobs.resume(session, job_id)
    assert (state, len(freed)) == (JobState.RUNNING, 2)


def test_pausing_holds_back_what_is_queued_and_what_is_given_back(database: Database) -> None:
    job_id, [a] = submit(database)
    with database.begin() as session:
        jobs.pause(session, job_id)
    assert (states(database, job_id)["a"], try_to_take(database, a)) == ("BLOCKED", None)
    with database.begin() as session:
        assert ids(jobs.resume(session, job_id)[1]) == [a]
    take(database, a, lease_s=-0.01)
    with database.begin() as session:
        jobs.pause(session, job_id)
    assert (reap(database), states(database, job_id)["a"]) == ([], "BLOCKED")
    with database.begin() as session:
        assert ids(jobs.resume(session, job_id)[1]) == [a]


def test_a_job_that_has_ended_can_be_neither_paused_nor_resumed(database: Database) -> None:
    job_id, _ = submit(database)
    with database.begin() as session:
        jobs.request_cancel(session, job_id)
    for change in (jobs.pause, jobs.resume):
        with (
            pytest.raises(InvalidSpec, match=r"has ended \(CANCELLED\): submit the title again"),
            database.begin() as session,
        ):
            change(session, job_id)


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


def test_an_unfinished_job_is_found_by_its_request(database: Database) -> None:
    job_id, [a] = submit(database, StepPlan("a", "ingest"))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") == job_id
        assert jobs.find_unfinished(session, "another") is None
    finish(database, take(database, a))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") is None
