"""The zero of a title: on the grid of its first picture, less than a frame after its container."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.mediainfo import MediaInfo
from media.graphs.clock import explicit_start, seeks_exactly, title_zero
from tests.unit import titles

START_S = Fraction(7, 5)


def starting(picture_s: Fraction, **changes: Any) -> MediaInfo:
    """Return a title of 25 frames a second whose picture starts so long after its container."""
    picture = replace(titles.VIDEO, start_s=START_S + picture_s)
    return titles.media(start_s=START_S, video=(picture,), **changes)


@pytest.mark.parametrize(
    ("picture_s", "late_s"),
    [
        (Fraction(0), Fraction(0)),
        (Fraction(1, 1000), Fraction(1, 1000)),
        (Fraction(39, 1000), Fraction(39, 1000)),
        (Fraction(40, 1000), Fraction(0)),
        (Fraction(41, 1000), Fraction(1, 1000)),
        (Fraction(110, 1000), Fraction(30, 1000)),
        (Fraction(521_333, 1_000_000), Fraction(1_333, 1_000_000)),
        (Fraction(-1, 1000), Fraction(0)),  # never before the container starts
        (Fraction(-1), Fraction(0)),
    ],
)
def test_zero_is_less_than_a_frame_after_the_container_starts_on_the_pictures_grid(
    picture_s: Fraction, late_s: Fraction
) -> None:
    media = starting(picture_s)
    assert title_zero(media) == START_S + late_s


def test_the_grid_is_that_of_the_pictures_rate() -> None:
    slow = replace(titles.VIDEO, start_s=START_S + Fraction(11, 100), frame_rate=Fraction(10))
    assert title_zero(titles.media(start_s=START_S, video=(slow,))) == START_S + Fraction(1, 100)
    ntsc = replace(slow, frame_rate=Fraction(30000, 1001))
    assert title_zero(titles.media(start_s=START_S, video=(ntsc,))) == (
        START_S + Fraction(11, 100) - 3 * Fraction(1001, 30000)
    )


def test_without_a_picture_zero_is_where_the_container_starts() -> None:
    assert title_zero(titles.media(start_s=START_S, video=())) == START_S
    late = replace(titles.VIDEO, start_s=START_S + Fraction(1, 100))
    cover = replace(late, disposition=replace(late.disposition, attached_pic=True))
    assert title_zero(titles.media(start_s=START_S, video=(cover,))) == START_S


@pytest.mark.parametrize(
    ("form", "picture_s", "start_s"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", Fraction(0), None),
        ("mov,mp4,m4a,3gp,3g2,mj2", Fraction(2, 25), None),
        ("mov,mp4,m4a,3gp,3g2,mj2", Fraction(1, 100), START_S + Fraction(1, 100)),
        ("matroska,webm", Fraction(9, 100), START_S + Fraction(1, 100)),
        ("mpegts", Fraction(0), START_S),
        ("mpegts", Fraction(9, 100), START_S + Fraction(1, 100)),
        ("mpeg", Fraction(2, 25), START_S),
        ("ogg", Fraction(0), START_S),
    ],
)
def test_a_clock_is_set_where_ffmpeg_would_choose_another_zero(
    form: str, picture_s: Fraction, start_s: Fraction | None
) -> None:
    assert explicit_start(starting(picture_s, format=form)) == start_s


@pytest.mark.parametrize(
    ("form", "exact"),
    [
        *(("mov,mp4,m4a,3gp,3g2,mj2", True), ("matroska,webm", True), ("mpegts", True)),
        *(("wav", True), ("flac", True), ("mp3", False), ("avi", False), ("mpeg", False)),
        *(("ogg", False), ("aac", False), ("mxf", False)),
    ],
)
def test_sound_is_sought_exactly_by_an_index_or_by_timestamps(form: str, exact: bool) -> None:
    assert seeks_exactly(titles.media(format=form)) is exact
