"""The farm as it is meant: two workers that share nothing but PostgreSQL, Redis and S3."""

from __future__ import annotations

from typing import Any

from farm.states import StepState
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.history import step_changes
from tests.faults.invariants import check_all
from tests.faults.servers import Places


def test_a_title_is_encoded_by_both_and_published_though_one_dies_in_the_middle(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], s3_places: Places
) -> None:
    farm = make_farm(workers=2, reconcilers=1, places=s3_places)
    job_id = farm.submit(make_spec(farm))
    first = farm.catch(job_id, "encode")
    second = farm.catch(job_id, "encode", besides=first.worker)
    second.worker.kill()  # -9, with its program in the middle of a chunk
    first.program.resume()
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    encodes = [step for step in farm.steps(job_id) if step.kind == "encode"]
    began = {
        (change.key, change.worker)
        for change in step_changes(farm.database)
        if change.new == StepState.RUNNING and change.key.startswith("encode:")
    }
    assert len(encodes) == 3
    assert {(first.step.key, first.step.worker), (second.step.key, second.step.worker)} <= began
    assert farm.step(job_id, second.step.key).lost_leases == 1
    assert farm.record(job_id)["outputs"]["hls"].startswith(s3_places.origin)
    check_all(farm, undisturbed)
