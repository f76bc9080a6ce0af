"""Retention under load: all that may go goes at once, and nothing that is needed ever does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import func, select, text

from farm.spec import JobSpec
from farm.states import ENDED_JOB, JobState
from storage.objects.stores import open_store, work_store
from storage.postgres import generations
from storage.postgres.generations import Asset
from storage.postgres.models import Artifact, Job
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all
from tests.faults.playback import unresolved
from tests.faults.test_publication import with_rungs
from workers.upkeep.reconciler import put_in_order

ASSETS = ("one", "two")
PASSES_AT_ONCE = 2
WITHIN_S = 400.0
# A part, a job or a delivery goes as soon as no unfinished job needs it any more.
AT_ONCE = {
    "REELFARM_KEEP_WORK_S": "0.5",
    "REELFARM_KEEP_JOBS_S": "1",
    "REELFARM_KEEP_DELIVERIES_S": "0",
    "REELFARM_KEEP_GENERATIONS_S": "2",
    "REELFARM_ABANDONED_AFTER_S": "3",
}


@pytest.mark.slow_fault
def test_what_is_needed_stays_while_all_else_goes_at_once(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    """Titles of one source, again and again, with the same rungs or fewer: parts are shared."""
    farm = make_farm(**AT_ONCE)
    specs = [make_spec(farm, asset=asset) for asset in ASSETS]
    with passes(farm):
        rounds = [hand_in_when_one_has_ended(farm, specs, rungs) for rungs in (2, 1, 2, 2)]
        farm.wait_until(lambda: not unended(farm), "the jobs", WITHIN_S)
        farm.wait_until(lambda: left(farm) == (0, 0), "all of it to go")
    nothing_is_lost(farm, rounds)
    assert list(work_store(farm.settings).listed("")) == []


@pytest.mark.slow_fault
def test_workers_that_die_while_all_else_goes_lose_nothing_more(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm(**AT_ONCE)
    specs = [make_spec(farm, asset=asset) for asset in ASSETS]
    rounds = []
    with passes(farm):
        for victim, rungs in zip((0, 1, 0), (2, 1, 2), strict=True):
            accepted = hand_in_when_one_has_ended(farm, specs, rungs)
            rounds.append(accepted)
            farm.wait_until(partial(has_begun, farm, accepted), "an encode", WITHIN_S)
            farm.workers[victim].kill()
            farm.restart(farm.workers[victim])
        farm.wait_until(lambda: not unended(farm), "the jobs", WITHIN_S)
    nothing_is_lost(farm, rounds)


@contextmanager
def passes(farm: FaultFarm) -> Iterator[None]:
    """Make one pass after the other, as so many reconcilers at once without a pause would."""
    over, troubles = threading.Event(), []

    def go_on() -> None:
        while not over.wait(0.05):
            try:
                put_in_order(farm.database, farm.settings)
            except Exception as trouble:
                troubles.append(trouble)

    threads = [threading.Thread(target=go_on) for _ in range(PASSES_AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert troubles == []


def hand_in_when_one_has_ended(farm: FaultFarm, specs: Sequence[JobSpec], rungs: int) -> list[str]:
    """Submit every title once more, as soon as a job of the round before has ended."""
    farm.wait_until(
        lambda: len(unended(farm)) < len(specs), "the first of the round before", WITHIN_S
    )
    return [farm.submit(with_rungs(spec, rungs)) for spec in specs]


def unended(farm: FaultFarm) -> set[str]:
    """Return the jobs that go on; one that is forgotten has ended."""
    with farm.database.begin() as session:
        return set(session.scalars(select(Job.id).where(Job.state.not_in(ENDED_JOB))))


def has_begun(farm: FaultFarm, job_ids: Sequence[str]) -> bool:
    """Return whether the jobs are past their first steps, or at their end."""
    encodes = [s for s in farm.steps() if s.job_id in job_ids and s.kind == "encode" and s.worker]
    return bool(encodes) or unended(farm).isdisjoint(job_ids)


def left(farm: FaultFarm) -> tuple[int, int]:
    """Return how many jobs and parts have not gone yet."""
    live = select(func.count()).select_from(Artifact).where(Artifact.removing_at.is_(None))
    with farm.database.begin() as session:
        return (
            session.scalar(select(func.count()).select_from(Job)) or 0,
            session.scalar(live) or 0,
        )


def nothing_is_lost(farm: FaultFarm, rounds: Sequence[Sequence[str]]) -> None:
    """Assert that every job ended well, and that every title is there in full."""
    check_all(farm)
    with farm.database.begin() as session:
        query = text("SELECT job_id, new FROM job_history ORDER BY seq")
        ended = {job_id: JobState(state) for job_id, state in session.execute(query)}
    *older, newest = rounds
    assert {ended[job_id] for job_id in newest} == {JobState.PUBLISHED}
    states = {ended[job_id] for accepted in older for job_id in accepted}
    assert states <= {JobState.PUBLISHED, JobState.SUPERSEDED}
    origin = open_store(farm.places.origin, farm.settings)
    for asset in ASSETS:
        title = Asset(farm.places.origin, "default", asset)
        with farm.database.begin() as session:
            current = generations.current(session, title)
        assert current is not None
        assert unresolved(origin, title.folder, current.name) == []
