"""What FFmpeg lists of a source that ffprobe cannot open, in the words of ffprobe."""

from __future__ import annotations

from fractions import Fraction

from farm.command import SOURCE_GUARD, Tool
from media.probe.ffprobe import parse_probe
from media.probe.second_look import is_undescribed, wants_times, with_times
from media.probe.unprobed import (
    as_probed,
    is_unprobed,
    list_packets,
    may_be_unprobed,
    times_of,
)
from tests.unit import titles

LISTING = """\
#software: Lavf63.1.102
#tb 0: 1/1000
#media_type 0: video
#codec_id 0: webp_anim
#dimensions 0: 160x90
#sar 0: 4/3
0,          0,          0,      100,     2048, 0xd8d603f9
0,        100,        100,       50,     2108, 0x24371c92, F=0x0
0,        150,        150,      100,     2108, 0x24371c92, F=0x0
"""


def test_a_listing_is_what_ffprobe_would_have_said() -> None:
    media = parse_probe(as_probed(LISTING), 7000)
    assert is_unprobed(media)
    assert (media.size_bytes, media.duration_s) == (7000, Fraction(1, 4))
    (picture,) = media.video
    assert (picture.codec, picture.width, picture.height) == ("webp_anim", 160, 90)
    assert (picture.display_width, picture.frames) == (213, 3)
    assert is_undescribed(picture)  # until a picture of it was decoded
    assert wants_times(picture)  # whose delays may be uneven
    assert times_of(LISTING) == ["0.000000", "0.100000", "0.150000"]
    timed = with_times(media, times_of(LISTING)).picture
    assert timed is not None
    assert timed.frame_rate == 24


def test_a_listing_of_nothing_is_a_source_of_nothing() -> None:
    media = parse_probe(as_probed("#software: Lavf63.1.102\n"), 10)
    assert media.duration_s == 0
    assert (media.video[0].width, media.video[0].codec) == (0, "unknown")
    assert times_of("") == []


def test_a_last_line_that_is_cut_short_is_no_picture() -> None:
    for cut in ("0,        250", "0,        250,        250,        1"):
        assert times_of(LISTING + cut) == times_of(LISTING)


def test_only_what_ffprobe_takes_for_a_webp_is_tried_by_ffmpeg() -> None:
    line = "[webp_pipe @ 0x5] [error] Format not on whitelist 'mov,mp4'"
    assert may_be_unprobed(["[in#0 @ 0x1] [error] no", line])
    assert not may_be_unprobed([line.replace("webp", "png")])
    assert not may_be_unprobed([])
    assert not is_unprobed(titles.media())


def test_the_listing_is_made_under_guard() -> None:
    command = list_packets()
    assert command.tool == Tool.FFMPEG
    at = command.args.index("file:source")
    assert command.args[at - 1 - len(SOURCE_GUARD) : at - 1] == SOURCE_GUARD
    assert command.args[at + 1 :] == ("-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-")
