"""Which moments a reviewer is shown."""

from __future__ import annotations

from itertools import pairwise

from qc.moments import worst_moments
from tests.unit.reported import LOW, TOP, frames


def test_half_are_the_best_rungs_and_the_others_the_largest_drops_below_it() -> None:
    low = frames(lambda n: {20: 10.0, 60: 15.0, 100: 20.0, 140: 25.0}.get(n, 60.0))
    top = frames(lambda n: {10: 80.0, 50: 81.0, 90: 82.0, 130: 83.0}.get(n, 95.0))
    found = worst_moments({LOW: low, TOP: top})
    assert [(m.rung, m.score.frame, m.drop) for m in found] == [
        (TOP, 50, 15.0),
        (LOW, 100, 50.0),
        (TOP, 250, 14.0),
        (LOW, 300, 45.0),
        (TOP, 450, 13.0),
        (LOW, 500, 40.0),
    ]


def test_frames_of_one_bad_stretch_are_one_moment() -> None:
    top = frames(lambda n: 30.0 + n if 40 <= n < 48 else 95.0)
    assert [m.score.frame for m in worst_moments({TOP: top})] == [200]


def test_a_moment_that_hurts_every_rung_shows_the_best_one_and_the_one_it_hurts_most() -> None:
    lowest = frames(lambda n: 10.0 if n == 41 else 60.0)
    low = frames(lambda n: 50.0 if n == 42 else 70.0)
    top = frames(lambda n: 70.0 if n == 40 else 95.0)
    found = worst_moments({LOW: lowest, "h264-270p": low, TOP: top})
    assert [(m.rung, m.score.frame) for m in found] == [(TOP, 200), (LOW, 205)]


def test_there_are_no_more_than_asked_for_and_none_close_together() -> None:
    top = frames(lambda n: 90.0 - n % 37)
    found = worst_moments({TOP: top}, limit=5)
    times = [m.score.time_s for m in found]
    assert len(found) == 5
    assert times == sorted(times)
    assert all(b - a >= 2.0 for a, b in pairwise(times))


def test_moments_two_seconds_apart_are_two_and_of_equal_drops_the_first_is_shown() -> None:
    top = frames(lambda n: 80.0 if n in (20, 29, 30) else 95.0)
    assert [m.score.frame for m in worst_moments({TOP: top})] == [100, 150]


def test_a_stretch_of_two_seconds_has_one_moment_its_worst() -> None:
    # From 4.0 s to 5.8 s: the first of the equally bad ones.
    top = frames(lambda n: {20: 90.0, 24: 70.0, 26: 70.0, 29: 80.0}.get(n, 95.0))
    assert [m.score.frame for m in worst_moments({TOP: top})] == [120]


def test_the_best_rung_has_the_places_that_the_others_leave() -> None:
    low = frames(lambda n: 30.0 if n == 5 else 60.0)
    top = frames(lambda n: 80.0 if n % 20 == 10 else 95.0)
    assert [m.rung for m in worst_moments({LOW: low, TOP: top})] == [LOW, *[TOP] * 5]
    assert [m.rung for m in worst_moments({LOW: low, TOP: top}, limit=1)] == [TOP]


def test_a_drop_is_measured_from_the_median_and_what_is_no_worse_is_none() -> None:
    # Two halves of a title: the upper median is 90, so that half of the frames lie below it.
    top = frames(lambda n: 85.0625 if n < 100 else 90.0)
    found = worst_moments({TOP: top}, limit=1)
    assert [(m.score.frame, m.drop) for m in found] == [(0, round(90.0 - 85.062, 3))]
    assert worst_moments({TOP: frames(lambda n: 85.0 if n <= 100 else 90.0)}) == ()


def test_a_title_without_scores_or_without_a_drop_has_none() -> None:
    assert worst_moments({}) == ()
    assert worst_moments({TOP: frames(lambda _: 95.0)}) == ()
