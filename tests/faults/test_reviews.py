"""Titles that wait for a person, while everything around them dies and comes back."""

from __future__ import annotations

import signal

import pytest

from farm.access import LOCAL
from farm.spec import QcPolicy
from farm.states import JobState
from services import reviews
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all, published_generations

KILLED = -signal.SIGKILL
ALWAYS = QcPolicy(
    top_harmonic_mean=None, top_p5=None, top_p1=None, rung_floor=None, publish="review-always"
)


def wait_for_review(farm: FaultFarm, job_id: str) -> None:
    farm.wait_until(lambda: farm.job_state(job_id) == JobState.WAITING, "a person to be asked")
    assert published_generations(farm) == []


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["review.before-commit", "review.after-commit"])
def test_a_worker_that_dies_while_it_asks_for_a_person_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name})
    job_id = farm.submit(make_spec(farm, qc=ALWAYS))
    farm.wait_until(lambda: not farm.workers[0].alive, "the worker to reach its failpoint")
    assert farm.workers[0].status == KILLED
    farm.restart(farm.workers[0])
    wait_for_review(farm, job_id)
    reviews.approve(farm.database, farm.wakeups, LOCAL, job_id, "Seen.")
    assert farm.wait_for_end(job_id) == JobState.PUBLISHED
    assert published_generations(farm) == [("title", 1)]
    check_all(farm)


def test_a_title_waits_while_every_server_and_worker_is_killed_and_started_again(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm()
    job_id = farm.submit(make_spec(farm, qc=ALWAYS))
    wait_for_review(farm, job_id)
    before = farm.steps(job_id)
    for member in farm.members:
        member.kill()
    farm.stop_postgres(signal.SIGQUIT)
    farm.servers.stop_redis()
    farm.start_postgres()
    farm.servers.start_redis()
    for member in farm.members:
        farm.restart(member)
    farm.reconcile_once()
    assert farm.job_state(job_id) == JobState.WAITING
    assert farm.steps(job_id) == before
    reviews.approve(farm.database, farm.wakeups, LOCAL, job_id, "Seen.")
    assert farm.wait_for_end(job_id) == JobState.PUBLISHED
    check_all(farm)
