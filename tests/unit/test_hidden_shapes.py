"""Shapes of pixels that only a stream's own headers tell: how these are reached, and what follows.

The container's shape holds for the first part; others differ from it as their headers do.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, SOURCE_GUARD, Limits, Tool
from farm.mediainfo import Colour, PictureShape
from media.probe.parameter_sets import (
    cut_key_frame,
    key_frame_name,
    list_parameter_sets,
    probe_key_frame,
    reshaped,
)
from tests.unit import titles

LIMITS = Limits(wall_s=7)
FULL, WIDE = Fraction(16, 15), Fraction(64, 45)
Declared = list[tuple[Fraction, Fraction | None]]


def shape(start_s: int, sar: Fraction = FULL, width: int = 720) -> PictureShape:
    return PictureShape(Fraction(start_s), width, 576, sar, "yuv420p", Colour())


def declared(*parts: tuple[int, Fraction | None]) -> Declared:
    return [(Fraction(at_s), sar) for at_s, sar in parts]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (declared((0, FULL), (10, WIDE)), (shape(0), shape(10, WIDE))),
        (declared((0, FULL), (10, WIDE), (20, FULL)), (shape(0), shape(10, WIDE), shape(20))),
        (declared((0, FULL), (10, FULL)), (shape(0),)),
        (declared((0, FULL), (10, None), (20, WIDE)), (shape(0), shape(20, WIDE))),
        (declared((0, None), (10, FULL), (20, WIDE)), (shape(0), shape(20, WIDE))),
        (declared((0, None), (10, None)), (shape(0),)),
        ([], (shape(0),)),
    ],
)
def test_parts_have_the_shape_their_headers_say(
    told: Declared, found: tuple[PictureShape, ...]
) -> None:
    assert reshaped((shape(0),), told) == found


def test_a_container_that_says_another_shape_is_right_about_the_first_part() -> None:
    told = declared((0, Fraction(1)), (10, Fraction(4, 3)))
    assert reshaped((shape(0, FULL),), told) == (shape(0, FULL), shape(10, WIDE))


def test_what_key_frames_told_stays() -> None:
    seen = (shape(0), shape(5, width=704), shape(15))
    told = declared((0, FULL), (10, WIDE))
    assert reshaped(seen, told) == (
        *(shape(0), shape(5, width=704), shape(10, WIDE, width=704), shape(15, WIDE)),
    )
    assert reshaped((shape(3),), declared((0, FULL), (10, WIDE))) == (shape(0), shape(10, WIDE))
    late = (shape(3), shape(5, width=704))
    assert reshaped(late, declared((0, FULL))) == (shape(0), shape(5, width=704))
    assert reshaped((), told) == ()


@pytest.mark.parametrize(("codec", "unit"), [("h264", "7"), ("hevc", "33"), ("mpeg2video", "179")])
def test_nothing_but_sequence_headers_is_listed_and_nothing_decoded(codec: str, unit: str) -> None:
    command = list_parameter_sets(replace(titles.VIDEO, codec=codec, index=1), LIMITS)
    assert command.args == (
        *(*FFMPEG_PREAMBLE, *SOURCE_GUARD, "-i", "file:source"),
        *("-map", "0:1", "-c", "copy", "-bsf:v", f"filter_units=pass_types={unit}"),
        *("-f", "framecrc", "file:parameter-sets.txt"),
    )
    assert (command.tool, command.limits) == (Tool.FFMPEG, LIMITS)


@pytest.mark.parametrize(
    ("codec", "form", "to_stream"),
    [
        ("h264", "h264", ("-bsf:v", "h264_mp4toannexb")),
        ("hevc", "hevc", ("-bsf:v", "hevc_mp4toannexb")),
        ("mpeg2video", "mpeg2video", ()),
    ],
)
def test_a_key_frame_is_cut_into_a_stream_without_container(
    codec: str, form: str, to_stream: tuple[str, ...]
) -> None:
    picture = replace(titles.VIDEO, codec=codec, index=1)
    written = (
        *("-map", "0:1", "-c", "copy", "-frames:v", "1", *to_stream),
        *("-f", form, f"file:shape-3.{form}"),
    )
    sought = ("-ss", "10.240000", "-noaccurate_seek")
    assert cut_key_frame(picture, 3, Fraction(251, 25), LIMITS).args == (
        *(*FFMPEG_PREAMBLE, *SOURCE_GUARD, *sought, "-i", "file:source", *written),
    )
    assert cut_key_frame(picture, 3, Fraction(0), LIMITS).args == (
        *(*FFMPEG_PREAMBLE, *SOURCE_GUARD, "-i", "file:source", *written),
    )
    assert key_frame_name(3, picture) == f"shape-3.{form}"
    assert probe_key_frame(picture, 3).args == (
        *("-loglevel", "level+fatal", "-protocol_whitelist", "file"),
        *("-show_entries", "stream=sample_aspect_ratio", "-of", "json"),
        *("-i", f"file:shape-3.{form}"),
    )
