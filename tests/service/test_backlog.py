"""What the queries on a long backlog answer is what plain ones over whole tables would."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from farm.plan import Resource
from farm.states import ENDED_JOB
from storage.postgres import overview, reconcile, retirement
from storage.postgres.admission import CANDIDATES, Room, TitleLimits, Turn, next_turns
from storage.postgres.database import Database
from storage.postgres.generations import GONE, Asset
from storage.postgres.models import Generation, Job, Step
from storage.wakeups import LONGEST_QUEUE, Wakeup
from tests.service.backlogs import GIB, LONG_AGO, NEVER, write_generations, write_jobs

SEEDS = range(12)
ALL = (Resource.IO, Resource.CPU, Resource.QC)
LARGE = Room(ALL, 64, 64 * GIB, 64.0, 65.0, 64 * GIB, idle=True)
ROOMS = (
    LARGE,
    replace(LARGE, idle=False, cores=4, spare_cores=4.0, spare_for_light=5.0),
    replace(LARGE, spare_cores=0.0, spare_for_light=1.0),
    replace(LARGE, spare_cores=-0.5, spare_for_light=0.2),
    replace(LARGE, spare_cores=2.0, spare_for_light=3.0, spare_memory_bytes=2 * GIB),
    replace(LARGE, resources=(Resource.CPU,)),
)
LIMITS = (
    TitleLimits(),
    TitleLimits(8, 0),
    TitleLimits(0, 3),
    TitleLimits(12, 4),
    TitleLimits(1, 1),
    TitleLimits(1000, 1000),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_next_turns_are_the_first_of_all_that_fit(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    with database.begin() as session:
        write_jobs(session, rng, rng.choice((3, 15, 60)))
    for room in ROOMS:
        for limits in LIMITS:
            with database.begin() as session:
                assert next_turns(session, room, limits) == turns_in_python(session, room, limits)


def turns_in_python(session: Session, room: Room, limits: TitleLimits) -> list[Turn]:
    """Return what next_turns is to answer, out of every row."""
    jobs = {job.id: job for job in session.scalars(select(Job))}
    steps = list(session.scalars(select(Step)))
    begun = Counter(job.tenant for job in jobs.values() if in_progress(job))
    free = limits.titles - begun.total() if limits.titles else CANDIDATES
    tenants: defaultdict[str, float] = defaultdict(float)
    catalogs: defaultdict[tuple[str, str], float] = defaultdict(float)
    for step in steps:
        if step.state == "RUNNING":
            tenants[step.tenant] += step.cores
            catalogs[step.tenant, step.catalog] += step.cores

    def free_of(tenant: str) -> int:
        of_tenant = limits.titles_of_tenant
        return of_tenant - begun[tenant] if of_tenant else CANDIDATES

    def order(step: Step) -> tuple[object, ...]:
        at_work = tenants[step.tenant], catalogs[step.tenant, step.catalog]
        return -step.priority, *at_work, step.submitted_at, step.id

    waiting = [
        (step, turn)
        for step in sorted(steps, key=order)
        if step.state == "QUEUED"
        and step.not_before in (None, LONG_AGO)
        and (turn := turn_of(step, jobs[step.job_id])).fits(room)
        and not (step.begins and min(free, free_of(step.tenant)) <= 0)
    ][:CANDIDATES]
    beginning: Counter[str] = Counter()
    turns = []
    for step, turn in waiting:
        if step.begins:
            beginning[step.tenant] += 1
            if beginning.total() > free or beginning[step.tenant] > free_of(step.tenant):
                continue
        turns.append(turn)
    return turns


def in_progress(job: Job) -> bool:
    return job.begun_at is not None and job.finished_at is None


def turn_of(step: Step, job: Job) -> Turn:
    waits = job.state == "QUEUED"
    needs = step.cores, step.memory_bytes, step.isolated
    return Turn(step.id, step.job_id, Resource(step.resource), waits, *needs)


@pytest.mark.parametrize("seed", SEEDS)
def test_those_due_for_waking_are_the_longest_unwoken_of_each_class(
    database: Database, seed: int
) -> None:
    rng = random.Random(seed)
    with database.begin() as session:
        write_jobs(session, rng, rng.choice((3, 15, 60)))
        job_id = session.scalars(select(Job.id).order_by(Job.id)).first()
        steps = list(session.scalars(select(Step)))
    for whose in (job_id, None):
        with database.begin() as session:
            due = reconcile.due_for_waking(session, 30.0, whose)
            session.rollback()
        assert due == due_in_python(step for step in steps if whose in (None, step.job_id))


def due_in_python(steps: Iterable[Step]) -> list[Wakeup]:
    due = [
        step
        for step in steps
        if step.state == "QUEUED" and step.not_before in (None, LONG_AGO) and step.woken_at != NEVER
    ]
    due.sort(key=lambda step: (step.woken_at or LONG_AGO.replace(year=1970), step.id))
    return [
        Wakeup(step.id, resource)
        for resource in Resource
        for step in [step for step in due if step.resource == resource][:LONGEST_QUEUE]
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_overview_counts_every_step_and_job(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    with database.begin() as session:
        write_jobs(session, rng, 20)
    for change in ("", *CHANGES):
        with database.begin() as session:
            if change:
                session.execute(text(change))
        if rng.random() < 0.5:
            with database.begin() as session:
                overview.fold(session)
        with database.begin() as session:
            assert counted(session) == counted_plainly(session)


# What the farm does to many steps at once, and what nobody does but by hand.
CHANGES = (
    "UPDATE step SET state = 'QUEUED' WHERE state = 'BLOCKED' AND id % 3 = 0",
    "UPDATE step SET state = 'BLOCKED' WHERE state = 'RUNNING' AND id % 2 = 0",
    "UPDATE step SET state = 'CANCELLED' WHERE state IN ('QUEUED', 'BLOCKED') AND id % 5 = 0",
    "UPDATE step SET progress = 0.5",
    "DELETE FROM step WHERE id % 7 = 0",
    "DELETE FROM job WHERE id < '5'",
)


def counted(session: Session) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    snapshot = overview.farm_snapshot(session, alive_within_s=60.0)
    steps = {(backlog.resource, backlog.state): backlog.steps for backlog in snapshot.steps}
    assert list(steps) == sorted(steps)
    return snapshot.jobs, steps


def counted_plainly(session: Session) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    jobs = Counter(job.state for job in session.scalars(select(Job)))
    steps = Counter((step.resource, step.state) for step in session.scalars(select(Step)))
    under_way = {state: count for state, count in jobs.items() if state not in ENDED_JOB}
    over = ("DONE", "CANCELLED")
    return under_way, {key: count for key, count in steps.items() if key[1] not in over}


@pytest.mark.parametrize("seed", SEEDS)
def test_retention_is_due_where_a_generation_is_to_go(database: Database, seed: int) -> None:
    with database.begin() as session:
        write_generations(session, random.Random(seed), 30)
    with database.begin() as session:
        assert retirement.due(session, 3600.0) == due_assets_in_python(session)


def due_assets_in_python(session: Session) -> list[Asset]:
    unfinished = {
        (job.spec["origin"], job.tenant, job.asset)
        for job in session.scalars(select(Job))
        if job.state not in ENDED_JOB
    }
    due = set()
    for row in session.scalars(select(Generation)):
        asset = row.origin, row.tenant, row.asset
        in_vain = row.published_at is None and row.superseded_at is None
        unneeded = row.superseded_at == LONG_AGO or in_vain
        if row.removing_at is not None:
            goes = row.digest != GONE
        else:
            goes = unneeded and asset not in unfinished
        if goes:
            due.add(Asset(*asset))
    return sorted(due)
