"""Jobs that people cancel and pause in the middle, with and without a fault on top."""

from __future__ import annotations

import time
from typing import Any

import pytest

from farm.access import EVERY_TENANT
from farm.states import StepState
from storage.postgres import control
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.invariants import check_all
from tests.faults.processes import is_gone

GONE_WITHIN_S = 20.0  # after a cancellation, whatever ran


@pytest.mark.parametrize(
    "beats",
    [
        pytest.param({}, id="quick"),
        pytest.param(
            {"REELFARM_LEASE_S": "60", "REELFARM_HEARTBEAT_S": "15"},
            id="as usual",
            marks=pytest.mark.slow_fault,
        ),
    ],
)
@pytest.mark.alone
def test_what_runs_for_a_cancelled_job_is_gone_within_20_s(
    make_farm: MakeFarm, make_spec: MakeSpec, beats: dict[str, str]
) -> None:
    farm = make_farm(**beats)
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    with farm.database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    farm.wait_until(lambda: is_gone(caught.program), "its program gone", GONE_WITHIN_S)
    assert farm.job_state(job_id) == "CANCELLED"
    check_all(farm)
    assert {step.state for step in farm.steps(job_id)} == {StepState.DONE, StepState.CANCELLED}


@pytest.mark.slow_fault
def test_a_paused_job_starts_nothing_and_goes_on_where_it_was(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "analyze")
    with farm.database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    caught.program.resume()  # what runs may end
    farm.wait_for_step(job_id, "analyze", StepState.DONE)
    time.sleep(2)
    waiting = {step.state for step in farm.steps(job_id)} - {StepState.DONE}
    assert waiting == {StepState.BLOCKED}
    with farm.database.begin() as session:
        _, freed = control.resume(session, EVERY_TENANT, job_id)
    farm.wakeups.wake(freed)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_paused_job_whose_worker_dies_waits_for_its_resumption(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    with farm.database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    caught.worker.kill()
    key = caught.step.key
    farm.wait_until(lambda: farm.step(job_id, key).state == StepState.BLOCKED, "its lease to end")
    with farm.database.begin() as session:
        control.resume(
            session, EVERY_TENANT, job_id
        )  # whoever resumed it died before waking workers
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert farm.step(job_id, key).lost_leases == 1
    check_all(farm, undisturbed)
