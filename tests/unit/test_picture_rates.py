"""The rate of a timeline told by the times of its pictures, and what else a second look tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, chain, repeat
from typing import Any

import pytest

from farm.command import SOURCE_GUARD, Tool
from farm.mediainfo import FieldOrder, VideoStream
from media.probe.rates import rate_of_pictures
from media.probe.second_look import (
    list_pictures,
    may_be_fields,
    show_first_pictures,
    wants_times,
    with_fields,
    with_times,
)
from tests.unit import titles

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
DECLARED = Fraction(17)
STANDARD = (FILM, 24, 25, NTSC, 30, 2 * FILM, 48, 50, 2 * NTSC, 60)


def even(rate: Fraction | int | str, count: int) -> list[Fraction]:
    """Return the times of `count` pictures at a constant rate."""
    return [n / Fraction(rate) for n in range(count)]


def in_turn(*steps: tuple[Fraction | int, int]) -> list[Fraction]:
    """Return the times of pictures, of which so many follow at each rate."""
    gaps = chain.from_iterable(repeat(1 / Fraction(rate), count) for rate, count in steps)
    return list(accumulate(gaps, initial=Fraction(0)))


def jittered(rate: Fraction | int | str, count: int, by_ms: int = 2) -> list[Fraction]:
    """Return times that a phone wrote down some milliseconds early or late."""
    wrong = (0, by_ms, -by_ms, by_ms, 0, -by_ms, -by_ms)
    return [at_s + Fraction(wrong[n % 7], 1000) for n, at_s in enumerate(even(rate, count))]


@pytest.mark.parametrize("rate", STANDARD)
def test_pictures_at_a_standard_rate_have_that_rate_jitter_or_not(rate: Fraction | int) -> None:
    assert rate_of_pictures(even(rate, 300), DECLARED) == rate
    assert rate_of_pictures(jittered(rate, 300), DECLARED) == rate


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        (jittered("30.06", 900, by_ms=4), 30),  # a phone whose clock is a little fast
        (even("60.5", 300), 60),
        (even(120, 300), 60),  # nothing is faster
        (even(10, 300), 24),  # nothing is slower
        (even("25.79", 300), 25),  # up to 3 % too many pictures are jitter
        (even("25.81", 300), 30),
        (even("23.5", 300), FILM),
        (even(27, 300), 30),  # far from both of a pair: the faster
        (even("30.93", 300), 30),
    ],
)
def test_the_rate_is_the_lowest_standard_one_with_a_place_for_every_picture(
    times_s: list[Fraction], rate: Fraction
) -> None:
    assert rate_of_pictures(times_s, DECLARED) == rate


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        (in_turn((10, 200), (60, 120)), 60),
        (in_turn((60, 120), (10, 200)), 60),
        (in_turn((10, 200), (25, 120)), 25),
        (in_turn((5, 100), (10, 100), (15, 100), (20, 100), (30, 100)), 30),
        (in_turn((10, 50), (50, 24), (10, 50)), 50),  # half a second of full motion
        (in_turn((10, 50), (50, 23), (10, 50)), 48),  # a row has 24 steps: one is a tenth here
    ],
)
def test_a_rate_that_changes_is_the_fastest_that_lasts(
    times_s: list[Fraction], rate: Fraction
) -> None:
    assert rate_of_pictures(times_s, DECLARED) == rate


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        (in_turn((NTSC, 907), (1, 1), (NTSC, 30)), NTSC),  # a second without: 3 % are not lost
        (in_turn((NTSC, 906), (1, 1), (NTSC, 30)), 30),
        (in_turn((60, 300), (1, 20), (60, 300)), 60),
        (in_turn((24, 300), (24, 300)), 24),
    ],
)
def test_between_rates_a_thousandth_apart_the_average_decides_where_it_is_near(
    times_s: list[Fraction], rate: Fraction
) -> None:
    assert rate_of_pictures(times_s, DECLARED) == rate


def telecined(count: int, first: int) -> Iterator[Fraction]:
    """Yield times of film with a flag for each third field, so many fields after each picture."""
    fields = 0
    for n in range(count):
        yield fields / (2 * NTSC)
        fields += 3 if n % 2 == first else 2


@pytest.mark.parametrize("first", [0, 1])
def test_film_whose_fields_are_only_flagged_has_the_rate_of_film(first: int) -> None:
    assert rate_of_pictures(list(telecined(500, first)), NTSC) == FILM


@pytest.mark.parametrize(("count", "rate"), [(4823, 25), (4822, 30)])
def test_a_burst_rarer_than_one_in_200_rows_is_a_hiccup(count: int, rate: int) -> None:
    # 24 rows hold the picture too many, of count + 1 - 24.
    times_s = [*even(25, count), Fraction(40) + Fraction(1, 1000)]
    assert rate_of_pictures(times_s, DECLARED) == rate


def test_order_and_repetition_of_times_mean_nothing() -> None:
    times_s = even(25, 200)
    assert rate_of_pictures([*times_s[::-1], *times_s], DECLARED) == 25


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        ([], DECLARED),
        ([Fraction(3)], DECLARED),
        ([Fraction(3), Fraction(3)], DECLARED),
        ([Fraction(3), Fraction(76, 25)], 25),
        (even(50, 3), 50),
        (even(50, 25), 50),
    ],
)
def test_two_pictures_tell_a_rate_and_one_does_not(times_s: list[Fraction], rate: int) -> None:
    assert rate_of_pictures(times_s, DECLARED) == rate


# --- the second look -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "order", "wanted"),
    [
        *((True, "progressive", True), (True, "unknown", True), (False, "progressive", False)),
        *((True, "tff", False), (True, "bff", False), (False, "tff", False)),
    ],
)
def test_times_are_asked_for_where_rates_disagree_and_packets_are_pictures(
    variable: bool, order: FieldOrder, wanted: bool
) -> None:
    picture = replace(titles.VIDEO, variable_rate=variable, field_order=order)
    assert wants_times(picture) is wanted


def test_the_times_of_one_stream_are_listed_in_a_file() -> None:
    command = list_pictures(replace(titles.VIDEO, index=3))
    assert (command.tool, command.label) == (Tool.FFPROBE, "list the pictures' times")
    assert command.args == (
        *("-hide_banner", "-loglevel", "level+fatal", *SOURCE_GUARD, "-select_streams", "3"),
        *("-show_entries", "packet=pts_time", "-of", "csv=print_section=0"),
        *("-o", "pictures.txt", "-i", "file:source"),
    )


def test_listed_times_give_the_picture_its_rate_and_no_other_stream() -> None:
    cover = replace(titles.VIDEO, index=7, disposition=replace(titles.VIDEO.disposition))
    other = replace(cover, disposition=replace(cover.disposition, attached_pic=True))
    media = titles.media(video=(other, titles.VIDEO))
    lines = [f"{n * 0.02:.6f}{',' if n % 3 else ''}\n" for n in range(100)]
    found = with_times(media, [*lines, "N/A\n", "\n", "side data,\n"])
    assert found == replace(media, video=(other, replace(titles.VIDEO, frame_rate=Fraction(50))))
    assert with_times(media, ["N/A\n"]) == media
    assert with_times(titles.media(video=()), lines) == titles.media(video=())


@pytest.mark.parametrize(("codec", "maybe"), [("hevc", True), ("h264", False), ("vvc", False)])
def test_hevc_alone_decodes_into_fields(codec: str, maybe: bool) -> None:
    assert may_be_fields(replace(titles.VIDEO, codec=codec)) is maybe


def test_the_first_three_pictures_say_whether_they_are_fields() -> None:
    args = show_first_pictures(replace(titles.VIDEO, index=2)).args
    assert args == (
        *("-hide_banner", "-loglevel", "level+fatal", *SOURCE_GUARD, "-select_streams", "2"),
        *("-read_intervals", "%+#3", "-show_entries", "frame=interlaced_frame,top_field_first"),
        *("-of", "json", "-i", "file:source"),
    )


def a_field(*, top: int = 1, interlaced: int = 1) -> dict[str, int]:
    return {"interlaced_frame": interlaced, "top_field_first": top}


HALVES = replace(titles.VIDEO, height=180, display_height=180, frame_rate=Fraction(50))
WHOLE = replace(HALVES, height=360, display_height=360, frame_rate=Fraction(25))


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (
            [a_field(top=1), a_field(top=0)],
            replace(WHOLE, field_order="tff", coded_fields="top"),
        ),
        (
            [a_field(top=0), a_field(top=1)],
            replace(WHOLE, field_order="bff", coded_fields="bottom"),
        ),
        ([a_field(), a_field(interlaced=0)], HALVES),
        ([a_field(interlaced=0)], HALVES),
        ([], HALVES),
    ],
)
def test_two_fields_make_a_picture_of_twice_the_height_and_half_the_rate(
    frames: list[dict[str, int]], found: VideoStream
) -> None:
    answer: dict[str, Any] = {"frames": frames} if frames else {}
    media = titles.media(video=(HALVES,))
    assert with_fields(media, json.dumps(answer)) == titles.media(video=(found,))
    assert with_fields(titles.media(video=()), json.dumps(answer)).video == ()


def test_half_a_rate_is_exact() -> None:
    quick = titles.media(video=(replace(HALVES, frame_rate=2 * NTSC),))
    found = with_fields(quick, json.dumps({"frames": [a_field()]}))
    assert found.video[0].frame_rate == NTSC


@pytest.mark.parametrize(
    ("rotation", "shown"), [(0, (640, 360)), (90, (360, 640)), (180, (640, 360)), (270, (360, 640))]
)
def test_turned_fields_grow_sideways(rotation: int, shown: tuple[int, int]) -> None:
    width, height = (180, 640) if rotation in (90, 270) else (640, 180)
    turned = replace(HALVES, rotation=rotation, display_width=width, display_height=height)
    text = json.dumps({"frames": [a_field()]})
    found = with_fields(titles.media(video=(turned,)), text).video[0]
    assert (found.display_width, found.display_height) == shown
    assert found.height == 360
