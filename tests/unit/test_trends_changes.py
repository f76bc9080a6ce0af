"""What moved scores: told where it is so, and hardly ever where it is not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from farm.scored import KeptScore, lines_of
from qc.trends.changes import FALSE_ALARMS, LEAST_GROUP, LEAST_MOVE, LEAST_PAIRS, changes
from tests.unit.scored_rows import (
    AFTER,
    BEFORE,
    SERIES,
    kept,
    newest_first,
    other_titles,
    same_titles,
)

LOOKS = 300


def moved(rows: list[KeptScore]) -> bool:
    return any(change.outcome == "moved" for change in changes(rows))


def test_where_nothing_moved_scores_hardly_a_look_says_so() -> None:
    alarms = {"others": 0, "same": 0}
    for seed in range(LOOKS):
        rng = random.Random(seed)
        rows = []
        for lines in (1080, 720, 540):  # several tests a look
            series = replace(SERIES, lines=lines)
            rows += [
                replace(row, score=replace(row.score, series=series))
                for row in other_titles(rng, 40, 0.0)
            ]
        alarms["others"] += moved(newest_first(rows))
        alarms["same"] += moved(same_titles(rng, 40, 0.0))
    # At the stated rate 3 of 300 are to be expected; 9 come in one run of a thousand.
    assert max(alarms.values()) <= FALSE_ALARMS * LOOKS + 6, alarms


def test_half_a_point_is_found_with_forty_titles_made_again() -> None:
    found = sum(moved(same_titles(random.Random(seed), 40, -0.5)) for seed in range(100))
    assert found == 100


def test_half_a_point_is_found_with_forty_others_where_titles_are_much_alike() -> None:
    found = sum(moved(other_titles(random.Random(s), 40, -0.5, width=0.45)) for s in range(100))
    assert found >= 95


def test_titles_that_differ_much_hide_half_a_point_and_the_interval_says_so() -> None:
    [change] = changes(other_titles(random.Random(1), 40, -0.5))
    assert change.outcome == "unmoved"
    assert change.test == "Mann-Whitney U"
    assert change.shift is not None
    assert change.shift.low < -0.5 < change.shift.high


def test_titles_made_again_are_held_against_themselves() -> None:
    rows = same_titles(random.Random(2), LEAST_PAIRS, -2.0)
    [change] = changes(rows)
    assert (change.pairs, change.test, change.outcome) == (
        LEAST_PAIRS,
        "Wilcoxon signed-rank",
        "moved",
    )
    assert change.shift is not None
    assert change.shift.by == pytest.approx(-2.0, abs=0.4)


def test_too_few_titles_say_nothing() -> None:
    [change] = changes(other_titles(random.Random(2), LEAST_GROUP - 1, -20.0))
    assert (change.shift, change.outcome, change.test) == (None, "too few", None)


def test_what_moved_less_than_anybody_sees_is_not_told() -> None:
    rows = same_titles(random.Random(2), 400, -LEAST_MOVE / 2)
    [change] = changes(rows)
    assert change.shift is not None
    assert change.shift.p < FALSE_ALARMS
    assert change.outcome == "unmoved"


def test_rungs_of_another_size_codec_ladder_or_model_are_not_compared() -> None:
    rng = random.Random(4)
    for other in (
        replace(SERIES, lines=720),
        replace(SERIES, codec="hevc"),
        replace(SERIES, policy="other"),
        replace(SERIES, device="nvenc"),
        replace(SERIES, model="vmaf_4k"),
        replace(SERIES, scored_lines=2160),
    ):
        before = [kept(n, rng.gauss(95, 1)) for n in range(30)]
        after = [kept(30 + n, rng.gauss(80, 1), AFTER, other) for n in range(30)]
        assert changes(newest_first(before + after)) == ()


def test_a_change_that_hardly_anything_was_made_with_is_passed_over() -> None:
    rng = random.Random(5)
    between = replace(BEFORE, reelfarm="0.2")
    makers = [BEFORE] * 30 + [between] * 3 + [AFTER] * 30
    rows = newest_first([kept(n, rng.gauss(94, 1), maker) for n, maker in enumerate(makers)])
    [change] = changes(rows)
    assert (change.before, change.after) == (BEFORE, AFTER)
    assert (change.scores_before.titles, change.scores_after.titles) == (30, 30)


def test_of_a_title_that_was_made_several_times_the_newest_counts() -> None:
    rows = [kept(n, 90.0) for n in range(25)]
    rows += [kept(100 + n, 95.0, source=f"source {n}") for n in range(25)]
    rows += [kept(200 + n, 95.0, AFTER) for n in range(25)]
    [change] = changes(newest_first(rows))
    assert change.scores_before.titles == 25
    assert change.scores_before.median == 95.0
    assert change.outcome == "unmoved"


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        ((1920, 1080), 1080),
        ((1920, 800), 1080),
        ((1440, 1080), 1080),
        ((1080, 1920), 1080),
        ((2048, 1080), 1080),
        ((4096, 2160), 2160),
        ((960, 720), 720),
        ((854, 480), 480),
        ((768, 432), 432),
        ((416, 234), 234),
        ((100, 60), 144),
        ((15360, 8640), 8640),
    ],
)
def test_a_picture_goes_by_the_lines_of_the_box_it_fits(size: tuple[int, int], lines: int) -> None:
    assert lines_of(*size) == lines
