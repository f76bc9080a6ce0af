"""Whose turn it is, decided by a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text, update

from farm.access import EVERY_TENANT
from farm.plan import Resource, StepPlan, StepSize
from storage.postgres import control, jobs
from storage.postgres.admission import Room
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Step
from tests.conftest import a_spec
from workers.engine.turns import Turns

GIB = 1 << 30
ALL = (Resource.IO, Resource.CPU, Resource.QC)
ROOM = Room(ALL, 64, 64 * GIB, 64.0, 65.0, 64 * GIB, idle=True)


def submit(
    database: Database,
    *,
    tenant: str = "one",
    catalog: str | None = None,
    priority: int = 0,
    steps: Iterable[StepPlan] = (StepPlan("a", "audio"),),
) -> str:
    spec = a_spec(Path("a.mp4"), Path("out"), tenant=tenant, catalog=catalog, priority=priority)
    with database.begin() as session:
        return jobs.submit(session, spec, steps, "request")[0]


def take(database: Database, room: Room = ROOM) -> Claim | None:
    return Turns(database, "here:1", 60.0).claim_next(room)


def taken_jobs(database: Database, count: int) -> list[str]:
    taken = [take(database) for _ in range(count)]
    return [claim.job_id for claim in taken if claim is not None]


def sized(cores: float, memory_bytes: int = GIB, resource: Resource = Resource.CPU) -> StepPlan:
    return StepPlan("a", "encode", size=StepSize(resource, cores, memory_bytes))


def test_older_jobs_go_first_and_a_job_that_was_begun_is_finished(database: Database) -> None:
    two = (StepPlan("a", "audio"), StepPlan("b", "audio"))
    first, second = submit(database, steps=two), submit(database, steps=two)
    assert taken_jobs(database, 4) == [first, first, second, second]
    assert take(database) is None


def test_a_higher_priority_goes_first(database: Database) -> None:
    low, high = submit(database, priority=-1), submit(database, priority=5)
    normal = submit(database)
    assert taken_jobs(database, 3) == [high, normal, low]


def test_tenants_get_equal_shares_whoever_came_first(database: Database) -> None:
    busy = [submit(database, tenant="busy") for _ in range(4)]
    late = [submit(database, tenant="late") for _ in range(2)]
    assert taken_jobs(database, 6) == [busy[0], late[0], busy[1], late[1], busy[2], busy[3]]


def test_shares_are_by_cores_at_work_not_by_steps(database: Database) -> None:
    heavy = [submit(database, tenant="heavy", steps=[sized(4)]) for _ in range(2)]
    light = [submit(database, tenant="light", steps=[sized(1)]) for _ in range(5)]
    assert taken_jobs(database, 7) == [heavy[0], *light[:4], heavy[1], light[4]]


def test_a_single_title_overtakes_a_catalog_of_the_same_tenant(database: Database) -> None:
    catalog = [submit(database, catalog="spring") for _ in range(3)]
    single = submit(database)
    assert taken_jobs(database, 4) == [catalog[0], single, catalog[1], catalog[2]]


def test_a_small_job_overtakes_a_catalog_of_ten_thousand(database: Database) -> None:
    submit(database, tenant="large", catalog="all", steps=())
    with database.begin() as session:
        session.execute(text(TEN_THOUSAND))
    small = submit(database, tenant="small")
    assert small in taken_jobs(database, 2)


TEN_THOUSAND = """
INSERT INTO step (id, job_id, key, kind, label, params, inputs, state, epoch, attempts, errors,
                  lost_leases, progress, reused, resource, cores, memory_bytes, isolated, priority,
                  tenant, catalog, submitted_at)
SELECT nextval('step_id_seq'), job.id, 'k' || n, 'ingest', '', '{}', '[]', 'QUEUED', 0, 0, 0,
       0, 0, false, 'io', 1, 1000, false, 0, 'large', 'all', now()
  FROM job, generate_series(1, 10000) AS n
