"""Redis wiped or away, wake-ups ten times over: they only cost time, never a title."""

from __future__ import annotations

import time
from typing import Any

import pytest

from farm.plan import Resource
from farm.states import ENDED_JOB, StepState
from storage.wakeups import Wakeup
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.invariants import check_all


def test_a_wiped_redis_delays_and_loses_nothing(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    while farm.job_state(job_id) not in ENDED_JOB:
        farm.servers.wipe_redis()
        time.sleep(0.2)
    assert farm.job_state(job_id) == "PUBLISHED"
    assert {step.attempts for step in farm.steps(job_id)} == {1}
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
@pytest.mark.parametrize("away_s", [3, 60])
def test_a_title_handed_in_while_redis_is_away_is_made_when_it_is_back(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], away_s: float
) -> None:
    farm = make_farm()
    farm.servers.stop_redis()
    job_id = farm.submit(make_spec(farm))
    time.sleep(away_s)
    farm.servers.start_redis()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert {step.attempts for step in farm.steps(job_id)} == {1}
    check_all(farm, undisturbed)


def test_redis_may_die_and_come_back_empty_in_the_middle_of_a_title(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    farm.servers.stop_redis()
    caught.program.resume()
    farm.wait_for_step(job_id, "encode", StepState.DONE)  # what runs goes on without Redis
    farm.servers.start_redis()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert {step.attempts for step in farm.steps(job_id)} == {1}
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_wakeup_for_what_is_no_more_wakes_a_worker_for_what_there_is(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(reconcilers=0)  # nobody else looks for steps not woken for
    farm.servers.stop_redis()
    job_id = farm.submit(make_spec(farm))
    farm.servers.start_redis()
    farm.wakeups.wake([Wakeup(0, Resource.IO)])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


def test_workers_of_each_class_wake_one_another(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(workers=0, reconcilers=0)  # nobody else wakes workers
    farm.workers += [farm.member(name, "worker", "--queues", name) for name in ("io", "cpu", "qc")]
    for worker in farm.workers:
        worker.start()
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


def test_every_message_ten_times_over_and_late_runs_no_step_twice(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    while farm.job_state(job_id) not in ENDED_JOB:
        # For what waits, for what runs, and for what was done long ago.
        farm.wake([s for s in farm.steps(job_id) if s.state != StepState.BLOCKED], times=10)
        time.sleep(0.1)
    assert farm.job_state(job_id) == "PUBLISHED"
    assert {step.attempts for step in farm.steps(job_id)} == {1}
    check_all(farm, undisturbed)
