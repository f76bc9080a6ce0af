"""Devices in PostgreSQL: never more on one than it takes, and none while its breaker is open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from farm.devices import Capability, DeviceFault, DeviceReport, HeldDevice
from farm.plan import Resource, StepPlan, StepSize
from farm.states import StepState
from storage.postgres import breakers, devices, jobs
from storage.postgres.admission import NO_LIMITS, FreeDevice, Room, Turn, next_turns
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from tests.conftest import a_spec

WORKS = Capability("h264", 8, "h264_nvenc", works=True, pixels_per_s=1e8)
GPU = DeviceReport("m/GPU-1", "nvenc:0", "nvenc", "550", 2, (WORKS,), ("h264", "hevc"))
OTHER = replace(GPU, key="m/GPU-2", name="nvenc:1", sessions=3)
ROOM = Room((Resource.CPU, Resource.GPU), 8, 1 << 40, 8.0, 8.0, 1 << 40, idle=True)


def know(database: Database, *reports: DeviceReport) -> None:
    with database.begin() as session:
        for report in reports:
            devices.note(session, "here:1", report)


def queue(database: Database, *sizes: StepSize) -> list[Turn]:
    """Queue steps of a job that has begun; return their turns."""
    plans = [StepPlan(f"encode:{n}", "encode", size=size) for n, size in enumerate(sizes)]
    with database.begin() as session:
        job_id, freed = jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), plans, "request")
        session.execute(update(Job).where(Job.id == job_id).values(state="RUNNING"))
        session.execute(update(Step).where(Step.job_id == job_id).values(begins=False))
    return [Turn(step.step_id, job_id, Resource.GPU, False) for step in freed]


def on_gpu(sessions: int = 1, pixels_per_s: float = 1e6, kind: Any = "nvenc") -> StepSize:
    return StepSize(Resource.GPU, 0.5, 1, kind, sessions, pixels_per_s)


def take(database: Database, turn: Turn, *keys: str) -> Claim | None:
    for key in keys or (GPU.key,):
        with database.begin() as session:
            claimed = devices.claim_with_device(session, turn, key, "here:1", 60.0)
        if claimed is not None:
            return claimed
    return None


def turns(database: Database, *keys: str) -> list[int]:
    with database.autocommit() as connection:
        free = devices.free(connection, keys or (GPU.key,))
        return [
            turn.step_id for turn in next_turns(connection, replace(ROOM, devices=free), NO_LIMITS)
        ]


def breaker(database: Database, key: str = GPU.key) -> str:
    with database.begin() as session:
        return next(each.breaker for each in devices.listed(session) if each.report.key == key)


def let_pass(database: Database, seconds: float) -> None:
    """Have so much time pass for breakers and tryouts."""
    shifted = "open_until = open_until - make_interval(secs => :s), tryout_until = tryout_until"
    with database.begin() as session:
        session.execute(
            text(f"UPDATE device SET {shifted} - make_interval(secs => :s)"), {"s": seconds}
        )


def test_what_a_worker_found_is_known_to_all_and_forgotten_with_it(database: Database) -> None:
    know(database, GPU)
    with database.begin() as session:
        [listed] = devices.listed(session)
        assert (listed.report, listed.worker, listed.used) == (GPU, "here:1", 0)
        assert devices.known(session, GPU.key, GPU.driver, 60, 60) == GPU
        assert devices.known(session, GPU.key, "551", 60, 60) is None
        session.execute(text("UPDATE device SET seen_at = now() - interval '61 seconds'"))
        assert devices.known(session, GPU.key, GPU.driver, 60, 600) is None
        assert devices.usable(session, 60) == []
        assert devices.usable(session, 60, awaited=True) == [GPU]
        devices.see(session, "here:2", [GPU.key])
        assert devices.usable(session, 60) == [GPU]
        session.execute(text("UPDATE device SET seen_at = now() - interval '25 hours'"))
        devices.forget_the_dead(session)
        assert devices.listed(session) == []


def test_a_step_is_leased_with_sessions_of_a_device_while_there_are_any(
    database: Database,
) -> None:
    know(database, GPU)
    first, second, third = queue(database, on_gpu(), on_gpu(), on_gpu())
    taken = [take(database, turn) for turn in (first, second, third)]
    held = HeldDevice(GPU.key, "nvenc:0", "nvenc", "550")
    assert [claim and claim.device for claim in taken] == [held, held, None]
    assert turns(database) == []
    with database.begin() as session:
        session.execute(update(Step).where(Step.id == first.step_id).values(state="DONE"))
    assert turns(database) == [third.step_id]
    assert take(database, third) is not None


def test_of_several_workers_that_ask_at_once_none_is_given_more_than_there_is(
    database: Database,
) -> None:
    know(database, GPU, OTHER)
    waiting = queue(database, *[on_gpu()] * 12)
    with ThreadPoolExecutor(12) as threads:
        taken = list(threads.map(lambda turn: take(database, turn, GPU.key, OTHER.key), waiting))
    given = [claim.device.key for claim in taken if claim is not None and claim.device is not None]
    assert {key: given.count(key) for key in given} == {GPU.key: 2, OTHER.key: 3}


def test_a_device_is_not_given_more_pixels_than_it_encodes_unless_it_is_idle(
    database: Database,
) -> None:
    know(database, replace(GPU, sessions=8))
    large, small, other = queue(database, on_gpu(1, 9e8), on_gpu(1, 4e7), on_gpu(1, 7e7))
    assert take(database, large) is not None  # more than it does, but nobody does more
    assert turns(database) == []
    with database.begin() as session:
        session.execute(update(Step).where(Step.id == large.step_id).values(state="DONE"))
    assert take(database, small) is not None
    assert take(database, other) is None
    assert turns(database) == []


def test_a_turn_is_named_to_those_whose_devices_can_take_it(database: Database) -> None:
    know(database, GPU)
    waiting = queue(
        *(database, on_gpu(3), on_gpu(kind="vaapi"), on_gpu(2)),
        StepSize(Resource.CPU, 1.0, 1),
    )
    assert turns(database) == [waiting[2].step_id, waiting[3].step_id]
    with database.begin() as session:
        session.execute(update(Step).where(Step.id == waiting[2].step_id).values(avoids=[GPU.key]))
    assert turns(database) == [waiting[3].step_id]
    with database.autocommit() as connection:
        free = devices.free(connection, [GPU.key])
        assert free == (FreeDevice(GPU.key, "nvenc", 2, float("inf")),)
        without = next_turns(connection, ROOM, NO_LIMITS)
    assert [turn.step_id for turn in without] == [waiting[3].step_id]


def test_a_breaker_opens_after_failures_in_a_row_and_half_opens_in_time(
    database: Database,
) -> None:
    know(database, GPU)
    [turn] = queue(database, on_gpu())

    def fail(fault: DeviceFault) -> bool:
        with database.begin() as session:
            return breakers.note_failure(session, GPU.key, fault, "nothing works", 10.0)

    assert [fail(DeviceFault.GARBAGE), fail(DeviceFault.STALLED)] == [False, False]
    with database.begin() as session:
        breakers.note_success(session, GPU.key)
    assert [fail(DeviceFault.SESSIONS), fail(DeviceFault.UNSUITED)] == [False, False]
    assert [fail(DeviceFault.GARBAGE) for _ in range(3)] == [False, False, True]
    assert (breaker(database), turns(database), take(database, turn)) == ("open", [], None)
    with database.begin() as session:
        assert breakers.take_tryout(session, [GPU.key]) is None
    let_pass(database, 10.1)
    assert (breaker(database), turns(database)) == ("half-open", [])
    with database.begin() as session:
        assert breakers.take_tryout(session, [GPU.key]) == GPU.key
        assert breakers.take_tryout(session, [GPU.key]) is None  # somebody is at it
        breakers.reopen(session, GPU.key, "still not", 10.0)
    let_pass(database, 10.1)
    assert breaker(database) == "open"  # for twice as long
    let_pass(database, 10.1)
    with database.begin() as session:
        assert breakers.take_tryout(session, [GPU.key]) == GPU.key
        breakers.close(session, GPU.key)
    assert (breaker(database), turns(database)) == ("closed", [turn.step_id])


def test_a_device_that_is_gone_is_left_alone_at_once(database: Database) -> None:
    know(database, GPU)
    with database.begin() as session:
        assert breakers.note_failure(session, GPU.key, DeviceFault.GONE, "no device")
    with database.begin() as session:
        [listed] = devices.listed(session)
        assert (listed.breaker, listed.failures, listed.last_fault) == ("open", 1, "gone")
        assert listed.last_error == "no device"
        assert devices.usable(session, 60) == []


def test_a_tryout_that_is_lost_with_its_worker_is_made_by_another(database: Database) -> None:
    know(database, GPU)
    with database.begin() as session:
        breakers.note_failure(session, GPU.key, DeviceFault.GONE, "no device", 1.0)
    let_pass(database, 1.1)
    with database.begin() as session:
        assert breakers.take_tryout(session, [GPU.key]) == GPU.key
    let_pass(database, breakers.TRYOUT_S + 1)
    with database.begin() as session:
        assert breakers.take_tryout(session, [GPU.key]) == GPU.key


@pytest.mark.parametrize("state", [StepState.QUEUED, StepState.DONE])
def test_only_what_runs_takes_sessions(database: Database, state: StepState) -> None:
    know(database, GPU)
    [turn, _] = queue(database, on_gpu(2), on_gpu(2))
    assert take(database, turn) is not None
    with database.begin() as session:
        assert devices.free(session, [GPU.key]) == ()
        session.execute(update(Step).where(Step.id == turn.step_id).values(state=state))
        assert devices.free(session, [GPU.key])[0].sessions == 2
