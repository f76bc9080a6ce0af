"""How fast a farm is: what it is assumed to be, and what its past says."""

from __future__ import annotations

import pytest

from planning.pace import LEAST_SPREAD, UNKNOWN, UNKNOWN_SPREAD, PastStep, paces_of


def took(wall_s: float, work: float = 10.0, cores: float = 1.0) -> PastStep:
    return PastStep("encode", work, cores, wall_s, cpu_s=wall_s * cores)


def test_a_farm_without_a_past_is_as_fast_as_the_machine_of_the_figures() -> None:
    assert paces_of([]) == {}
    assert (UNKNOWN.core_s, UNKNOWN.cpu_s, UNKNOWN.spread) == (1.0, 1.0, UNKNOWN_SPREAD)


def test_pace_is_what_steps_took_by_what_there_was_to_do() -> None:
    found = paces_of([took(20.0), took(40.0, work=20.0)])["encode"]
    assert found.core_s == pytest.approx(2.0)
    assert found.cpu_s == pytest.approx(2.0)


def test_a_step_with_more_cores_holds_all_of_them() -> None:
    assert paces_of([took(5.0, cores=4.0)])["encode"].core_s == pytest.approx(2.0)
    assert paces_of([took(5.0, cores=0.25)])["encode"].core_s == pytest.approx(0.5)


def test_the_newest_steps_say_most() -> None:
    slower_since = paces_of([*[took(20.0)] * 30, *[took(10.0)] * 30])["encode"]
    assert 1.75 < slower_since.core_s < 2.0


def test_what_is_seen_more_often_is_less_uncertain() -> None:
    spreads = [paces_of([took(20.0)] * count)["encode"].spread for count in (1, 3, 10, 60)]
    assert spreads == sorted(spreads, reverse=True)
    assert UNKNOWN_SPREAD < spreads[0] < 2 * UNKNOWN_SPREAD
    assert LEAST_SPREAD < spreads[-1] < UNKNOWN_SPREAD / 2


def test_steps_that_differ_are_more_uncertain() -> None:
    even = paces_of([took(10.0)] * 40)["encode"].spread
    uneven = paces_of([took(5.0), took(20.0)] * 20)["encode"].spread
    assert uneven > 2 * even


def test_steps_that_tell_nothing_are_left_out() -> None:
    assert paces_of([took(0.0), took(1.0, work=0.0)]) == {}
