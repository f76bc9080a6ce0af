"""Machines with a clock or a disk that is not what it should be."""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults import small_disk
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all
from tests.faults.servers import Places

FAKETIME = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
DISK_BYTES = 64 << 10


@pytest.fixture
def behind() -> dict[str, str]:
    """What puts the clock of PostgreSQL an hour behind that of every other process.

    Not the workers' an hour ahead: under libfaketime a Python of today cannot sleep.
    """
    if not FAKETIME:
        assert "CI" not in os.environ, "libfaketime is missing"
        pytest.skip("no libfaketime here: it is in Debian's package faketime")
    return {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": "-3600", "DONT_FAKE_MONOTONIC": "1"}


def restart_postgres(farm: FaultFarm, clock: dict[str, str]) -> None:
    farm.stop_postgres()
    farm.start_postgres(**clock)


def steps_cut_off(farm: FaultFarm) -> set[str]:
    """Return the keys of steps that PostgreSQL ended a transaction of, taking it for too long.

    In the handler of its timer libfaketime may tell it the true time, an hour past any limit.
    Three busy connections were ended 186 times in 25 s so; never without it, or with a clock ahead.
    """
    too_long = re.compile(r" (\S+), epoch \d+: storage_unavailable: .* due to .*timeout$", re.M)
    return {key for worker in farm.workers for key in too_long.findall(worker.log_text())}


@pytest.mark.alone  # leases of seconds, under a clock that costs time to ask
def test_workers_an_hour_ahead_of_postgres_keep_their_leases(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], behind: dict[str, str]
) -> None:
    farm = make_farm()
    restart_postgres(farm, behind)
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    created = datetime.fromisoformat(farm.record(job_id)["created_at"])
    assert created < datetime.now(UTC) - timedelta(minutes=59)
    cut_off = steps_cut_off(farm)
    assert {step.lost_leases for step in farm.steps(job_id)} == {0}
    assert {step.attempts for step in farm.steps(job_id) if step.key not in cut_off} == {1}
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_a_clock_of_postgres_that_jumps_an_hour_ends_every_lease_and_nothing_else(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], behind: dict[str, str]
) -> None:
    farm = make_farm(REELFARM_LEASE_S="20")
    restart_postgres(farm, behind)
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    restart_postgres(farm, {})
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    step = farm.step(job_id, caught.step.key)
    # By the new clock it ended while PostgreSQL was away: nobody lost it.
    assert (step.attempts, step.errors, step.lost_leases) == (2, 0, 0)
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_workers_whose_clock_an_s3_server_would_refuse_wait_until_it_is_set(
    make_farm: MakeFarm,
    make_spec: MakeSpec,
    undisturbed: dict[str, Any],
    s3_places: Places,
    behind: dict[str, str],
) -> None:
    farm = make_farm(places=s3_places)
    restart_postgres(farm, behind)
    farm.wait_until(
        lambda: all("clock is" in worker.log_text() for worker in farm.workers), "them to notice"
    )
    job_id = farm.submit(make_spec(farm))
    time.sleep(3)
    assert {step.attempts for step in farm.steps(job_id)} == {0}
    restart_postgres(farm, {})
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert {(step.attempts, step.errors) for step in farm.steps(job_id)} == {(1, 0)}
    check_all(farm, undisturbed)


def test_a_full_scratch_disk_fails_the_job_in_words_and_leaves_nothing(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    farm = make_farm(workers=1)
    worker = farm.workers[0]
    worker.kill()
    script = str(Path(small_disk.__file__))
    scratch = str(worker.folder / "scratch")
    worker.wrapper = (sys.executable, "-I", "-S", script, scratch, str(DISK_BYTES))
    farm.restart(worker)
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "FAILED"
    assert "No space left on device" in str(farm.record(job_id)["error"])
    worker.kill()
    worker.wrapper = ()
    farm.restart(worker)
    again = farm.submit(make_spec(farm))
    assert farm.wait_for_end(again) == "PUBLISHED"
    check_all(farm, undisturbed)
