"""Workers that are killed, suspended or told to stop: the title is published all the same."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from farm.states import StepState
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import Caught, FaultFarm
from tests.faults.invariants import check_all
from tests.faults.processes import is_gone


def costs(farm: FaultFarm, caught: Caught) -> tuple[int, int, int]:
    """Return how often a step was begun, failed, and lost its lease."""
    step = farm.step(caught.step.job_id, caught.step.key)
    return step.attempts, step.errors, step.lost_leases


def test_a_worker_killed_in_the_middle_of_an_encode_costs_one_lease(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    caught.worker.kill()
    farm.wait_until(lambda: is_gone(caught.program), "the end of its program", 5)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert costs(farm, caught) == (2, 0, 1)
    check_all(farm, undisturbed)


def test_a_worker_that_slept_past_its_lease_changes_nothing_when_it_wakes(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    caught.worker.send(signal.SIGSTOP)
    caught.program.resume()  # it ends well, while its worker sleeps

    def is_done() -> bool:
        return farm.step(job_id, caught.step.key).state == StepState.DONE

    farm.wait_until(is_done, "the other worker to do the step")
    caught.worker.send(signal.SIGCONT)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    refused = f"{caught.step.key}, epoch {caught.step.epoch}: "
    farm.wait_until(lambda: refused in caught.worker.log_text(), "the sleeper to notice")
    assert costs(farm, caught) == (2, 0, 1)
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_step_that_is_lost_twice_runs_alone_and_the_third_time_is_quarantined(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm(workers=1)
    job_id = farm.submit(make_spec(farm))
    seen = []
    for _ in range(3):
        caught = farm.catch(job_id, "analyze")
        seen.append((caught.step.lost_leases, caught.step.isolated))
        caught.worker.kill()
        farm.restart(caught.worker)
    assert farm.wait_for_end(job_id) == "FAILED"
    assert seen == [(0, False), (1, False), (2, True)]
    error = farm.record(job_id)["error"]
    assert (error["code"], error["step"]) == ("quarantined", "analyze")
    assert (error["detail"]["lost_leases"], costs(farm, caught)) == (3, (3, 0, 3))
    check_all(farm)


def test_a_worker_told_to_stop_gives_its_step_back_uncounted_after_the_grace(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(REELFARM_GRACE_S="1")
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    told_at = time.monotonic()
    caught.worker.send(signal.SIGTERM)
    assert caught.worker.wait(within_s=20) == 0
    assert time.monotonic() - told_at > 1
    assert is_gone(caught.program)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert costs(farm, caught) == (2, 0, 0)
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
@pytest.mark.parametrize("kind", ["analyze", "encode"])
def test_a_worker_told_to_stop_ends_its_step_within_the_grace_and_wakes_another_for_the_next(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], kind: str
) -> None:
    farm = make_farm(reconcilers=0, REELFARM_GRACE_S="30")  # nobody else wakes workers
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, kind)
    caught.worker.send(signal.SIGTERM)
    time.sleep(0.5)  # for the signal to arrive first
    caught.program.resume()
    assert caught.worker.wait(within_s=20) == 0
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert costs(farm, caught) == (1, 0, 0)
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_two_workers_killed_again_and_again_publish_in_the_end(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    for kind in ("analyze", "encode", "encode", "stitch", "package", "measure"):
        worker = farm.catch(job_id, kind).worker
        worker.kill()
        farm.restart(worker)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)
