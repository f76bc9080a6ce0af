"""Recorded answers of ffprobe 8, as the farm reads them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import SOURCE_GUARD, Tool
from farm.mediainfo import (
    AudioStream,
    Chapter,
    Colour,
    Disposition,
    MediaInfo,
    SourceItem,
    TextStream,
    VideoStream,
)
from media.probe.ffprobe import parse_probe, probe_command

PROBES = Path(__file__).parent / "probes"
DEFAULT = Disposition(default=True)


def recorded(name: str) -> MediaInfo:
    return parse_probe((PROBES / f"{name}.json").read_text("utf-8"), size_bytes=1000)


def picture(name: str) -> VideoStream:
    found = recorded(name).picture
    assert found is not None
    return found


FILM = VideoStream(
    index=0,
    codec="h264",
    width=1920,
    height=1080,
    display_width=1920,
    display_height=1080,
    rotation=0,
    sar=Fraction(1),
    pix_fmt="yuv420p",
    bit_depth=8,
    field_order="progressive",
    frame_rate=Fraction(24),
    variable_rate=False,
    colour=Colour(),
    start_s=Fraction(0),
    duration_s=Fraction(30),
    frames=720,
    language=None,
    disposition=DEFAULT,
)


def test_the_probe_opens_the_source_under_guard_and_by_its_fixed_name() -> None:
    command = probe_command()
    assert command.tool is Tool.FFPROBE
    assert command.args[-2:] == ("-i", "file:source")
    start = command.args.index(SOURCE_GUARD[0])
    assert command.args[start : start + len(SOURCE_GUARD)] == SOURCE_GUARD
    assert command.limits.file_bytes == 0


def test_a_film_is_described_completely() -> None:
    assert recorded("film") == MediaInfo(
        format="mov,mp4,m4a,3gp,3g2,mj2",
        size_bytes=1000,
        start_s=Fraction(0),
        duration_s=Fraction(30),
        video=(FILM,),
        audio=(
            AudioStream(
                index=1,
                codec="aac",
                channels=6,
                layout="5.1",
                sample_rate=48000,
                start_s=Fraction(0),
                duration_s=Fraction(30),
                language=None,
                title=None,
                disposition=DEFAULT,
            ),
        ),
        text=(),
        chapters=(),
        items=(SourceItem("video", 0, "h264"), SourceItem("audio", 1, "aac")),
    )


def test_a_phones_film_stands_upright() -> None:
    found = picture("phone-portrait")
    assert (found.width, found.height, found.rotation) == (320, 180, 90)
    assert (found.display_width, found.display_height) == (180, 320)


def test_wide_pixels_are_shown_square() -> None:
    found = picture("anamorphic")
    assert (found.width, found.height, found.sar) == (240, 180, Fraction(4, 3))
    assert (found.display_width, found.display_height) == (320, 180)


def test_only_the_clean_aperture_is_the_picture() -> None:
    found = picture("clean-aperture")
    assert (found.width, found.height) == (304, 160)
    assert (found.display_width, found.display_height) == (304, 160)


def test_hdr10_is_known_by_its_transfer_and_has_ten_bits() -> None:
    found = picture("hdr10")
    assert found.colour == Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    assert (found.colour.dynamic_range, found.bit_depth) == ("hdr10", 10)


def test_fields_keep_their_order() -> None:
    assert picture("interlaced").field_order == "tff"


def test_a_variable_rate_is_put_on_the_rate_its_timestamps_lie_on() -> None:
    found = picture("variable-rate")
    assert (found.frame_rate, found.variable_rate) == (Fraction(24), True)


def test_a_stream_that_starts_late_says_so_and_the_container_starts_with_the_first() -> None:
    media = recorded("late-picture-ts")
    assert media.picture is not None
    assert media.start_s == Fraction("1.4")
    assert media.picture.start_s == Fraction("1.921333")
    assert media.audio[0].start_s == Fraction("1.4")


def test_matroskas_tagged_durations_and_languages_are_read() -> None:
    media = recorded("three-languages")
    assert media.duration_s == Fraction("4.021")
    assert [v.duration_s for v in media.video] == [Fraction(3)]
    described = [(a.channels, a.language, a.title, a.disposition.comment) for a in media.audio]
    assert described == [
        (6, "en", None, False),
        (2, "de", None, False),
        (1, "en", "Commentary", True),
    ]


def test_text_streams_keep_language_title_and_flags() -> None:
    assert recorded("text-and-chapters").text == (
        TextStream(2, "subrip", False, "fr", "Sous-titres", Disposition(hearing_impaired=True)),
        TextStream(3, "subrip", False, "de", None, Disposition(default=True, forced=True)),
    )


def test_chapters_are_exact_and_may_lack_a_title() -> None:
    assert recorded("text-and-chapters").chapters == (
        Chapter(Fraction(0), Fraction("1.5"), {"und": "Opening"}),
        Chapter(Fraction("1.5"), Fraction(3), {}),
    )


def test_cover_art_is_no_picture_to_encode() -> None:
    media = recorded("song-with-cover")
    assert media.picture is None
    assert media.video[0].disposition.attached_pic


def test_a_single_picture_beside_audio_is_a_still_to_encode() -> None:
    text = (
        (PROBES / "film.json").read_text("utf-8").replace('"nb_frames": "720"', '"nb_frames": "1"')
    )
    assert parse_probe(text, 1000).picture == replace(FILM, frames=1)


def test_streams_no_decoder_knows_are_left_out() -> None:
    text = (PROBES / "film.json").read_text("utf-8").replace('"channels": 6', '"channels": 0')
    assert parse_probe(text, 1000).audio == ()


@pytest.mark.parametrize("text", ["", "{}", "[]", '"ffprobe"'])
def test_anything_but_a_description_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_probe(text, 0)
