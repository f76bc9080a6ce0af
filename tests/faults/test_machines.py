"""Machines with a clock or a disk that is not what it should be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import small_disk
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.invariants import check_all

FAKETIME = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
DISK_BYTES = 64 << 10


def test_a_worker_whose_clock_is_an_hour_ahead_keeps_its_leases(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any]
) -> None:
    if not FAKETIME:
        assert "CI" not in os.environ, "libfaketime is missing"
        pytest.skip("no libfaketime here: it is in Debian's package faketime")
    ahead = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": "+3600", "DONT_FAKE_MONOTONIC": "1"}
    farm = make_farm(first=ahead)
    reconciler = farm.reconcilers[0]
    reconciler.kill()
    reconciler.start(**{**ahead, "FAKETIME": "-3600"})
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert {(step.attempts, step.lost_leases) for step in farm.steps(job_id)} == {(1, 0)}
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
