"""Curves through a few trials: monotone, whatever noise there was, and straight beyond."""

from __future__ import annotations

import itertools

import pytest

from ladders.per_title.curves import LEAST_SLOPE, CurvePoint, RateCurve, monotone, through

CURVE = monotone(
    [
        CurvePoint(36, 250_000, 60.0),
        CurvePoint(20, 4_000_000, 96.0),
        CurvePoint(28, 1_000_000, 84.0),
    ]
)


def test_a_curve_goes_through_what_was_tried() -> None:
    assert [(p.crf, round(p.bps, -1), p.quality) for p in CURVE.points] == [
        (20, 4_000_000, 96.0),
        (28, 1_000_000, 84.0),
        (36, 250_000, 60.0),
    ]
    assert CURVE.at(28).quality == 84.0


def test_between_and_beyond_its_points_a_curve_only_falls() -> None:
    sampled = list(CURVE.sampled())
    assert (sampled[0].crf, sampled[-1].crf) == (17, 39)
    assert all(a.bps > b.bps for a, b in itertools.pairwise(sampled))
    assert all(a.quality > b.quality for a, b in itertools.pairwise(sampled))


def test_beyond_its_points_a_curve_goes_on_straight() -> None:
    lost = 5 * (5 / 17) ** (3 / 8)  # 101 is what nothing reaches
    assert CURVE.at(17).quality == pytest.approx(101 - lost)
    assert CURVE.at(39).bps == pytest.approx(250_000 * 2 ** (-3 / 4), rel=1e-3)


def test_two_points_tell_what_x264_makes_of_the_crfs_between_them() -> None:
    """VMAF of ten seconds of Big Buck Bunny at 360p, veryfast; straight lines miss by 1.6."""
    found = RateCurve((CurvePoint(20, 495_900, 92.08), CurvePoint(29, 156_700, 78.6)))
    assert found.at(24).quality == pytest.approx(87.72, abs=0.2)
    assert found.at(27).quality == pytest.approx(82.86, abs=0.2)
    assert found.at(24).bps == pytest.approx(293_000, rel=0.03)


def test_the_crf_of_a_rate_is_found_again() -> None:
    found = CURVE.crf_at(CURVE.at(24.5).bps)
    assert found == pytest.approx(24.5, abs=1e-4)
    assert CURVE.quality_at(CURVE.at(24.5).bps) == pytest.approx(CURVE.at(24.5).quality, abs=1e-3)


@pytest.mark.parametrize("bps", [10_000_000, 100_000])
def test_a_rate_that_a_curve_does_not_reach_has_no_crf(bps: float) -> None:
    assert CURVE.crf_at(bps) is None
    assert CURVE.quality_at(bps) is None


@pytest.mark.parametrize("crf", [17.5, 22.0, 28.0, 38.5])
def test_the_crf_of_a_quality_is_found_again(crf: float) -> None:
    assert CURVE.crf_of(CURVE.at(crf).quality) == pytest.approx(crf, abs=1e-3)


def test_a_quality_that_a_curve_does_not_reach_is_that_of_its_end() -> None:
    assert CURVE.crf_of(99.9) == pytest.approx(17, abs=1e-3)
    assert CURVE.crf_of(0.0) == pytest.approx(39, abs=1e-3)


def test_noise_that_rises_is_evened_out() -> None:
    noisy = monotone(
        [CurvePoint(20, 1_000_000, 90), CurvePoint(28, 1_000_000, 92), CurvePoint(36, 250_000, 60)]
    )
    assert [point.quality for point in noisy.points] == [91, 91, 60]
    assert noisy.points[0].bps > noisy.points[1].bps


def test_a_step_of_crf_costs_what_the_curve_says_and_something_anyway() -> None:
    straight = RateCurve((CurvePoint(20, 4e6, 96), CurvePoint(28, 1e6, 80)))
    flat = RateCurve((CurvePoint(20, 4e6, 96), CurvePoint(28, 1e6, 96)))
    assert straight.slope_at(24) == pytest.approx(1.841, abs=0.001)
    assert straight.slope_at(21) < straight.slope_at(27)
    assert flat.slope_at(24) == LEAST_SLOPE


def test_the_cubic_between_points_never_overshoots() -> None:
    xs, ys = [0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 1.0, 1.0]
    values = [through(xs, ys).at(step / 20) for step in range(61)]
    assert values == sorted(values)
    assert (values[0], values[20], values[30], values[40], values[60]) == (0, 0, 0.5, 1, 1)
