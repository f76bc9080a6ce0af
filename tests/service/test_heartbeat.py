"""One thread renews all leases of a worker: against a real PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from farm.access import EVERY_TENANT
from farm.errors import Cancelled
from farm.plan import StepPlan
from farm.settings import Settings
from storage.postgres import control, fleet, jobs
from storage.postgres.admission import Room
from storage.postgres.database import Database
from storage.postgres.models import Step
from tests.conftest import a_spec
from tests.waiting import wait_until
from workers.engine import heartbeat as heartbeat_module
from workers.engine.capacity import Capacity
from workers.engine.heartbeat import Heartbeat, Lease
from workers.engine.turns import Turns


@pytest.fixture
def settings_here(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, lease_s=2.0, heartbeat_s=0.2, cores=2, memory_bytes=1 << 30)


def a_heartbeat(
    database: Database,
    settings: Settings,
    capacity: Capacity | None = None,
    *,
    needs_right_time: bool = False,
) -> Heartbeat:
    capacity = capacity or Capacity(settings)
    return Heartbeat(database, settings, "here:1", capacity, needs_right_time)


@pytest.fixture
def heartbeat(database: Database, settings_here: Settings) -> Iterator[Heartbeat]:
    heartbeat = a_heartbeat(database, settings_here)
    heartbeat.start()
    yield heartbeat
    heartbeat.stop()


def submit(database: Database) -> str:
    with database.begin() as session:
        steps = [StepPlan("a", "audio")]
        return jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), steps, "request")[0]


def take(database: Database, settings: Settings) -> Lease:
    room: Room = Capacity(settings).room()
    claim = Turns(database, "here:1", settings.lease_s).claim_next(room)
    assert claim is not None
    return Lease(claim, settings.lease_s, time.monotonic())


def test_a_lease_outlasts_its_first_term_and_progress_is_reported(
    database: Database, settings_here: Settings, heartbeat: Heartbeat
) -> None:
    submit(database)
    lease = take(database, settings_here)
    with heartbeat.keeping(lease):
        lease.report(0.5)
        time.sleep(1.5 * settings_here.lease_s)
        assert not lease.stopped()
        with database.begin() as session:
            left = session.scalar(select(Step.lease_until > func.now()))
            assert (left, session.scalar(select(Step.progress))) == (True, 0.5)


def test_a_cancelled_job_stops_its_work(
    database: Database, settings_here: Settings, heartbeat: Heartbeat
) -> None:
    job_id = submit(database)
    lease = take(database, settings_here)
    with heartbeat.keeping(lease):
        with database.begin() as session:
            control.request_cancel(session, EVERY_TENANT, job_id)
        wait_until(lease.stopped)
        with pytest.raises(Cancelled, match="a was stopped: its job ended, or its lease was lost"):
            lease.check()


def test_out_of_reach_of_postgresql_work_stops_when_its_lease_ends(
    database: Database, settings_here: Settings
) -> None:
    submit(database)
    lease = take(database, settings_here)
    nobody = Database("postgresql://x@127.0.0.1:9/x?connect_timeout=1")
    heartbeat = a_heartbeat(nobody, settings_here)
    heartbeat.start()
    with heartbeat.keeping(lease):
        assert not lease.stopped()
        wait_until(lease.stopped)
        assert lease.is_over()
    heartbeat.stop()


def test_a_worker_is_on_the_list_as_long_as_it_lives(
    database: Database, settings_here: Settings
) -> None:
    def listed() -> list[tuple[str, int, bool]]:
        with database.begin() as session:
            return [(w.name, w.cores, w.draining) for w in fleet.alive(session, within_s=5)]

    capacity = Capacity(settings_here)
    heartbeat = a_heartbeat(database, settings_here, capacity)
    heartbeat.start()
    wait_until(lambda: listed() == [("here:1", 2, False)])
    heartbeat.drain()
    wait_until(lambda: listed() == [("here:1", 2, True)])
    assert not capacity.takes_work
    heartbeat.stop()
    assert listed() == []


class OtherClock:
    """The module `time`, an hour ahead."""

    monotonic = staticmethod(time.monotonic)

    @staticmethod
    def time() -> float:
        return time.time() + 3600


@pytest.mark.parametrize(("needs_right_time", "takes_work"), [(True, False), (False, True)])
def test_with_a_wrong_clock_work_is_taken_only_where_it_does_not_matter(
    database: Database,
    settings_here: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    needs_right_time: bool,
    takes_work: bool,
) -> None:
    monkeypatch.setattr(heartbeat_module, "time", OtherClock)
    capacity = Capacity(settings_here)
    heartbeat = a_heartbeat(database, settings_here, capacity, needs_right_time=needs_right_time)
    heartbeat.start()
    heartbeat.stop()
    assert capacity.takes_work == takes_work
    assert ("clock is 3600 s ahead of PostgreSQL's" in caplog.text) == needs_right_time


def test_slots_are_counted_from_workers_that_take_work(
    database: Database, settings_here: Settings
) -> None:
    with database.begin() as session:
        for name, cores, draining in (("a", 8, False), ("b", 3, False), ("c", 16, True)):
            fleet.report(session, name, settings_here.resources, cores, 1 << 30, draining)
        assert fleet.encode_slots(session, 4.0, within_s=60) == 3
        assert fleet.encode_slots(session, 1.0, within_s=60) == 11
    submit(database)
    with database.begin() as session:
        session.execute(update(Step).values(kind="encode", state="RUNNING"))
        assert fleet.encode_slots(session, 4.0, within_s=60) == 2
        assert fleet.encode_slots(session, 99.0, within_s=60) == 1
