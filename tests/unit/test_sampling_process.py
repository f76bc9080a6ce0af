"""Residuals over time: what known frames say of each other and of all others."""

from __future__ import annotations

import math

import pytest

from qc.sampling.process import NOISE, SIGNAL, between, solve

REACH = 7.0
FRAMES = (3, 8, 17, 20, 31)
RESIDUALS = (1.5, -0.5, 2.0, 2.5, -1.0)
SCENES = [0] * 18 + [1] * 6 + [2] * 4 + [3] * 12


def covariance(one: int, other: int) -> float:
    """Return the process's own between two frames, without noise."""
    if SCENES[one] != SCENES[other]:
        return 0.0
    return SIGNAL * math.exp(-abs(one - other) / REACH)


def solved(matrix: list[list[float]], wanted: list[float]) -> list[float]:
    """Return x of a system of equations, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    for i, row in enumerate(rows):
        for other in rows:
            if other is not row:
                factor = other[i] / row[i]
                other[:] = [a - factor * b for a, b in zip(other, row, strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def kriged(frame: int, without: int | None = None) -> tuple[float, float]:
    """Return mean and variance of a frame's smooth part from the full matrix of known ones."""
    known = [known for known in FRAMES if known != without]
    matrix = [[covariance(a, b) + NOISE * (a == b) for b in known] for a in known]
    towards = [covariance(frame, one) for one in known]
    weights = solved(matrix, towards)
    residuals = dict(zip(FRAMES, RESIDUALS, strict=True))
    mean = sum(w * residuals[one] for w, one in zip(weights, known, strict=True))
    return mean, SIGNAL - sum(w * c for w, c in zip(weights, towards, strict=True))


def test_the_walk_there_and_back_finds_what_the_full_matrix_says_of_every_frame() -> None:
    means, variances = between(solve(FRAMES, RESIDUALS, SCENES, REACH), SCENES, REACH)
    for frame in range(len(SCENES)):
        mean, variance = kriged(frame)
        assert means[frame] == pytest.approx(mean)
        assert variances[frame] == pytest.approx(variance + NOISE)


def test_a_surprise_is_how_far_a_known_frame_is_from_what_the_others_say() -> None:
    for one, residual in zip(solve(FRAMES, RESIDUALS, SCENES, REACH), RESIDUALS, strict=True):
        mean, variance = kriged(one.frame, without=one.frame)
        assert one.unforeseen == pytest.approx(residual - mean)
        assert one.doubt == pytest.approx(variance + NOISE)


def test_nothing_is_told_across_a_cut() -> None:
    means, variances = between(solve(FRAMES, RESIDUALS, SCENES, REACH), SCENES, REACH)
    nobody = range(24, 28)  # a scene without a known frame
    assert [means[frame] for frame in nobody] == [0.0] * 4
    assert [variances[frame] for frame in nobody] == [1.0] * 4


def test_nothing_known_leaves_everything_open() -> None:
    assert between(solve((), (), SCENES, REACH), SCENES, REACH) == ([0.0] * 40, [1.0] * 40)
