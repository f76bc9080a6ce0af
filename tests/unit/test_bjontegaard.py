"""BD-rate against values worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from ladders.bjontegaard import BdRate, RateScore, bd_rate, bps_at, frontier


def compared(anchor: Iterable[RateScore], tried: Iterable[RateScore]) -> tuple[float, ...]:
    """Return per cent, low and high."""
    found = bd_rate(anchor, tried)
    assert found is not None
    return found.percent, found.low, found.high


def ladder(*points: tuple[float, float]) -> list[RateScore]:
    return [RateScore(bps, vmaf) for bps, vmaf in points]


APPLE = ladder((145e3, 41), (365e3, 62), (730e3, 75), (2e6, 88), (6e6, 95))


def test_a_ladder_takes_no_more_bits_than_itself() -> None:
    assert bd_rate(APPLE, APPLE) == BdRate(0.0, 41, 95)


def test_half_the_bits_everywhere_are_half_the_bits() -> None:
    halved = [RateScore(point.bps / 2, point.vmaf) for point in APPLE]
    assert compared(APPLE, halved) == pytest.approx((-50, 41, 95))
    assert compared(halved, APPLE) == pytest.approx((100, 41, 95))


def test_the_order_of_the_rungs_does_not_matter() -> None:
    other = ladder((5e6, 95), (130e3, 41), (1.5e6, 88))
    assert bd_rate(reversed(APPLE), other) == bd_rate(APPLE, sorted(other, key=lambda p: p.bps))


def test_between_two_rungs_the_log_of_the_rate_is_a_straight_line() -> None:
    # Half the bits at 40, as many at 60: half of log 1/2 on average, that is 1/sqrt(2).
    anchor, tried = ladder((100, 40), (200, 60)), ladder((50, 40), (200, 60))
    assert compared(anchor, tried) == pytest.approx((100 * (math.sqrt(0.5) - 1), 40, 60))


def test_only_the_quality_that_both_reach_is_compared() -> None:
    # At 50 to 60 the anchor takes e^5 to e^6 and the other e^6 to e^7: e times as much.
    anchor = ladder((math.e**0, 0), (math.e**6, 60))
    tried = ladder((math.e**6, 50), (math.e**9, 80))
    assert compared(anchor, tried) == pytest.approx((100 * (math.e - 1), 50, 60))


def test_three_rungs_are_joined_by_the_cubics_of_fritsch_and_butland() -> None:
    # Log rates 0, 1, 2 at 0, 1, 3: rises 1 and 1/2, slopes 7/6, 9/13 and 1/6. The area below a
    # cubic is w (y0 + y1) / 2 + w^2 (m0 - m1) / 12.
    area = 1 / 2 + (7 / 6 - 9 / 13) / 12 + 3 + 4 * (9 / 13 - 1 / 6) / 12
    bent = ladder((1, 0), (math.e, 1), (math.e**2, 3))
    straight = ladder((1, 0), (math.e**3, 3))  # its area is 9/2
    percent = 100 * (math.exp((area - 4.5) / 3) - 1)
    assert compared(straight, bent) == pytest.approx((percent, 0, 3))


def test_a_curve_that_turns_sharply_stays_monotone_to_its_ends() -> None:
    # The parabola's slope at the left end would be below 0: (3 * 0.01 - 5) / 2. It is 0 instead, so
    # half way the cubic is at 0.01 / 2 - 1 / 8 of the inner slope, 6 / (3 / 0.01 + 3 / 5).
    steep = ladder((1, 0), (math.exp(0.01), 1), (math.exp(5.01), 2))
    inner = 6 / (3 / 0.01 + 3 / 5)
    at_half = bps_at(steep, 0.5)
    assert at_half is not None
    assert math.log(at_half) == pytest.approx(0.005 - inner / 8)


def test_it_stays_monotone_to_its_upper_end_as_well() -> None:
    # The same from the other side.
    flat = ladder((1, 0), (math.exp(5), 1), (math.exp(5.01), 2))
    inner = 6 / (3 / 5 + 3 / 0.01)
    at_half = bps_at(flat, 1.5)
    assert at_half is not None
    assert math.log(at_half) == pytest.approx(5.005 + inner / 8)


def test_a_rung_that_is_no_better_than_a_cheaper_one_counts_for_nothing() -> None:
    points = ladder((300, 70), (100, 50), (200, 75), (200, 60), (400, 75), (500, 80))
    assert frontier(points) == ladder((100, 50), (200, 75), (500, 80))


@pytest.mark.parametrize(
    "tried",
    [
        pytest.param(ladder((100, 10), (200, 30)), id="all below what the anchor reaches"),
        pytest.param(ladder((100, 96), (200, 99)), id="all above it"),
        pytest.param(ladder((100, 95), (200, 99)), id="no more than a point in common"),
        pytest.param(ladder((100, 70)), id="one rung"),
        pytest.param(ladder((100, 70), (200, 60)), id="one that is worth its bits"),
        pytest.param([], id="none"),
    ],
)
def test_without_quality_in_common_there_is_no_bd_rate(tried: list[RateScore]) -> None:
    assert bd_rate(APPLE, tried) is None


def test_the_rate_at_a_quality_is_that_of_the_rung_there() -> None:
    assert [bps_at(APPLE, vmaf) for vmaf in (41, 75, 95)] == pytest.approx([145e3, 730e3, 6e6])


def test_outside_of_what_a_ladder_reaches_there_is_no_rate() -> None:
    assert [bps_at(APPLE, 40.9), bps_at(APPLE, 95.1), bps_at(APPLE[:1], 41)] == [None, None, None]
