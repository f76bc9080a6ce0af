"""Claim and complete on a real PostgreSQL: one owner at a time, and each step freed once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from farm.plan import StepPlan
from farm.states import JobState
from storage.postgres import artifacts, jobs
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from tests.service.leased import finish, job_state, states, submit, take, try_to_take


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


def test_an_unfinished_job_is_found_by_its_request(database: Database) -> None:
    job_id, [a] = submit(database, StepPlan("a", "ingest"))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") == job_id
        assert jobs.find_unfinished(session, "another") is None
    finish(database, take(database, a))
    with database.begin() as session:
        assert jobs.find_unfinished(session, "request") is None
