"""When steps are done: in their order, on the cores there are, behind what comes before."""

from __future__ import annotations

import math

import pytest

from planning.forecast import (
    BUSY_SPREAD,
    EDGE,
    Interval,
    Machine,
    Task,
    drained,
    expected_s,
    forecast,
    held_core_s,
    queue_s,
)
from planning.pace import UNKNOWN, Pace

SURE = {"encode": Pace(spread=1e-6), "package": Pace(spread=1e-6)}
ALL = frozenset({"io", "cpu", "qc"})
ONE, TWO = (Machine(2, ALL),), (Machine(2, ALL), Machine(2, ALL))


def encode(name: str, *needs: str, cores: float = 2.0, left: float = 1.0) -> Task:
    return Task(name, "encode", "cpu", cores, 20.0, frozenset(needs), left)


def ends_s(tasks: list[Task], machines: tuple[Machine, ...], before_s: float = 0.0) -> float:
    """Return when steps end whose times are all but certain."""
    found = forecast(tasks, SURE, machines, before_s)
    assert found is not None
    assert found.earliest_s < found.latest_s < 2 * found.earliest_s
    return math.sqrt(found.earliest_s * found.latest_s)


def about(seconds: float) -> object:
    return pytest.approx(seconds, rel=0.08)


def test_a_step_takes_its_work_by_the_cores_it_is_given() -> None:
    assert ends_s([encode("a")], ONE) == about(10)
    assert ends_s([encode("a", cores=8.0)], ONE) == about(10)
    assert ends_s([encode("a", cores=1.0)], ONE) == about(20)
    assert ends_s([encode("a", left=0.25)], ONE) == about(2.5)


def test_steps_share_the_machines_there_are() -> None:
    four = [encode(name) for name in "abcd"]
    assert ends_s(four, ONE) == about(40)
    assert ends_s(four, TWO) == about(20)
    assert ends_s([encode(name, cores=1.0) for name in "abcd"], ONE) == about(40)


def test_a_step_waits_for_those_it_needs() -> None:
    assert ends_s([encode("a"), encode("b", "a"), encode("c", "b", "done")], TWO) == about(30)


def test_light_steps_run_beside_the_others() -> None:
    light = Task("p", "package", "io", 0.25, 10.0)
    assert ends_s([encode("a"), light], ONE) == about(10)


def test_what_comes_before_is_added() -> None:
    assert ends_s([encode("a")], ONE, before_s=100.0) == about(110)


def test_a_farm_that_cannot_do_it_all_has_no_forecast() -> None:
    assert forecast([encode("a")], SURE, ()) is None
    assert forecast([encode("a")], SURE, (Machine(4, frozenset({"io"})),)) is None


def test_what_is_less_certain_is_told_as_a_longer_interval() -> None:
    widths = []
    for spread in (0.1, 0.4, 0.8):
        found = forecast([encode("a")], {"encode": Pace(spread=spread)}, ONE)
        assert found is not None
        assert found.earliest_s < 10 < found.latest_s
        widths.append(found.latest_s / found.earliest_s)
    assert widths == sorted(widths)
    # Four of five draws of a normal distribution lie within 1.28 deviations to each side.
    assert math.log(widths[1]) == pytest.approx(2 * EDGE * math.hypot(0.4, BUSY_SPREAD), rel=0.25)


def test_the_same_question_has_the_same_answer() -> None:
    both = [encode("a"), encode("b")]
    assert forecast(both, {}, ONE, 5.0, 0.3) == forecast(both, {}, ONE, 5.0, 0.3)


def test_a_step_that_leaves_no_room_holds_the_whole_machine() -> None:
    measure = Task("m", "measure", "qc", 1.5, 15.0)
    assert expected_s(measure, UNKNOWN, 2) == 10.0
    assert held_core_s(measure, UNKNOWN, ONE) == 20.0
    assert held_core_s(measure, UNKNOWN, (Machine(3, ALL),)) == 15.0
    assert held_core_s(Task("p", "package", "io", 0.25, 10.0), UNKNOWN, ONE) == 0.0


def test_a_queue_lasts_as_long_as_the_busiest_machines() -> None:
    scorers = (Machine(4, frozenset({"cpu", "io"})), Machine(1, frozenset({"qc"})))
    assert queue_s({"cpu": 40.0, "qc": 40.0}, scorers) == 40.0
    assert queue_s({"cpu": 40.0, "qc": 40.0}, (Machine(4, ALL),)) == 20.0
    assert queue_s({"cpu": 400.0, "qc": 1.0}, scorers) == 100.0
    assert queue_s({"gpu": 1.0}, scorers) == math.inf
    assert queue_s({"cpu": 0.0}, ()) == 0.0


def test_a_queue_is_done_about_when_it_is_expected_to_be() -> None:
    found = drained(100.0, 0.5)
    assert (round(found.earliest_s), round(found.latest_s)) == (53, 190)
    assert drained(100.0, 0.0) == Interval(100.0, 100.0)
