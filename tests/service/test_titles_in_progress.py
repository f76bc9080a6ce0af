"""Titles begun and not ended are bounded, of the farm and of each tenant, whoever asks at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import select

from farm.access import EVERY_TENANT
from farm.plan import Resource, StepPlan, StepSize
from farm.states import JobState
from storage.postgres import claims, control, leases
from storage.postgres.admission import TitleLimits, Turn, next_turns
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job
from tests.service.test_admission import ROOM, submit
from workers.engine.turns import Turns

CLAIMERS = 8
COST = leases.Cost(1.0, 1.0, 1, None)


def take(database: Database, limits: TitleLimits) -> Claim | None:
    return Turns(database, "here:1", 60.0, limits).claim_next(ROOM)


def taken_jobs(database: Database, limits: TitleLimits, count: int) -> list[str | None]:
    taken = [take(database, limits) for _ in range(count)]
    return [claim.job_id if claim else None for claim in taken]


def complete(database: Database, claimed: Claim) -> None:
    with database.begin() as session:
        leases.complete(session, claimed, {}, {}, (), COST)


def begun(database: Database) -> Counter[str]:
    with database.begin() as session:
        in_progress = select(Job.tenant).where(Job.begun_at.is_not(None), Job.finished_at.is_(None))
        return Counter(session.scalars(in_progress))


def test_no_title_is_begun_beyond_the_farms_limit_until_one_ends(database: Database) -> None:
    first, second, third = submit(database), submit(database), submit(database)
    claimed = take(database, TitleLimits(titles=2))
    assert claimed is not None
    assert claimed.job_id == first
    assert taken_jobs(database, TitleLimits(titles=2), 2) == [second, None]
    complete(database, claimed)
    assert taken_jobs(database, TitleLimits(titles=2), 2) == [third, None]


def test_a_job_that_was_begun_goes_on_though_there_is_no_place(database: Database) -> None:
    two = (StepPlan("a", "audio"), StepPlan("b", "audio"))
    first = submit(database, steps=two)
    submit(database, steps=two)
    assert taken_jobs(database, TitleLimits(titles=1), 3) == [first, first, None]


def test_a_tenant_at_its_limit_holds_up_nobody_else(database: Database) -> None:
    many = [submit(database, tenant="many", catalog=f"{n % 9}", priority=5) for n in range(40)]
    few = [submit(database, tenant="few") for _ in range(2)]
    taken = taken_jobs(database, TitleLimits(titles_of_tenant=3), 6)
    assert set(taken[:3]) <= set(many)
    assert taken[3:] == [*few, None]
    assert begun(database) == {"many": 3, "few": 2}


def test_a_tenant_with_a_limit_of_its_own_has_that_instead(database: Database) -> None:
    for tenant in ("more", "fewer", "held", "other"):
        for _ in range(6):
            submit(database, tenant=tenant)
    limits = TitleLimits(titles_of_tenant=2, of_tenants={"more": 4, "fewer": 1, "held": 0})
    taken_jobs(database, limits, 24)
    assert begun(database) == {"more": 4, "fewer": 1, "other": 2}
    taken_jobs(database, TitleLimits(of_tenants={"held": 1, "fewer": 0}), 24)
    assert begun(database) == {"more": 6, "fewer": 1, "held": 1, "other": 6}


def test_a_turn_known_from_before_is_held_to_the_limit_of_its_tenant(database: Database) -> None:
    submit(database, tenant="held")
    with database.begin() as session:
        [turn] = next_turns(session, ROOM, TitleLimits())
        limits = TitleLimits(of_tenants={"other": 5, "held": 0})
        assert claims.claim_first(session, turn, "here:1", 60.0, limits) is None


def test_no_more_turns_are_named_than_there_are_places(database: Database) -> None:
    for number in range(20):
        submit(database, tenant="one" if number < 10 else "two")
    with database.begin() as session:
        turns = next_turns(session, ROOM, TitleLimits(titles=5, titles_of_tenant=2))
    assert len(turns) == 2  # the five first are of one tenant
    with database.begin() as session:
        assert len(next_turns(session, ROOM, TitleLimits(titles=5))) == 5


def test_of_many_who_ask_at_once_exactly_as_many_begin_as_may(database: Database) -> None:
    for number in range(40):
        submit(database, tenant=("one", "two")[number % 2])
    limits = TitleLimits(titles=7, titles_of_tenant=5)

    def take_all(_: int) -> int:
        turns = Turns(database, "here:1", 60.0, limits)
        return sum(turns.claim_next(ROOM) is not None for _ in range(10))

    with ThreadPoolExecutor(CLAIMERS) as claimers:
        assert sum(claimers.map(take_all, range(CLAIMERS))) == 7
    counts = begun(database)
    assert counts.total() == 7
    assert max(counts.values()) <= 5


def test_a_turn_known_from_before_is_refused_when_the_place_is_taken(database: Database) -> None:
    first, second = submit(database), submit(database)
    with database.begin() as session:
        turns = next_turns(session, ROOM, TitleLimits())
    assert [turn.job_id for turn in turns] == [first, second]
    assert [claim_first(database, turn) for turn in turns] == [first, None]
    with database.begin() as session:
        assert session.get_one(Job, second).state == JobState.QUEUED


def claim_first(database: Database, turn: Turn) -> str | None:
    with database.begin() as session:
        claimed = claims.claim_first(session, turn, "here:1", 60.0, TitleLimits(titles=1))
        return claimed.job_id if claimed else None


def test_a_paused_title_keeps_its_place(database: Database) -> None:
    first, second = submit(database), submit(database)
    assert taken_jobs(database, TitleLimits(titles=1), 1) == [first]
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, first)
    assert take(database, TitleLimits(titles=1)) is None
    with database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, first)
    assert taken_jobs(database, TitleLimits(titles=1), 1) == [second]


def test_a_title_paused_before_it_began_has_no_place_and_waits_again(database: Database) -> None:
    first, second = submit(database), submit(database)
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, first)
    assert taken_jobs(database, TitleLimits(titles=1), 1) == [second]
    with database.begin() as session:
        state, freed = control.resume(session, EVERY_TENANT, first)
    assert (state, len(freed)) == (JobState.QUEUED, 1)
    assert take(database, TitleLimits(titles=1)) is None
    assert taken_jobs(database, TitleLimits(titles=2), 1) == [first]


def test_a_step_given_back_needs_no_place_again(database: Database) -> None:
    first = submit(database)
    claimed = take(database, TitleLimits(titles=1))
    assert claimed is not None
    with database.begin() as session:
        leases.stop(session, claimed)
    submit(database)
    assert taken_jobs(database, TitleLimits(titles=1), 2) == [first, None]


def test_a_place_is_no_help_to_what_does_not_fit(database: Database) -> None:
    heavy = StepPlan("b", "encode", size=StepSize(Resource.CPU, 8.0))
    first = submit(database, steps=[StepPlan("a", "audio"), heavy])
    other = submit(database, tenant="other")
    small = replace(ROOM, cores=8, spare_cores=2.0)
    turns = Turns(database, "here:1", 60.0, TitleLimits(titles=3))
    claimed = [turns.claim_next(small) for _ in range(3)]
    assert [claim.job_id if claim else None for claim in claimed] == [first, other, None]
