"""Publishers in each other's way, and generations removed while somebody watches."""

from __future__ import annotations

import threading
from collections.abc import Callable

from farm.spec import JobSpec
from storage.stores import open_store
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all, published_generations
from tests.faults.playback import POINTERS, walk

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
    assert [farm.wait_for_end(job_id) for job_id in jobs] == 3 * ["PUBLISHED"]
    assert published_generations(farm) == [("title", 2)]
    check_all(farm)


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
            farm.sweep(REELFARM_KEEP_GENERATIONS_S=f"{KEEP_S:g}")
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
