"""How scores spread and went over time: from scores to places in pictures."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from api.pages.drawings.score_spread import WIDTH, draw_spread
from api.pages.drawings.score_time import NEAR, draw_over_time, numbered
from farm.scored import KeptScore
from qc.trends.look import CodecScores, look_at
from tests.unit.scored_rows import AFTER, BEFORE, START, kept, newest_first, skewed


def codec_of(rows: list[KeptScore]) -> CodecScores:
    [codec] = look_at(newest_first(rows), 100_000).codecs
    return codec


def test_titles_that_score_alike_are_one_bar_as_tall_as_they_are_many() -> None:
    rows = [kept(n, 90.2) for n in range(3)] + [kept(9, 99.9), kept(10, 100.0)]
    drawn = draw_spread(codec_of(rows))
    first, *_ = drawn.rows
    assert [(bar.height, bar.words) for bar in first.bars] == [
        (40.0, "90 to 90.5: 3 titles"),
        (26.7, "99.5 to 100: 2 titles"),
    ]
    assert {bar.y + bar.height for bar in first.bars} == {first.y}
    assert first.low == first.q1 == first.median < first.q3 < first.high == WIDTH - 14
    assert [row.name for row in drawn.rows] == [
        "harmonic mean",
        "5th percentile of frames",
        "1st percentile",
    ]


def test_all_rows_have_one_scale_down_to_the_lowest_score() -> None:
    drawn = draw_spread(codec_of([kept(n, score) for n, score in enumerate((60.0, 95.0))]))
    assert [tick.label for tick in drawn.ticks] == ["50", "60", "70", "80", "90", "100"]
    assert drawn.ticks[0].at == 14
    assert drawn.rows[2].low == pytest.approx(14 + (51 - 50) / 50 * (WIDTH - 28), abs=0.1)
    assert drawn.bottom == drawn.rows[2].y + 24


def test_titles_far_below_the_rest_are_marked_in_the_first_row() -> None:
    drawn = draw_spread(codec_of([kept(n, 94 + n / 50) for n in range(20)] + [kept(30, 70.0)]))
    assert [len(row.far) for row in drawn.rows] == [1, 0, 0]
    assert drawn.rows[0].far[0] == drawn.rows[0].low


def test_days_are_points_in_their_middle_and_few_titles_are_told_apart() -> None:
    rows = [kept(n, 94.0 + n % 3) for n in range(6)] + [kept(48, 90.0)]
    drawn = draw_over_time(codec_of(rows))
    first, last = drawn.points
    assert (first.is_few, last.is_few) == (False, True)
    assert first.words == "2 Nov: 6 titles, median 95.0, the middle half 94.2 to 95.8"
    assert first.high < first.y < first.low
    assert last.high == last.y == last.low
    third = (drawn.right - drawn.left) / 3  # three days
    assert first.x == pytest.approx(drawn.left + third / 2, abs=0.1)
    assert last.x == pytest.approx(drawn.right - third / 2, abs=0.1)
    assert len(drawn.band.split()) == 4
    assert [tick.label for tick in drawn.days] == ["2 Nov", "3 Nov", "4 Nov", "5 Nov"]


def test_a_change_is_a_line_with_its_number_in_the_table() -> None:
    rows = [kept(n * 24, 94.0, BEFORE if n < 3 else AFTER) for n in range(6)]
    codec = codec_of(rows)
    [mark] = draw_over_time(codec).marks
    assert (mark.number, mark.words) == ("2", "from 5 Nov on made as 2 in the table")
    assert [(number, made.maker) for number, made in numbered(codec)] == [
        ("2", AFTER),
        ("1", BEFORE),
    ]


def test_numbers_do_not_lie_on_each_other() -> None:
    rows = []
    for n in range(60):
        maker = replace(BEFORE, reelfarm=f"0.{n}")
        rows.append(kept(n, 94.0, maker, at=START + timedelta(days=n)))
    marks = draw_over_time(codec_of(rows)).marks
    told = [mark.x for mark in marks if mark.number]
    assert len(marks) == 59
    assert min(b - a for a, b in pairwise(told)) >= NEAR
    assert len(told) > 20


def test_everything_lies_in_the_picture_whatever_the_scores() -> None:
    rng = random.Random(1)
    for count in (1, 2, 7, 300):
        rows = [kept(n, max(0.0, 3 * skewed(rng) - 200), asset=f"{n}") for n in range(count)]
        codec = codec_of(rows)
        drawn, went = draw_spread(codec), draw_over_time(codec)
        for row in drawn.rows:
            for x in (row.low, row.high, *row.far, *(bar.x for bar in row.bars)):
                assert -0.1 <= x <= WIDTH
        for point in went.points:
            assert went.left <= point.x <= went.right
            assert went.top <= point.high <= point.low <= went.bottom
