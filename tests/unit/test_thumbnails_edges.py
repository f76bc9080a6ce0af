"""Sheets and posters at the edges: intervals that turn, gaps that just fit, tiles just seen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import Limits
from farm.ladder import Timeline
from media.graphs.thumbnails import (
    Sheets,
    Tile,
    close_enough,
    make_poster,
    make_sheets,
    plan_sheets,
    poster_frame,
    sheet_name,
    webvtt_index,
)
from tests.unit.test_graph_encode import option
from tests.unit.test_thumbnails_graph import FIFTEEN, FILM, HALF_MINUTE, timeline

SEEN, DARK = Tile(110, 90), Tile(18, 4)


@pytest.mark.parametrize(
    ("seconds", "interval_s", "count"),
    [
        (300, 2, 150),
        (301, 3, 101),  # 150 tiles and no more, as long as 10 s are not exceeded
        (450, 3, 150),
        (451, 4, 113),
        (1350, 9, 150),
        (1351, 10, 136),
        (1501, 10, 151),
    ],
)
def test_the_interval_grows_by_whole_seconds(seconds: int, interval_s: int, count: int) -> None:
    plan = plan_sheets(FILM, timeline(seconds))
    assert (plan.interval_s, plan.count) == (Fraction(interval_s), count)


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (25, 1), (26, 2), (50, 2), (51, 3)])
def test_a_sheet_holds_25_tiles(count: int, sheets: int) -> None:
    assert Sheets(Fraction(2), count, 284, 158).sheets == sheets
    assert [sheet_name(index) for index in (0, 7, 100)] == [
        *("sprite-00.jpg", "sprite-07.jpg", "sprite-100.jpg"),
    ]


@pytest.mark.parametrize(
    ("shown", "tile", "poster"),
    [
        ((2000, 10), (284, 2), (1280, 6)),
        ((10, 2000), (2, 284), (6, 1280)),
        ((1, 1), (2, 2), (2, 2)),
        ((5, 3), (4, 2), (4, 2)),
        # nearly square: the short side of the box is what they fill
        ((1010, 1000), (160, 160), (726, 720)),
        ((1000, 1010), (160, 160), (720, 726)),
        ((284, 160), (284, 160), (284, 160)),
        ((285, 161), (282, 160), (284, 160)),
        ((1281, 720), (284, 158), (1280, 718)),
        ((720, 1281), (158, 284), (718, 1280)),
        ((1280, 721), (284, 158), (1278, 720)),
    ],
)
def test_tiles_and_posters_are_even_within_their_box(
    shown: tuple[int, int], tile: tuple[int, int], poster: tuple[int, int]
) -> None:
    treatment = replace(FILM, display_width=shown[0], display_height=shown[1])
    plan = plan_sheets(treatment, HALF_MINUTE)
    assert (plan.tile_width, plan.tile_height) == tile
    graph = option(make_poster(treatment, 0, Limits()).args, "-filter_complex")
    assert f"scale={poster[0]}:{poster[1]}:flags" in graph


EVERY_TWO = [n * 2000 for n in range(1, 15)]


@pytest.mark.parametrize(
    ("times_ms", "enough"),
    [
        (EVERY_TWO, True),  # the first one two seconds late
        ([2001, *EVERY_TWO[1:]], False),
        ([1, *EVERY_TWO[:-1], 27_999], False),  # the last one 2.001 s before the end
        ([0, *EVERY_TWO[:6], 14_001, *EVERY_TWO[7:]], False),
        ([28_000, *reversed(EVERY_TWO)], True),  # in whatever order
    ],
)
def test_a_gap_may_be_as_wide_as_an_interval(times_ms: list[int], enough: bool) -> None:
    assert close_enough(times_ms, HALF_MINUTE, FIFTEEN) is enough


def test_a_title_no_longer_than_an_interval_needs_a_picture_all_the_same() -> None:
    second = Timeline(Fraction(24), 24)
    one = Sheets(Fraction(2), 1, 284, 158)
    assert [close_enough(times, second, one) for times in ([], [0], [999])] == [False, True, True]


@pytest.mark.parametrize(
    ("tile", "shown"),
    [
        (Tile(40.0, 24.0), True),
        (Tile(39.9, 90), False),
        (Tile(110, 23.9), False),
    ],
)
def test_a_tile_makes_a_poster_from_a_brightness_and_a_contrast_on(tile: Tile, shown: bool) -> None:
    # Frame 24 is in the middle of the first tile; 360 in that of the eighth, which is the poster
    # where the first one is not seen, though it is farther from a tenth of the title.
    tiles = [tile, *[DARK] * 6, SEEN, *[DARK] * 7]
    assert poster_frame(tiles, FIFTEEN, HALF_MINUTE) == (24 if shown else 360)


@pytest.mark.parametrize(
    ("tiles", "frame"),
    [
        ([], 24),  # nothing is known: the first
        ([DARK, Tile(19, 4), DARK, Tile(19, 4)], 72),  # the brightest, of two the earlier
        ([SEEN, DARK, SEEN], 24),  # of two as near, the earlier
        ([DARK, DARK, SEEN, SEEN], 120),
    ],
)
def test_the_poster_is_the_middle_of_its_tile(tiles: list[Tile], frame: int) -> None:
    assert poster_frame(tiles, FIFTEEN, HALF_MINUTE) == frame


def test_a_tenth_is_of_the_title_and_not_of_its_tiles() -> None:
    # 100 s, tiles of 2 s: 10 s is where the fifth tile ends and the sixth begins.
    sheets, hundred = Sheets(Fraction(2), 50, 284, 158), timeline(100)
    assert poster_frame([SEEN] * 50, sheets, hundred) == 9 * 24
    assert poster_frame([SEEN] * 50, sheets, timeline(102)) == 11 * 24
    assert poster_frame([SEEN] * 50, sheets, Timeline(Fraction(24), 17)) == 16


def test_the_last_tile_ends_with_the_title_and_every_row_begins_at_the_left() -> None:
    cues = webvtt_index(Sheets(Fraction(10), 361, 284, 158), Fraction(36_001, 10)).split("\n\n")[1:]
    assert [cues[place].strip() for place in (4, 5, 24, 25, 359, 360)] == [
        "00:00:40.000 --> 00:00:50.000\nsprite-00.jpg#xywh=1136,0,284,158",
        "00:00:50.000 --> 00:01:00.000\nsprite-00.jpg#xywh=0,158,284,158",
        "00:04:00.000 --> 00:04:10.000\nsprite-00.jpg#xywh=1136,632,284,158",
        "00:04:10.000 --> 00:04:20.000\nsprite-01.jpg#xywh=0,0,284,158",
        "00:59:50.000 --> 01:00:00.000\nsprite-14.jpg#xywh=1136,158,284,158",
        "01:00:00.000 --> 01:00:00.100\nsprite-14.jpg#xywh=0,316,284,158",
    ]


def test_sheets_and_posters_are_commands_with_limits() -> None:
    limits = Limits(wall_s=7)
    sheets = make_sheets(FILM, HALF_MINUTE, FIFTEEN, "all", limits)
    poster = make_poster(FILM, 0, limits)
    assert (sheets.label, poster.label) == ("draw sprite sheets", "draw the poster")
    assert (sheets.limits, poster.limits) == (limits, limits)
    assert (sheets.reports_progress, sheets.duration_s) == (True, Fraction(30))
    assert (poster.reports_progress, poster.duration_s) == (True, None)
    assert (option(sheets.args, "-q:v"), option(poster.args, "-q:v")) == ("5", "3")
