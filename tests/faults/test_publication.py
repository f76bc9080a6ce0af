"""Publishers in each other's way, and generations removed while somebody watches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from farm.spec import JobSpec
from services.origin import led_to
from storage.objects.stores import open_store
from storage.postgres.generations import Asset
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.connection import Mode
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all, published_generations
from tests.faults.playback import POINTERS, walk
from tests.faults.processes import Member
from tests.faults.servers import Places

KEEP_S = 2.0  # how long a superseded generation stays playable; to play one takes far less


def with_rungs(spec: JobSpec, count: int) -> JobSpec:
    """Return the request of the same title with so many rungs."""
    rungs = spec.ladder.rungs[:count]
    return spec.model_copy(update={"ladder": spec.ladder.model_copy(update={"rungs": rungs})})


def test_publishers_of_one_asset_leave_both_pointers_on_one_of_them(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm()
    spec = make_spec(farm)
    jobs = [farm.submit(with_rungs(spec, count)) for count in (2, 1, 2)]
    *older, newest = [farm.wait_for_end(job_id) for job_id in jobs]
    assert (newest, {*older} <= {"PUBLISHED", "SUPERSEDED"}) == ("PUBLISHED", True)
    origin, asset = open_store(spec.origin, farm.settings), Asset(spec.origin, "default", "title")
    assert led_to(origin, asset) == {farm.record(jobs[-1])["outputs"]["generation"]}
    check_all(farm)


@pytest.mark.slow_fault
def test_who_watches_while_generations_come_and_go_misses_nothing(
    make_farm: MakeFarm, make_spec: MakeSpec
) -> None:
    farm = make_farm()
    spec = make_spec(farm)
    assert farm.wait_for_end(farm.submit(spec)) == "PUBLISHED"
    ended = threading.Event()
    missed: list[str] = []
    plays: list[int] = []
    viewer = threading.Thread(target=watch, args=(farm, ended.is_set, missed, plays))
    viewer.start()
    try:
        for count in (1, 2, 1, 2):
            assert farm.wait_for_end(farm.submit(with_rungs(spec, count))) == "PUBLISHED"
            farm.reconcile_once(REELFARM_KEEP_GENERATIONS_S=f"{KEEP_S:g}")
    finally:
        ended.set()
        viewer.join()
    assert missed == []
    assert sum(plays) > 20
    check_all(farm)


def watch(
    farm: FaultFarm, is_over: Callable[[], bool], missed: list[str], plays: list[int]
) -> None:
    """Play the title from its pointers again and again, noting what is not there."""
    origin = open_store(farm.places.origin, farm.settings)
    while not is_over():
        for pointer in POINTERS:
            try:
                for key in walk(origin.get_bytes, f"default/title/{pointer}"):
                    origin.get_bytes(key)
                plays.append(1)
            except KeyError as missing:
                missed.append(str(missing))


@pytest.mark.slow_fault
def test_a_publisher_that_sleeps_in_the_middle_of_a_pointer_does_not_turn_back_time(
    make_farm: MakeFarm, make_spec: MakeSpec, s3_places: Places
) -> None:
    farm = make_farm(places=s3_places)
    spec = make_spec(farm)
    first = farm.submit(spec)
    sleeper = hold_pointer(farm, first)
    sleeper.send(signal.SIGSTOP)  # with its transaction open and its locks held
    assert farm.wait_for_end(first) == "PUBLISHED"  # by the other one, when the lease has ended
    second = farm.submit(with_rungs(spec, 1))
    assert farm.wait_for_end(second) == "PUBLISHED"
    farm.reconcilers[0].kill()  # it would mend what is to be seen here
    sleeper.send(signal.SIGCONT)
    sleeper.lines.heal()  # now its request goes out again, with the pointer to the first one
    farm.wait_until(lambda: "publish, epoch 1: " in sleeper.log_text(), "it to notice")
    origin, asset = open_store(spec.origin, farm.settings), Asset(spec.origin, "default", "title")
    assert led_to(origin, asset) == {1, 2}
    assert published_generations(farm) == [("title", 2)]
    check_all(farm)  # housekeeping brings the pointer back
    assert led_to(origin, asset) == {2}


@pytest.mark.slow_fault
def test_a_publisher_cut_off_in_the_middle_of_a_pointer_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], s3_places: Places
) -> None:
    farm = make_farm(places=s3_places)
    job_id = farm.submit(make_spec(farm))
    lost = hold_pointer(farm, job_id)
    for line in lost.lines.all:
        line.set(Mode.BLACKHOLE)  # PostgreSQL is not told that its locks are nobody's any more
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    lost.lines.heal()
    farm.wait_until(lambda: "publish, epoch 1: " in lost.log_text(), "it to notice")
    check_all(farm, undisturbed)


def hold_pointer(farm: FaultFarm, job_id: str) -> Member:
    """Hold the first pointer that a worker writes for a job; return the worker."""
    for worker in farm.workers:
        assert worker.lines.s3 is not None
        worker.lines.s3.hold("PUT", "/title/master.m3u8")
    farm.wait_until(lambda: any(holding(worker) for worker in farm.workers), "a pointer")
    found = farm.worker_of(farm.step(job_id, "publish"))
    for worker in farm.workers:
        if worker is not found:
            worker.lines.heal()
    return found


def holding(worker: Member) -> bool:
    return worker.lines.s3 is not None and worker.lines.s3.holding
