"""Scenes that are encoded again, while the worker dies that has steps done again for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.spec import QcPolicy
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.invariants import check_all, published_generations
from tests.faults.test_failpoints import wait_for_death
from tests.media.encodes import RunCommand
from tests.starved import FLOOR, STARVING, TOP, make_starved


@pytest.fixture(scope="module")
def starved(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Path:
    return make_starved(run_command, tmp_path_factory.mktemp("starved"))


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["reopen.before-commit", "reopen.after-commit"])
def test_a_worker_that_dies_while_scenes_are_to_be_encoded_again_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, starved: Path, name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name})
    spec = make_spec(farm, ladder=STARVING, qc=QcPolicy.model_validate(FLOOR))
    job_id = farm.submit(spec.model_copy(update={"source": str(starved)}))
    wait_for_death(farm, farm.workers[0])
    farm.restart(farm.workers[0])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert published_generations(farm) == [("title", 1)]
    record = farm.record(job_id)
    [repair] = next(r["repaired"] for r in record["renditions"] if r["name"] == TOP)
    assert len(repair["patches"]) == 1
    keys = [step["key"] for step in record["steps"]]
    assert len(keys) == len(set(keys))
    assert len([key for key in keys if ":repair:" in key]) == 1
    check_all(farm)
