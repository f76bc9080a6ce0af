"""An S3 server that refuses, breaks off and forgets to answer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.connection import Mode, Way
from tests.faults.farm import FaultFarm
from tests.faults.http_proxy import HttpProxy
from tests.faults.invariants import check_all
from tests.faults.servers import Places


def s3_lines(farm: FaultFarm) -> list[HttpProxy]:
    """Return the lines of all workers to the S3 server."""
    return [worker.lines.s3 for worker in farm.workers if worker.lines.s3 is not None]


@pytest.mark.slow_fault
@pytest.mark.parametrize("status", [500, 503])
def test_an_s3_server_that_refuses_every_third_request_is_asked_again(
    make_farm: MakeFarm,
    make_spec: MakeSpec,
    undisturbed: dict[str, Any],
    s3_places: Places,
    status: int,
) -> None:
    farm = make_farm(places=s3_places)
    for line in s3_lines(farm):
        line.refuse_every(3, status)
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert sum(line.refused for line in s3_lines(farm)) > 20
    assert {step.attempts for step in farm.steps(job_id)} == {1}
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
def test_an_s3_server_that_is_away_for_a_while_delays(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], s3_places: Places
) -> None:
    farm = make_farm(places=s3_places, REELFARM_MAX_ATTEMPTS="10")
    job_id = farm.submit(make_spec(farm))
    for kind in ("encode", "package", "publish"):
        farm.wait_for_step(job_id, kind)
        for line in s3_lines(farm):
            line.set(Mode.CUT)
        time.sleep(4)
        for line in s3_lines(farm):
            line.heal()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
@pytest.mark.parametrize(
    ("after_bytes", "way"),
    [
        pytest.param(20_000, Way.UP, id="in the middle of an object"),
        pytest.param(300, Way.UP, id="in the head"),
        pytest.param(0, Way.DOWN, id="before the answer"),
        pytest.param(5_000, Way.DOWN, id="in the answer"),
    ],
)
def test_connections_to_s3_that_are_reset_lose_nothing(
    make_farm: MakeFarm,
    make_spec: MakeSpec,
    undisturbed: dict[str, Any],
    s3_places: Places,
    after_bytes: int,
    way: Way,
) -> None:
    farm = make_farm(places=s3_places)
    for line in s3_lines(farm):
        line.break_after(after_bytes, way, times=8)
    job_id = farm.submit(make_spec(farm))
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert any(line.broken for line in s3_lines(farm))
    check_all(farm, undisturbed)
