"""Sprite sheets and posters as plans, graphs and indexes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import webvtt

from farm.command import SOURCE_GUARD, Limits
from farm.ladder import Timeline, Treatment
from media.graphs.picture import STEADY_GRAPH
from media.graphs.thumbnails import (
    Effort,
    Sheets,
    Tile,
    close_enough,
    make_poster,
    make_sheets,
    plan_sheets,
    poster_frame,
    webvtt_index,
)

FILM = Treatment(
    stream_index=0,
    fps=Fraction(24),
    deinterlace=True,
    tone_map=False,
    display_width=1920,
    display_height=1080,
)
HALF_MINUTE = Timeline(Fraction(24), 720)
LIMITS = Limits()
FIFTEEN = Sheets(Fraction(2), 15, 284, 158)


def timeline(seconds: int) -> Timeline:
    return Timeline(Fraction(24), 24 * seconds)


@pytest.mark.parametrize(
    ("seconds", "interval_s", "count", "sheets"),
    [
        (1, 2, 1, 1),
        (30, 2, 15, 1),
        (300, 2, 150, 6),
        (900, 6, 150, 6),
        (7200, 10, 720, 29),
        (36_001, 10, 3601, 145),
    ],
)
def test_sheets_cover_the_title_and_grow_slowly(
    seconds: int, interval_s: int, count: int, sheets: int
) -> None:
    plan = plan_sheets(FILM, timeline(seconds))
    assert (plan.interval_s, plan.count, plan.sheets) == (Fraction(interval_s), count, sheets)


@pytest.mark.parametrize(
    ("shown", "tile"),
    [
        ((1920, 1080), (284, 158)),
        ((1080, 1920), (158, 284)),
        ((1440, 1080), (212, 160)),
        ((1000, 1000), (160, 160)),
        ((2560, 1080), (284, 118)),
        ((160, 90), (160, 90)),  # never above its own size
        ((321, 179), (284, 158)),
    ],
)
def test_tiles_keep_the_shape_of_the_picture(shown: tuple[int, int], tile: tuple[int, int]) -> None:
    treatment = replace(FILM, display_width=shown[0], display_height=shown[1])
    plan = plan_sheets(treatment, HALF_MINUTE)
    assert (plan.tile_width, plan.tile_height) == tile


@pytest.mark.parametrize(
    ("effort", "options"),
    [
        ("key frames", ("-skip_frame", "nokey", "-skip_loop_filter", "all")),
        ("references", ("-skip_frame", "noref", "-skip_loop_filter", "all")),
        ("all", ("-skip_loop_filter", "all")),
    ],
)
def test_only_what_an_effort_asks_for_is_decoded(effort: Effort, options: tuple[str, ...]) -> None:
    args = make_sheets(FILM, HALF_MINUTE, FIFTEEN, effort, LIMITS).args
    opened = (*SOURCE_GUARD, *STEADY_GRAPH, *options, "-i", "file:source")
    start = args.index(SOURCE_GUARD[0])
    assert args[start : start + len(opened)] == opened


def test_a_sheet_is_made_of_one_picture_for_each_interval() -> None:
    args = make_sheets(FILM, HALF_MINUTE, FIFTEEN, "all", LIMITS).args
    graph = args[args.index("-filter_complex") + 1].split(";")
    assert graph[:4] == [
        "[0:0]split=2[s0][s1]",
        "[s0]fps=fps=24:start_time=0[s2]",
        "[s2]tpad=stop_duration=2.0:stop_mode=clone[s3]",
        "[s3]fps=fps=1/2:start_time=0[s4]",
    ]
    assert any("trim=end_frame=15" in part for part in graph)
    assert any("tile=5x5" in part for part in graph)
    assert not any("bwdif" in part for part in graph)  # neighbours are not decoded


def test_a_clock_that_is_not_ffmpegs_is_set_once() -> None:
    late = replace(FILM, start_s=Fraction(7, 5))
    args = make_sheets(late, HALF_MINUTE, FIFTEEN, "key frames", LIMITS).args
    assert "-copyts" in args
    assert args[args.index("-filter_complex") + 1].count("setpts=round") == 1


@pytest.mark.parametrize(
    ("times_ms", "enough"),
    [
        ([n * 2000 for n in range(15)], True),
        ([n * 500 for n in range(60)], True),
        ([0, 10417, 11875, 15750, 23042], False),  # a real clip
        ([n * 2000 for n in range(14)], False),  # the last four seconds show one picture
        ([n * 2000 for n in range(2, 15)], False),
        ([], False),
    ],
)
def test_key_frames_suffice_where_every_interval_has_its_own(
    times_ms: list[int], enough: bool
) -> None:
    assert close_enough(times_ms, HALF_MINUTE, FIFTEEN) is enough


SEEN, DARK, FLAT = Tile(110, 90), Tile(18, 4), Tile(120, 3)


@pytest.mark.parametrize(
    ("tiles", "frame"),
    [
        ([SEEN] * 15, 72),  # 3 s, a tenth
        ([DARK, DARK, DARK, SEEN, *[SEEN] * 11], 168),
        ([SEEN, DARK, FLAT, *[DARK] * 12], 24),
        ([DARK] * 14 + [FLAT], 696),  # nothing to see: the brightest
    ],
)
def test_the_poster_comes_from_a_tenth_into_the_title_where_something_can_be_seen(
    tiles: list[Tile], frame: int
) -> None:
    assert poster_frame(tiles, FIFTEEN, HALF_MINUTE) == frame


def test_the_poster_of_a_blink_is_one_of_its_frames() -> None:
    short = Timeline(Fraction(24), 10)
    assert poster_frame([SEEN], Sheets(Fraction(2), 1, 284, 158), short) == 9


def test_a_poster_is_sought_and_fits_a_shelf() -> None:
    args = make_poster(FILM, 240, LIMITS).args
    assert args[args.index("-ss") + 1] == "9.000000"
    assert "scale=1280:720" in args[args.index("-filter_complex") + 1]
    assert args[-1] == "poster.jpg"


def test_the_index_leads_from_every_moment_to_a_tile() -> None:
    sheets = Sheets(Fraction(2), 27, 284, 158)
    text = webvtt_index(sheets, Fraction(1058, 20))
    cues = webvtt.from_string(text).captions
    assert [(cue.start, cue.end, cue.text) for cue in (cues[0], cues[6], cues[25], cues[26])] == [
        ("00:00:00.000", "00:00:02.000", "sprite-00.jpg#xywh=0,0,284,158"),
        ("00:00:12.000", "00:00:14.000", "sprite-00.jpg#xywh=284,158,284,158"),
        ("00:00:50.000", "00:00:52.000", "sprite-01.jpg#xywh=0,0,284,158"),
        ("00:00:52.000", "00:00:52.900", "sprite-01.jpg#xywh=284,0,284,158"),
    ]
    assert len(cues) == 27


def test_an_index_of_a_long_title_counts_hours() -> None:
    text = webvtt_index(Sheets(Fraction(10), 720, 284, 158), Fraction(7200))
    assert "01:59:50.000 --> 02:00:00.000\nsprite-28.jpg#xywh=1136,474,284,158\n" in text
