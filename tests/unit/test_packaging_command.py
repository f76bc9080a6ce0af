"""The packager's command line: what it is told, and what never reaches it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import Limits, Tool
from farm.facts import AudioTrack, TextTrack
from farm.ladder import Rung
from media.packaging.command import package
from media.packaging.title import Title

RUNG = Rung("h264-90p", "h264", 160, 90, Fraction(24), 48, "medium", 23, 10**6, 10**6, "")
AUDIO = AudioTrack("audio-1-stereo", 1, "en-GB", "Director's, cut", True, 2, 48000, 64000, "main")
TEXT = TextTrack("text-en", "en", 'A,b=c "d"', True, False, 3, None, ())
TITLE = Title(Fraction(6), Fraction(13), (RUNG,), (AUDIO,), (TEXT,))


def test_every_track_is_a_stream_and_text_is_two() -> None:
    command = package(TITLE)
    assert (command.tool, command.label) == (Tool.PACKAGER, "package")
    assert command.limits == Limits(open_files=4096)
    assert command.args == (
        "in=h264-90p.mp4,stream=video,init_segment=out/h264-90p/init.mp4,"
        "segment_template=out/h264-90p/$Number%05d$.m4s",
        "in=audio-1-stereo.mp4,stream=audio,init_segment=out/audio-1-stereo/init.mp4,"
        "segment_template=out/audio-1-stereo/$Number%05d$.m4s,language=en",
        "in=text-en.vtt,stream=text,language=en,"
        "segment_template=out/text-en/$Number%05d$.vtt,hls_only=1",
        "in=text-en.vtt,stream=text,language=en,init_segment=out/text-en/init.mp4,"
        "segment_template=out/text-en/$Number%05d$.m4s,dash_only=1",
        "--mpd_output",
        "out/manifest.mpd",
        "--generate_static_live_mpd",
        "--segment_duration",
        "6.000000",
        "--fragment_duration",
        "2.000000",
        "--io_cache_size",
        "4194304",
        "--use_fake_clock_for_muxer",
        "--quiet",
    )


@pytest.mark.parametrize(
    ("segment_s", "passed_on"),
    [
        (Fraction(6006, 1000), "6.006000"),
        (Fraction(180 * 6, 179), "6.033519"),  # 6.0335195...: never up
        (Fraction(1, 3), "0.333333"),
    ],
)
def test_segment_lengths_are_passed_on_rounded_down(segment_s: Fraction, passed_on: str) -> None:
    args = package(replace(TITLE, segment_s=segment_s)).args
    assert args[args.index("--segment_duration") + 1] == passed_on


def test_without_a_picture_a_fragment_is_a_segment() -> None:
    args = package(replace(TITLE, rungs=())).args
    assert args[args.index("--fragment_duration") + 1] == "6.000000"


@pytest.mark.parametrize("language", ["und,in=/etc/passwd", "und", "", "d=e", "日本"])
def test_what_is_no_language_does_not_reach_the_packager(language: str) -> None:
    args = package(replace(TITLE, rungs=(), texts=(), audios=(replace(AUDIO, language=language),)))
    assert args.args[0].endswith(".m4s")
