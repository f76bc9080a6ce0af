"""Probing at the edges: what streams leave out, crop, turn and tag."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.mediainfo import Colour, Disposition, MediaInfo
from media.probe.streams import audio_stream, is_audible, ratio, seconds, text_stream, video_stream
from tests.unit import titles


def test_an_audio_stream_is_described_whole() -> None:
    stream = {
        **{"index": 3, "codec_type": "audio", "codec_name": "ac3", "channels": 6},
        **{"sample_rate": "48000", "start_time": "-0.5", "duration": "9.5"},
        "tags": {"language": "ger", "title": "  Deutsch "},
        "disposition": {"default": 0, "comment": 1, "visual_impaired": 1},
    }
    found = audio_stream(stream)
    assert (found.index, found.codec, found.channels, found.layout) == (3, "ac3", 6, "6 channels")
    assert (found.sample_rate, found.start_s, found.duration_s) == (
        *(48_000, Fraction(-1, 2)),
        Fraction(19, 2),
    )
    assert (found.language, found.title) == ("de", "Deutsch")
    assert found.disposition == Disposition(comment=True, visual_impaired=True)


@pytest.mark.parametrize(
    ("stream", "audible"),
    [
        ({"codec_type": "audio", "channels": 1, "sample_rate": "8000"}, True),
        ({"codec_type": "audio", "channels": 0, "sample_rate": "8000"}, False),
        ({"codec_type": "audio", "channels": 1, "sample_rate": "0"}, False),
        ({"codec_type": "audio", "channels": 1}, False),
        ({"codec_type": "audio", "sample_rate": "8000"}, False),
        ({"codec_type": "video", "channels": 1, "sample_rate": "8000"}, False),
    ],
)
def test_audible_is_audio_with_channels_and_a_rate(stream: dict[str, Any], audible: bool) -> None:
    assert is_audible(stream) is audible


@pytest.mark.parametrize(
    ("crop", "size"),
    [
        ({"crop_left": 4, "crop_right": 12}, (624, 360)),
        ({"crop_top": 2, "crop_bottom": 8}, (640, 350)),
        ({"crop_left": 641, "crop_top": 361}, (0, 0)),
        ({}, (640, 360)),
    ],
)
def test_what_the_container_crops_is_no_part_of_the_picture(
    crop: dict[str, int], size: tuple[int, int]
) -> None:
    entry = {"side_data_type": "Frame Cropping", **crop}
    other = {"side_data_type": "Something else", "crop_left": 100, "crop_top": 100}
    found = video_stream(
        {"width": 640, "height": 360, "index": 0, "side_data_list": [other, entry]}
    )
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    ("turn", "rotation", "shown"),
    [
        *((-90, 90, (360, 640)), (90, 270, (360, 640)), (180, 180, (640, 360))),
        # A degree beside a quarter is none.
        *((-91, 90, (360, 640)), (-89, 90, (360, 640)), (-181, 180, (640, 360))),
        *((1, 0, (640, 360)), (-359, 0, (640, 360)), (89.25, 270, (360, 640))),
    ],
)
def test_a_turned_picture_is_shown_upright(
    turn: float, rotation: int, shown: tuple[int, int]
) -> None:
    sides = [{"side_data_type": "Other"}, {"side_data_type": "Display Matrix", "rotation": turn}]
    found = video_stream({"index": 0, "width": 640, "height": 360, "side_data_list": sides})
    assert (found.rotation, (found.display_width, found.display_height)) == (rotation, shown)
    assert not found.crooked


@pytest.mark.parametrize("turn", [-91.5, -88.9, -45.2, -44.8, -134.8, -135.2, 44.8, 1.1, 181.5])
def test_a_crooked_turn_is_none_as_players_have_it(turn: float) -> None:
    sides = [{"side_data_type": "Display Matrix", "rotation": turn}]
    found = video_stream({"index": 0, "width": 640, "height": 360, "side_data_list": sides})
    assert (found.rotation, found.crooked) == (0, True)
    assert (found.display_width, found.display_height) == (640, 360)


def test_colours_that_are_not_declared_are_none() -> None:
    stream = {
        **{"index": 0, "color_primaries": "unknown", "color_transfer": "reserved"},
        **{"color_space": "unspecified", "color_range": "tv"},
    }
    assert video_stream(stream).colour == Colour(None, None, None, "tv")


@pytest.mark.parametrize(
    ("stream", "duration_s", "frames"),
    [
        ({"duration": "4.5", "tags": {"DURATION": "00:00:09.0"}}, Fraction(9), None),
        ({"duration": "4.5"}, Fraction(9, 2), None),
        ({"tags": {"DURATION-eng": "00:00:09.5"}}, Fraction(19, 2), None),
        ({"nb_frames": "7", "tags": {"NUMBER_OF_FRAMES": "9"}}, None, 7),
        ({"tags": {"NUMBER_OF_FRAMES": "9"}}, None, 9),
        ({"nb_frames": "N/A"}, None, None),
    ],
)
def test_durations_and_counts_are_declared_or_tagged(
    stream: dict[str, Any], duration_s: Fraction | None, frames: int | None
) -> None:
    found = video_stream({"index": 0, **stream})
    assert (found.duration_s, found.frames) == (duration_s, frames)


def test_a_cover_or_a_thumbnail_is_an_attached_picture() -> None:
    flags = ({"attached_pic": 1}, {"timed_thumbnails": 1}, {"default": 1})
    found = [video_stream({"index": 0, "disposition": flag}).disposition for flag in flags]
    assert [each.attached_pic for each in found] == [True, True, False]
    text = text_stream({"index": 0, "disposition": {"forced": 1, "hearing_impaired": 1}})
    assert text.disposition == Disposition(forced=True, hearing_impaired=True)
    assert (text.codec, text.bitmap, text.title) == ("unknown", False, None)


def test_times_and_ratios_are_read_to_the_letter() -> None:
    assert [seconds(text) for text in ("1:2:3", "1:02", "x1")] == [Fraction(3723), None, None]
    assert [ratio(text) for text in ("16:9", "0/1", "1/0", "a/b", None)] == [
        *(Fraction(16, 9), Fraction(0), Fraction(0), Fraction(0), Fraction(0)),
    ]


def test_the_picture_is_the_default_one_else_the_largest_else_the_first() -> None:
    plain = replace(titles.VIDEO, disposition=Disposition())
    small, large = replace(plain, index=1, width=320), replace(plain, index=2)
    other, cover = replace(plain, index=3), replace(plain, index=4, width=9999)
    cover = replace(cover, disposition=Disposition(attached_pic=True))
    chosen = replace(small, index=5, disposition=Disposition(default=True))

    def picture(*streams: Any) -> int | None:
        media = MediaInfo("mov", 1, Fraction(0), Fraction(1), streams, (), (), ())
        return media.picture.index if media.picture else None

    assert picture(small, large, other, cover) == 2
    assert picture(small, large, chosen) == 5
    assert picture(cover) is None
