"""Retention of jobs, events, deliveries and generations: each in its time, with all its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from farm.access import LOCAL
from farm.errors import Cancelled
from farm.events import EventType, News
from farm.states import JobState, StepState
from services.deliveries import redeliver, send_test
from services.endpoints import make_endpoint
from storage.postgres import events, generations, leases
from storage.postgres.generations import Asset, Numbered
from storage.postgres.models import Delivery, EventRow, Generation, Job, Need, Step
from tests.service.retained import FIRST, NOTHING, OldFarm, farm
from workers.upkeep import retention as upkeep
from workers.upkeep.retention import JOBS_AT_ONCE

__all__ = ["farm"]  # a fixture


HOOK = "https://cms.example.com/hook"


def test_jobs_go_in_batches_with_all_that_is_theirs(farm: OldFarm) -> None:
    kept = farm.submit()
    for _ in range(JOBS_AT_ONCE + 1):
        farm.end(farm.submit(webhook=HOOK), JobState.CANCELLED)
    with farm.database.begin() as session:
        session.execute(update(Delivery).values(delivered_at=func.now()))
    farm.age(89)
    assert farm.let_go(keep_deliveries_s=1e10) == NOTHING
    farm.age(2)
    assert farm.let_go(keep_deliveries_s=1e10) == replace(NOTHING, jobs=JOBS_AT_ONCE + 1)
    assert farm.count(Job, Step, Need, Delivery) == [1, 2, 1, 0]
    with farm.database.begin() as session:
        assert session.scalars(select(Job.id)).all() == [kept]


def test_a_pass_does_so_much_and_the_next_one_the_rest(
    farm: OldFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCHES", 2)
    monkeypatch.setattr(upkeep, "JOBS_AT_ONCE", 2)
    for _ in range(5):
        farm.end(farm.submit(), JobState.CANCELLED)
    farm.age(91)
    assert [farm.let_go().jobs for _ in range(3)] == [4, 1, 0]


def test_passes_at_once_share_the_work(farm: OldFarm) -> None:
    for _ in range(2 * JOBS_AT_ONCE):
        farm.end(farm.submit(), JobState.CANCELLED)
    farm.age(91)
    with ThreadPoolExecutor(4) as threads:
        gone = list(threads.map(lambda _: farm.let_go().jobs, range(4)))
    assert (sum(gone), farm.count(Job)) == (2 * JOBS_AT_ONCE, [0])


def test_a_job_stays_while_a_step_of_it_runs_or_a_delivery_is_owed(farm: OldFarm) -> None:
    running, owed = farm.submit(), farm.submit(webhook=HOOK)
    claimed = farm.claim(running)
    farm.end(running, JobState.CANCELLED)
    farm.end(owed, JobState.CANCELLED)
    farm.age(1000)
    assert farm.let_go() == NOTHING
    with farm.database.begin() as session:
        leases.stop(session, claimed)
        session.execute(update(Delivery).values(gave_up_at=func.now()))
    assert farm.let_go() == replace(NOTHING, jobs=2)


def test_a_job_stays_while_a_publisher_of_it_may_yet_wake_up(farm: OldFarm) -> None:
    farm.end(farm.submit(), JobState.CANCELLED)
    assert farm.let_go(keep_jobs_s=0.0) == NOTHING
    farm.age(1.1)
    assert farm.let_go(keep_jobs_s=0.0) == replace(NOTHING, jobs=1)


def test_deliveries_go_before_their_job_and_owed_ones_never(farm: OldFarm) -> None:
    for _ in range(3):
        farm.end(farm.submit(webhook=HOOK), JobState.CANCELLED)
    with farm.database.begin() as session:
        first, second, _ = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        first.delivered_at = second.gave_up_at = session.scalar(select(func.now()))
    farm.age(13)
    assert farm.let_go() == NOTHING
    farm.age(2)
    assert farm.let_go() == replace(NOTHING, deliveries=2)
    assert farm.count(Job, Delivery) == [3, 1]


def test_a_delivery_to_an_endpoint_goes_as_others_do(farm: OldFarm) -> None:
    made = make_endpoint(farm.database, LOCAL, HOOK, [EventType.JOB_CANCELLED])
    send_test(farm.database, LOCAL, made.row.id)
    farm.end(farm.submit(), JobState.CANCELLED)
    farm.age(1000)
    assert farm.let_go() == NOTHING  # both are owed
    with farm.database.begin() as session:
        session.execute(update(Delivery).values(gave_up_at=func.now()))
    farm.age(15)
    assert farm.let_go() == replace(NOTHING, deliveries=2, jobs=1)
    assert farm.count(Job, EventRow, Delivery) == [0, 0, 0]


def test_a_delivery_that_is_owed_again_keeps_its_job(farm: OldFarm) -> None:
    farm.end(farm.submit(webhook=HOOK), JobState.CANCELLED)
    with farm.database.begin() as session:
        session.execute(update(Delivery).values(gave_up_at=func.now()))
        delivery = session.scalars(select(Delivery.id)).one()
    farm.age(91)
    redeliver(farm.database, LOCAL, delivery)
    assert farm.let_go() == NOTHING


def test_events_go_with_their_job_and_those_of_progress_in_a_day(farm: OldFarm) -> None:
    kept, ended = farm.submit(), farm.submit()
    claimed = farm.claim(kept)
    with farm.database.begin() as session:
        progress = [News(EventType.STEP_PROGRESS, {"progress": share}) for share in (0.5, 0.9)]
        events.tell(session, kept, progress)
    farm.end(ended, JobState.CANCELLED)
    before = {"job.accepted": 2, "step.started": 1, "job.cancelled": 1}
    assert told(farm) == {**before, "step.progress": 2}
    farm.age(0.99)
    assert farm.let_go() == NOTHING
    farm.age(0.02)
    assert farm.let_go() == replace(NOTHING, progress=2)
    assert told(farm) == before
    farm.age(91)
    assert farm.let_go() == replace(NOTHING, jobs=1)
    assert told(farm) == {"job.accepted": 1, "step.started": 1}
    with farm.database.begin() as session:
        leases.stop(session, claimed)
    farm.end(kept, JobState.CANCELLED)
    farm.age(91)
    farm.let_go()
    assert told(farm) == {}


def test_passes_at_once_share_the_events_of_progress(
    farm: OldFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVENTS_AT_ONCE", 7)
    job_id = farm.submit()
    with farm.database.begin() as session:
        events.tell(session, job_id, [News(EventType.STEP_PROGRESS)] * 100)
    farm.age(1.1)
    with ThreadPoolExecutor(4) as threads:
        gone = list(threads.map(lambda _: farm.let_go().progress, range(4)))
    assert (sum(gone), told(farm)) == (100, {"job.accepted": 1})


def told(farm: OldFarm) -> dict[str, int]:
    """Return how many events there are, by type."""
    with farm.database.begin() as session:
        counted = select(EventRow.type, func.count()).group_by(EventRow.type)
        return dict(session.execute(counted).all())


def test_a_generation_outlives_its_job_and_goes_in_its_own_time(farm: OldFarm) -> None:
    title = Asset(str(farm.settings.state_dir / "origin"), "t", "a")
    job_ids = [farm.submit(FIRST) for _ in range(2)]
    for number, job_id in enumerate(job_ids, start=1):
        with farm.database.begin() as session:
            reserved = generations.reserve(session, title, f"{number}" * 64, job_id)
            generations.publish(session, title, reserved.number, session.get_one(Job, job_id))
        farm.make(farm.claim(job_id), f"part-{number}")  # its only step: it ends PUBLISHED
    farm.age(91)
    assert farm.let_go().jobs == 2
    with farm.database.begin() as session:
        assert generations.current(session, title) == Numbered(title, 2, 64 * "2")
        session.execute(
            update(Generation).values(superseded_at=Generation.superseded_at - timedelta(days=2))
        )
    farm.keep_house()
    farm.keep_house()
    with farm.database.begin() as session:
        assert session.scalars(select(Generation.number)).all() == [2]
    older = farm.submit(FIRST)  # and is told from what was published without its job
    with farm.database.begin() as session:
        assert generations.published_since(session, title, session.get_one(Job, older)) is None


def test_a_worker_that_comes_back_to_a_forgotten_job_is_told(farm: OldFarm) -> None:
    job_id = farm.submit()
    claimed = farm.claim(job_id)
    farm.end(job_id, JobState.CANCELLED)
    with farm.database.begin() as session:  # its lease was taken back
        session.execute(update(Step).values(state=StepState.CANCELLED, epoch=7))
    farm.age(91)
    assert farm.let_go().jobs == 1
    with (
        pytest.raises(Cancelled, match=f"job {job_id} has ended, and is forgotten"),
        farm.database.begin() as session,
    ):
        leases.stop(session, claimed)
