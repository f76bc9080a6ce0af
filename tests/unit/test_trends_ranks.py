"""The tests by ranks, against figures that are known, and by how they behave at random."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest

from qc.trends import ranks
from qc.trends.ranks import THINNED, shift_of_groups, shift_of_pairs, thinned


def test_the_u_test_agrees_with_the_published_example() -> None:
    # Hollander & Wolfe, Nonparametric Statistical Methods (1973), p. 69 f.: permeability of
    # membranes; the exact p is 0.2544 (two-sided), the estimate -0.305.
    at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]
    shift = shift_of_groups(at_term, early)
    assert shift.by == pytest.approx(-0.305)
    assert shift.p == pytest.approx(0.2544, abs=0.01)
    assert shift.low < -0.305 < shift.high


def test_the_signed_rank_test_agrees_with_the_published_example() -> None:
    # The same, p. 29: depression scores of nine patients, p 0.03906 two-sided, estimate -0.46.
    first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    shift = shift_of_pairs(first, second)
    assert shift.by == pytest.approx(-0.46)
    assert shift.p == pytest.approx(0.03906, abs=1e-4)


def test_the_exact_signed_rank_p_is_that_of_all_signs() -> None:
    moved = [0.3, -0.1, 0.5, 0.5, -0.5, 0.9, 1.1]  # with ties
    ranks = [2.0, 1.0, 4.0, 4.0, 4.0, 6.0, 7.0]
    sums = [
        sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    seen = sum(rank for rank, each in zip(ranks, moved, strict=True) if each > 0)
    above = sum(each >= seen for each in sums) / len(sums)
    assert shift_of_pairs([0.0] * 7, moved).p == pytest.approx(min(1, 2 * above))


def test_what_is_equal_did_not_move() -> None:
    assert shift_of_groups([95.0] * 20, [95.0] * 20).p == 1
    same = shift_of_pairs([95.0, 96.0] * 10, [95.0, 96.0] * 10)
    assert (same.by, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_up_and_down_are_alike() -> None:
    rng = random.Random(5)
    before, after = ([rng.gauss(94, 2) for _ in range(30)] for _ in range(2))
    for test in (shift_of_groups, shift_of_pairs):
        up, down = test(before, after), test(after, before)
        assert down.by == pytest.approx(-up.by)
        assert down.p == pytest.approx(up.p)
        assert (down.low, down.high) == pytest.approx((-up.high, -up.low))


def test_the_exact_p_and_the_approximate_one_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    moved = [rng.gauss(0.3, 1) for _ in range(40)]
    exact = shift_of_pairs([0.0] * 40, moved).p
    monkeypatch.setattr(ranks, "MOST_EXACT", 0)
    assert shift_of_pairs([0.0] * 40, moved).p == pytest.approx(exact, abs=0.005)


def test_intervals_hold_the_shift_as_often_as_they_say() -> None:
    held = {"pairs": 0, "groups": 0}
    for seed in range(300):
        rng = random.Random(seed)
        titles = [100 - rng.gammavariate(4, 1.3) for _ in range(80)]
        again = [score - 0.5 + rng.gauss(0, 0.4) for score in titles[:40]]
        others = [score - 0.5 for score in titles[40:]]
        pairs, groups = (
            shift_of_pairs(titles[:40], again),
            shift_of_groups(titles[:40], others),
        )
        held["pairs"] += pairs.low <= -0.5 <= pairs.high
        held["groups"] += groups.low <= -0.5 <= groups.high
    assert min(held.values()) >= 0.92 * 300, held  # of 95 %, by 300 tries


def test_many_scores_are_thinned_to_few_that_are_spread_alike() -> None:
    scores = [float(n) for n in range(1000)]
    random.Random(1).shuffle(scores)
    few = thinned(scores)
    assert len(few) == THINNED
    assert few == sorted(few)
    assert math.fsum(few) / len(few) == pytest.approx(499.5, abs=1)
    assert thinned([3.0, 1.0]) == [1.0, 3.0]
