"""What classes of steps wait for, and which of them holds titles up."""

from __future__ import annotations

from services.class_waits import ClassWait, class_waits, held_up_by
from storage.postgres.pace import ListedWorker, WaitNow


def worker(cores: int, *resources: str, draining: bool = False) -> ListedWorker:
    return ListedWorker(f"host:{cores}", resources, cores, 1 << 30, draining, 1.0)


ALL = worker(10, "io", "cpu", "qc")


def of(*now: WaitNow, workers: tuple[ListedWorker, ...] = (ALL,)) -> dict[str, ClassWait]:
    return {wait.resource.value: wait for wait in class_waits(now, {"qc": 1.0}, workers)}


def held(
    *now: WaitNow,
    workers: tuple[ListedWorker, ...] = (ALL,),
    bottleneck: str | None = None,
    titles_wait: bool = False,
) -> str | None:
    found = held_up_by(class_waits(now, {}, workers), bottleneck, titles_wait)
    return found.words if found else None


def test_waits_are_those_of_now_else_those_of_lately() -> None:
    found = of(WaitNow("cpu", 3, 9.0, 9.5))
    assert (found["cpu"].wait_s, found["cpu"].waiting) == (9.0, 3)
    assert (found["qc"].wait_s, found["qc"].waiting) == (1.0, 0)
    assert found["io"].wait_s == 0.0


def test_a_class_has_the_cores_of_the_workers_that_go_on_taking_it() -> None:
    workers = (worker(2, "cpu"), worker(8, "qc", "io"), worker(4, "cpu", draining=True))
    found = of(workers=workers)
    assert (found["cpu"].cores, found["qc"].cores, found["gpu"].cores) == (2, 8, 0)


def test_the_bottleneck_of_the_forecast_holds_titles_up() -> None:
    now = (WaitNow("cpu", 8, 20.0, 40.0), WaitNow("qc", 9, 30.0, 90.0))
    assert held(*now, bottleneck="cpu") == "encoding"
    assert held(*now, bottleneck="qc") == "measuring quality"
    assert held(*now, bottleneck="io") == "measuring quality"  # none of that waits


def test_without_a_forecast_it_is_the_class_with_most_waiting_for_each_core() -> None:
    workers = (worker(2, "cpu"), worker(8, "qc", "io"))
    now = (WaitNow("cpu", 8, 20.0, 40.0), WaitNow("qc", 9, 30.0, 90.0))
    assert held(*now, workers=workers) == "encoding"


def test_a_class_that_nobody_serves_comes_first() -> None:
    now = (WaitNow("cpu", 80, 20.0, 40.0), WaitNow("qc", 1, 30.0, 90.0))
    workers = (worker(2, "cpu"),)
    assert held(*now, workers=workers, bottleneck="cpu") == "measuring quality"
    found = of(*now, workers=workers)
    assert (found["qc"].is_unserved, found["cpu"].is_unserved) == (True, False)


def test_a_wait_as_long_as_waking_a_worker_holds_nothing_up() -> None:
    assert held(WaitNow("cpu", 3, 0.2, 0.4)) is None
    assert held() is None


def test_titles_that_wait_for_their_turn_are_held_up_by_the_bottleneck() -> None:
    assert held(bottleneck="cpu", titles_wait=True) == "encoding"
    of_others = WaitNow("qc", 1, 9.0, 9.0)
    assert held(of_others, bottleneck="cpu", titles_wait=True) == "measuring quality"
    assert held(bottleneck="cpu") is None
    assert held(titles_wait=True) is None
