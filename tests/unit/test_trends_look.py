"""One look at many titles: how they spread, which are far off, how that went, and its words."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from farm.scored import KeptScore, Maker
from qc.trends import words
from qc.trends.look import look_at
from qc.trends.spread import ScoreSpread, fence_of, over_time, spread_of
from tests.unit.scored_rows import (
    AFTER,
    BEFORE,
    SERIES,
    START,
    kept,
    newest_first,
    other_titles,
    same_titles,
)


def test_scores_are_told_by_their_quarters() -> None:
    assert spread_of([4.0, 1.0, 3.0, 2.0, 5.0]) == ScoreSpread(5, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert spread_of([1.0, 2.0]) == ScoreSpread(2, 1.0, 1.25, 1.5, 1.75, 2.0)
    assert spread_of([7.0]) == ScoreSpread(1, 7.0, 7.0, 7.0, 7.0, 7.0)


def test_a_title_is_far_off_by_the_width_of_the_middle_half() -> None:
    assert fence_of(ScoreSpread(10, 60, 93, 94, 95, 99)) == 87.0
    assert fence_of(ScoreSpread(10, 60, 94, 94.1, 94.2, 99)) == 92.0  # two points at least
    assert fence_of(ScoreSpread(9, 60, 93, 94, 95, 99)) is None


def test_outliers_are_told_the_lowest_first_and_of_a_title_the_newest_counts() -> None:
    rows = [kept(n, 94 + n / 100) for n in range(30)]
    rows += [kept(40, 70.0), kept(41, 60.0), kept(42, 50.0, asset="title-0")]
    rows += [kept(43, 95.0, asset="title-0", source="source 0")]
    [codec] = look_at(newest_first(rows), 1000).codecs
    assert [row.score.harmonic_mean for row in codec.outliers] == [60.0, 70.0]
    assert codec.harmonic_mean.titles == 32


def test_top_rungs_alone_are_spread_and_each_codec_by_itself() -> None:
    rows = [kept(n, 94.0) for n in range(3)]
    rows += [kept(n, 80.0, series=replace(SERIES, lines=540)) for n in range(3)]
    rows += [kept(n, 92.0, series=replace(SERIES, codec="av1")) for n in range(2)]
    look = look_at(newest_first(rows), 1000)
    assert [(codec.codec, codec.harmonic_mean.titles) for codec in look.codecs] == [
        ("h264", 3),
        ("av1", 2),
    ]
    assert (look.titles, look.is_whole) == (3, True)
    assert not look_at(newest_first(rows), len(rows)).is_whole


def test_a_short_time_is_told_by_days_a_long_one_by_weeks() -> None:
    days = over_time(newest_first([kept(n, 94.0) for n in (0, 1, 24, 72)]))
    assert [(each.start.day, each.spread.titles) for each in days] == [(2, 2), (3, 1), (5, 1)]
    assert days[0].end - days[0].start == timedelta(days=1)
    weeks = over_time([kept(0, 94.0, at=START + timedelta(days=n)) for n in (30, 6, 2, 0)])
    assert [(each.start, each.spread.titles) for each in weeks] == [
        (datetime(2026, 11, 2, tzinfo=UTC), 3),
        (datetime(2026, 11, 30, tzinfo=UTC), 1),
    ]
    assert over_time([]) == ()


def test_words_tell_spread_outliers_and_what_moved() -> None:
    rows = newest_first([*same_titles(random.Random(1), 40, -0.8), kept(300, 50.0, AFTER)])
    first, second = words.told(look_at(rows, 10_000))
    assert first.startswith("41 titles in H.264; the middle half scores 9")
    assert first.endswith("; 1 is far below the rest.")
    assert second.startswith(
        "Since FFmpeg went from n9.0.2 to n9.1 (4 Nov), 1080p H.264 scores 0.8 lower (-"
    )
    assert second.endswith("; the same 40 titles before and after).")


def test_words_tell_that_nothing_moved_or_that_nobody_can_say_or_that_nothing_changed() -> None:
    def said(rows: list[KeptScore]) -> str:
        return words.told(look_at(rows, 10_000))[-1]

    rng = random.Random(1)
    assert said(other_titles(rng, 40, 0.0)) == (
        "The one change of tool, preset or ladder did not move scores as far as can be seen."
    )
    assert said(other_titles(rng, 5, 0.0)) == (
        "Whether scores moved since FFmpeg went from n9.0.2 to n9.1 cannot be said yet: it takes 20"
        " titles on either side, or 10 made on both."
    )
    assert said([kept(1, 94.0)]) == (
        "All of them were made with the same tool, preset and ladder, as far as can be compared."
    )
    assert words.told(look_at([], 10)) == ["No title was scored yet."]


def test_few_titles_are_told_without_outliers() -> None:
    [codec] = look_at([kept(1, 94.04)], 10).codecs
    assert words.spread_told(codec) == "1 title in H.264, at 94.0."
    [codec] = look_at(newest_first([kept(1, 94.0), kept(2, 50.0)]), 10).codecs
    assert words.spread_told(codec) == (
        "2 titles in H.264, at 50.0 to 94.0: under 10 are too few to say which are far off."
    )


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (replace(BEFORE, reelfarm="0.2"), ["ReelFarm 0.1.0 0.2"]),
        (
            replace(BEFORE, preset="slow", policy_version=4, policy_digest="e"),
            ["the preset medium slow", "ladder house version 3 version 4"],
        ),
        (
            replace(BEFORE, build="c" * 64),
            ["FFmpeg n9.0.2-17-g2a571b6068 (build aaaaaaa) n9.0.2-17-g2a571b6068 (build ccccccc)"],
        ),
        (replace(BEFORE, tool="", build=""), ["FFmpeg n9.0.2 a version that is not known"]),
    ],
)
def test_what_changed_is_told_piece_by_piece(after: Maker, what: list[str]) -> None:
    names = words.shortest({(each.tool, each.build) for each in (BEFORE, after)})
    found = words.changed(SERIES, BEFORE, after, names)
    assert [f"{each.what} {each.before} {each.after}" for each in found] == what


def test_a_ladder_without_versions_is_told_by_its_preset_where_that_changed() -> None:
    before = replace(BEFORE, policy_version=None)
    names = words.shortest({(BEFORE.tool, BEFORE.build)})
    slower = replace(before, preset="slow", policy_digest="e" * 12)
    [preset] = words.changed(SERIES, before, slower, names)
    assert preset == words.Changed("the preset", "medium", "slow")
    [ladder] = words.changed(SERIES, before, replace(before, policy_digest="e" * 12), names)
    assert ladder == words.Changed("ladder house", "ddddddd", "eeeeeee")
