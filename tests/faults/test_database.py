"""PostgreSQL restarted, crashed, or out of a worker's reach."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from farm.states import ENDED_JOB
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.connection import Mode
from tests.faults.invariants import check_all
from tests.faults.processes import is_gone

LEASE_S = 3.0  # of a fault farm


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGINT, id="fast", marks=pytest.mark.slow_fault),
        pytest.param(signal.SIGQUIT, id="immediate"),
        pytest.param(signal.SIGKILL, id="crash", marks=pytest.mark.slow_fault),
    ],
)
def test_a_postgres_that_comes_back_finds_its_farm_at_work(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], how: signal.Signals
) -> None:
    farm = make_farm(REELFARM_LEASE_S="20")  # longer than PostgreSQL's recovery from a crash
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    farm.stop_postgres(how)
    time.sleep(1)
    farm.start_postgres()
    caught.program.resume()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert sum(step.lost_leases for step in farm.steps(job_id)) == 0
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_postgres_that_is_restarted_all_the_time_only_delays(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(REELFARM_MAX_ATTEMPTS="20")
    job_id = farm.submit(make_spec(farm))
    for how in 4 * (signal.SIGINT, signal.SIGQUIT):
        time.sleep(1.5)
        farm.stop_postgres(how)
        farm.start_postgres()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_lease_that_ends_while_postgres_is_away_is_not_counted_as_lost(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    farm.stop_postgres(signal.SIGINT)
    farm.wait_until(lambda: is_gone(caught.program), "its worker to stop it", 2 * LEASE_S)
    farm.start_postgres()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    step = farm.step(job_id, caught.step.key)
    assert (step.attempts, step.errors, step.lost_leases) == (2, 0, 0)
    check_all(farm, undisturbed)


@pytest.mark.parametrize(
    "mode", [pytest.param(Mode.CUT, marks=pytest.mark.slow_fault), Mode.BLACKHOLE]
)
def test_a_worker_cut_off_from_postgres_stops_its_work_when_its_lease_ends(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], mode: Mode
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    cut_at = time.monotonic()
    caught.worker.lines.postgres.set(mode)
    farm.wait_until(lambda: is_gone(caught.program), "it to stop its work", 2 * LEASE_S)
    assert time.monotonic() - cut_at > LEASE_S / 2  # not at once: the lease was still good
    assert farm.wait_for_end(job_id) == "PUBLISHED"  # by the other one
    caught.worker.lines.heal()
    again = farm.submit(make_spec(farm, asset="again"))
    assert farm.wait_for_end(again) == "PUBLISHED"
    farm.wait_until(lambda: farm.is_ready(caught.worker), "the worker to be back")
    step = farm.step(job_id, caught.step.key)
    assert (step.attempts, step.errors, step.lost_leases) == (2, 0, 1)
    check_all(farm, undisturbed)


def test_reconcilers_may_be_many_and_take_a_lease_back_once(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(reconcilers=3, REELFARM_RECONCILE_S="0.05", REELFARM_WAKE_AGAIN_S="0.05")
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    caught.worker.kill()
    while farm.job_state(job_id) not in ENDED_JOB:
        time.sleep(0.1)
    assert farm.job_state(job_id) == "PUBLISHED"
    step = farm.step(job_id, caught.step.key)
    assert (step.attempts, step.errors, step.lost_leases) == (2, 0, 1)
    check_all(farm, undisturbed)
