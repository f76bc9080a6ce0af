"""Colours left open, and containers whose clock FFmpeg would move."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Treatment
from farm.mediainfo import Colour, Disposition, MediaInfo, VideoStream
from media.graphs.clock import explicit_start, seeks_blindly
from media.graphs.colour import BT709, complete_colour, delivered_colour

FPS = Fraction(24)
PLAIN = Treatment(0, FPS, False, False, 1920, 1080)


def a_stream(width: int, height: int, colour: Colour, pix_fmt: str = "yuv420p") -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        display_width=width,
        display_height=height,
        rotation=0,
        sar=Fraction(1),
        pix_fmt=pix_fmt,
        bit_depth=8,
        field_order="progressive",
        frame_rate=FPS,
        variable_rate=False,
        colour=colour,
        start_s=Fraction(0),
        duration_s=None,
        frames=None,
        language=None,
        disposition=Disposition(),
    )


SD525 = Colour("smpte170m", "smpte170m", "smpte170m", "tv")


@pytest.mark.parametrize(
    ("stream", "complete", "delivered"),
    [
        (a_stream(1920, 1080, Colour()), BT709, BT709),
        (a_stream(854, 480, Colour()), SD525, SD525),
        (
            a_stream(720, 576, Colour()),
            Colour("bt470bg", "bt709", "bt470bg", "tv"),
            Colour("bt470bg", "bt709", "bt470bg", "tv"),
        ),
        (
            a_stream(640, 360, Colour(matrix="bt709"), "yuvj420p"),
            Colour("bt709", "bt709", "bt709", "pc"),
            BT709,
        ),
        (
            a_stream(640, 360, Colour(), "gbrp"),
            Colour("bt709", "bt709", "gbr", "pc"),
            BT709,
        ),
        (
            a_stream(3840, 2160, Colour("bt2020", "bt2020-10", "bt2020nc", "tv")),
            Colour("bt2020", "bt2020-10", "bt2020nc", "tv"),
            BT709,
        ),
        (a_stream(720, 480, Colour("x;[0]", "x", "x", "x")), SD525, SD525),
    ],
)
def test_colours_left_open_are_guessed_as_players_guess_and_delivered_with_tags(
    stream: VideoStream, complete: Colour, delivered: Colour
) -> None:
    assert complete_colour(stream) == complete
    assert delivered_colour(replace(PLAIN, colour=complete)) == delivered


def test_hdr_without_primaries_is_bt2020_and_becomes_bt709() -> None:
    colour = complete_colour(a_stream(1280, 720, Colour(transfer="arib-std-b67")))
    assert colour == Colour("bt2020", "arib-std-b67", "bt2020nc", "tv")
    assert delivered_colour(replace(PLAIN, tone_map=True, colour=colour)) == BT709


@pytest.mark.parametrize(
    ("format_name", "start", "blind"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", None, False),
        ("matroska,webm", None, False),
        ("mpegts", Fraction(7, 5), True),
        ("ogg", Fraction(7, 5), False),
    ],
)
def test_only_formats_whose_clock_may_jump_need_their_start(
    format_name: str, start: Fraction | None, blind: bool
) -> None:
    media = MediaInfo(format_name, 1, Fraction(7, 5), Fraction(9), (), (), (), ())
    assert explicit_start(media) == start
    assert seeks_blindly(media) == blind
