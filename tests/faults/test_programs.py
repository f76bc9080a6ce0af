"""Media programs that are killed or hang: the step is tried again, and nothing else happens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.invariants import check_all
from tests.faults.processes import is_gone


def test_an_ffmpeg_killed_for_want_of_memory_is_started_again(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    caught.program.kill()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    step = farm.step(job_id, caught.step.key)
    assert (step.attempts, step.errors, step.lost_leases) == (2, 1, 0)
    assert "was killed by signal 9" in caught.worker.log_text()
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_an_ffmpeg_that_is_killed_every_time_fails_the_job_with_the_evidence(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm))
    for _ in range(3):
        farm.catch(job_id, "analyze").program.kill()
    assert farm.wait_for_end(job_id) == "FAILED"
    error = farm.record(job_id)["error"]
    assert (error["code"], error["step"]) == ("tool_failed", "analyze")
    assert "ffmpeg was killed by signal 9" in error["message"]
    assert error["detail"]["exit_code"] == -9
    check_all(farm)


def test_an_ffmpeg_that_hangs_is_ended_by_the_stall_limit(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(REELFARM_STALL_S="2")
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")  # suspended, and left so
    farm.wait_until(lambda: is_gone(caught.program), "the stall limit", 20)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    step = farm.step(job_id, caught.step.key)
    assert (step.attempts, step.errors, step.lost_leases) == (2, 1, 0)
    assert "made no progress for 2 s" in caught.worker.log_text()
    check_all(farm, undisturbed)