"""


def test_only_what_fits_is_taken(database: Database) -> None:
    heavy = submit(database, steps=[sized(8)])
    other = submit(database, steps=[sized(2)])
    assert taken_with(database, replace(ROOM, cores=8, spare_cores=2.0)) == other
    assert taken_with(database, replace(ROOM, cores=8, spare_cores=7.5)) is None
    assert taken_with(database, replace(ROOM, cores=8, spare_cores=8.0)) == heavy


def test_a_light_step_fits_beside_work_that_has_every_core(database: Database) -> None:
    whole = submit(database, steps=[sized(1)])
    light = submit(database, steps=[sized(0.5)])
    busy = replace(ROOM, spare_cores=0.0, spare_for_light=1.0)
    assert taken_with(database, busy) == light
    assert taken_with(database, busy) is None
    submit(database, steps=[sized(0.5)])
    assert taken_with(database, replace(busy, spare_for_light=0.4)) is None
    assert taken_with(database, replace(busy, spare_cores=1.0, spare_for_light=0.4)) == whole


def taken_with(database: Database, room: Room) -> str | None:
    claim = take(database, room)
    return claim.job_id if claim else None


def test_a_worker_smaller_than_a_step_gives_it_all_it_has(database: Database) -> None:
    heavy = submit(database, steps=[sized(8, 4 * GIB)])
    small = Room(ALL, 2, 2 * GIB, 2.0, 3.0, GIB, idle=False)
    assert taken_with(database, small) is None
    assert taken_with(database, replace(small, spare_memory_bytes=2 * GIB)) == heavy


def test_a_worker_takes_only_its_own_classes(database: Database) -> None:
    submit(database, steps=[sized(1, resource=Resource.QC)])
    assert take(database, replace(ROOM, resources=(Resource.IO, Resource.CPU))) is None
    assert take(database, replace(ROOM, resources=(Resource.QC,))) is not None


def test_an_isolated_step_waits_for_a_worker_that_runs_nothing(database: Database) -> None:
    submit(database)
    with database.begin() as session:
        session.execute(update(Step).values(isolated=True))
    assert take(database, replace(ROOM, idle=False)) is None
    claim = take(database)
    assert claim is not None
    assert claim.isolated


def test_what_else_waits_is_known_so_that_others_can_be_woken(database: Database) -> None:
    submit(database)
    second = submit(database)
    turns = Turns(database, "here:1", 60.0)
    assert turns.claim_next(ROOM) is not None
    waiting = turns.waiting
    assert waiting is not None
    assert waiting.job_id == second
    assert waiting.fits(ROOM)
    assert not waiting.fits(replace(ROOM, spare_cores=0.0, spare_for_light=1.0))
    assert turns.claim_next(ROOM) is not None
    assert turns.waiting is None


def test_a_turn_that_another_worker_took_is_passed_over(database: Database) -> None:
    first, second, third = submit(database), submit(database), submit(database)
    ours, theirs = Turns(database, "here:1", 60.0), Turns(database, "there:1", 60.0)
    order = [turns.claim_next(ROOM) for turns in (ours, theirs, ours, theirs)]
    assert [claim.job_id if claim else None for claim in order] == [first, second, third, None]


def test_of_steps_of_a_job_that_was_begun_the_first_that_is_free_is_taken(
    database: Database,
) -> None:
    submit(database, steps=[StepPlan(key, "audio") for key in "abcdef"])
    submit(database, steps=[StepPlan("g", "audio")])
    assert take(database) is not None  # begins the job
    ours, theirs = Turns(database, "here:1", 60.0), Turns(database, "there:1", 60.0)
    order = [turns.claim_next(ROOM) for turns in (ours, theirs, theirs, ours, ours, ours)]
    assert [claim.key if claim else None for claim in order] == ["b", "c", "d", "e", "f", "g"]


def test_steps_of_jobs_that_ended_or_rest_have_no_turn(database: Database) -> None:
    paused, cancelled = submit(database), submit(database)
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, paused)
        control.request_cancel(session, EVERY_TENANT, cancelled)
    assert take(database) is None
