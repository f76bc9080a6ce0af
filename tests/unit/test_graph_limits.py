"""Builders at their limits: who gets which limits, which ticks fit, and how faults are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits
from farm.ladder import Chunk, Timeline
from media.graphs.devices import CPU
from media.graphs.encode import cut_tail, encode_chunk, timescale
from media.graphs.frames import shrink_pictures
from media.graphs.stitch import (
    Packets,
    frame_ticks,
    join_chunks,
    list_packets,
    part_name,
    read_packets,
    timeline_faults,
)
from media.graphs.text import extract_text
from tests.unit.test_graph_encode import LOW, PLAIN, TIMELINE, TOP, a_rung, option

CHUNK = Chunk(2, 720, 720, 60)
GIVEN = Limits(wall_s=7)
BUILDERS: dict[str, Callable[[Limits | None], Command]] = {
    "encode h264 chunk 2": lambda limits: encode_chunk(
        PLAIN, TIMELINE, CHUNK, [LOW, TOP], CPU, limits=limits
    ),
    "cut h264-360p-900k chunk 2": lambda limits: cut_tail(TIMELINE, CHUNK, LOW, limits),
    "stitch h264-360p-900k": lambda limits: join_chunks(LOW, TIMELINE, limits),
    "check": lambda limits: list_packets("video.mp4", "check", limits),
    "small a.jpg": lambda limits: shrink_pictures({"a.jpg": "bcde"}, limits),
}


@pytest.mark.parametrize("label", BUILDERS)
def test_limits_are_those_given_or_the_usual_ones(label: str) -> None:
    command = BUILDERS[label](GIVEN)
    assert (command.label, command.limits) == (label, GIVEN)
    assert BUILDERS[label](None) == replace(command, limits=Limits())


def test_progress_is_told_of_what_takes_long_with_how_long_it_is() -> None:
    encoded, cut, joined, listed, small = (build(None) for build in BUILDERS.values())
    assert (encoded.reports_progress, encoded.duration_s) == (True, Fraction(13))  # with its tail
    assert (joined.reports_progress, joined.duration_s) == (True, Fraction(24))
    for quick in (cut, listed, small):
        assert (quick.reports_progress, quick.duration_s) == (False, None)


def test_a_chunk_lasts_as_long_as_its_frames_at_the_exact_rate() -> None:
    ntsc = Timeline(Fraction(30000, 1001), 1440)
    rung = a_rung(720, ntsc.fps)
    command = encode_chunk(PLAIN, ntsc, CHUNK, [rung], CPU)
    assert command.duration_s == Fraction(780 * 1001, 30000)


def test_chunks_are_joined_without_encoding_and_without_tags() -> None:
    assert join_chunks(LOW, TIMELINE).args == (
        *FFMPEG_PREAMBLE,
        *PROGRESS_ARGS,
        *("-protocol_whitelist", "file", "-f", "concat", "-i", "file:chunks.ffconcat"),
        *("-map", "0:v:0", "-c", "copy"),
        *("-bsf:v", "setts=pts=round(PTS/2000)*2000:dts=round(DTS/2000)*2000"),
        *("-video_track_timescale", "60000", "-map_metadata", "-1", "-fflags", "+bitexact"),
        "file:video.mp4",
    )
    assert [part_name(index) for index in (0, 12345)] == ["chunk-0000.mp4", "chunk-12345.mp4"]


def test_extracted_text_is_fenced_at_twice_what_is_read_of_it() -> None:
    command = extract_text(3, "mov_text")
    assert command.limits == Limits(file_bytes=2 * 16 * 1024 * 1024)
    assert command.label == "extract text stream 3"


def test_a_picture_is_made_small_once_in_every_quality() -> None:
    command = shrink_pictures(
        {"a.jpg": ["a4", "a8", "a16", "a31"], "b.jpg": ["b4", "b8", "c", "d"]}
    )
    side = "w='min(480,iw)':h='min(480,ih)':force_original_aspect_ratio=decrease:flags=bicubic"
    assert command.args[len(FFMPEG_PREAMBLE) :][:10] == (
        *("-f", "jpeg_pipe", "-i", "file:a.jpg", "-f", "jpeg_pipe", "-i", "file:b.jpg"),
        "-filter_complex",
        f"[0:v]scale={side},split=4[p0q4][p0q8][p0q16][p0q31];"
        f"[1:v]scale={side},split=4[p1q4][p1q8][p1q16][p1q31]",
    )
    outputs = command.args[len(FFMPEG_PREAMBLE) + 10 :]
    each = len(outputs) // 8
    assert outputs[5 * each : 6 * each] == (
        *("-map", "[p1q8]", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "8"),
        *("-huffman", "optimal", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-f", "image2", "-update", "1", "file:b8"),
    )
    maps = [
        (outputs[n + 1], outputs[n + 7], outputs[n + each - 1]) for n in range(0, 8 * each, each)
    ]
    assert maps == [
        *(("[p0q4]", "4", "file:a4"), ("[p0q8]", "8", "file:a8")),
        *(("[p0q16]", "16", "file:a16"), ("[p0q31]", "31", "file:a31")),
        *(("[p1q4]", "4", "file:b4"), ("[p1q8]", "8", "file:b8")),
        *(("[p1q16]", "16", "file:c"), ("[p1q31]", "31", "file:d")),
    ]
    assert command.label == "small a.jpg and b.jpg"


# --- ticks and tails -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fps", "ticks"),
    [
        (Fraction(10_000, 417), 10_000),
        (Fraction(9_999, 416), 99_990),
        (Fraction(1), 10_000),
        (Fraction(10_001, 417), 10_001),
    ],
)
def test_a_track_has_ten_thousand_ticks_a_second_at_least(fps: Fraction, ticks: int) -> None:
    assert timescale(fps) == ticks
    assert frame_ticks(a_rung(360, fps), Timeline(fps, 9)) * fps == ticks


def test_a_frame_that_is_no_whole_number_of_ticks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^frames of 7 fps are no whole ticks of 60 fps$"):
        frame_ticks(a_rung(360, Fraction(7)), TIMELINE)


@pytest.mark.parametrize(
    ("tail", "zones"), [(0, ""), (1, ":zones=720,720,"), (2, ":zones=720,721,")]
)
def test_the_frames_of_a_tail_are_spared(tail: int, zones: str) -> None:
    args = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 720, tail), [TOP], CPU).args
    assert option(args, "-frames:v") == str(720 + tail)
    told = option(args, "-x264-params").removeprefix("stitchable=1:open-gop=0")
    assert told.startswith(zones)
    assert bool(told) is bool(tail)
    assert args[-1] == ("file:h264-720p-900k.tail.mp4" if tail else "file:h264-720p-900k.mp4")


# --- packets and faults ----------------------------------------------------------------------


def test_packets_are_read_with_what_follows_their_flags() -> None:
    found = read_packets(["-100,-200,K__,\n", "\n", "3,-1,___\n", "9,8,_D_\n", "7,9,_K_\n"])
    assert found == Packets((-100, 3, 9, 7), (-200, -1, 8, 9), frozenset({-100, 7}))


@pytest.mark.parametrize("line", ["1,2", "1,2,K__,3", "x,2,K__", "1,x,K__", "1.5,2,K__"])
def test_a_line_that_is_no_packet_is_quoted(line: str) -> None:
    with pytest.raises(ValueError, match=f"^not a packet: '{line.rstrip(',')}.*'$"):
        read_packets([line])


def test_of_a_long_line_80_characters_are_quoted() -> None:
    with pytest.raises(ValueError, match=r"^not a packet: 'x{80}'$"):
        read_packets(["x" * 99])


def faults(pts: list[int], *, dts: list[int] | None = None, keys: str = "K") -> list[str]:
    times = zip(pts, dts or pts, keys.ljust(len(pts), "_"), strict=True)
    return timeline_faults(
        read_packets(f"{shown},{decoded},{key}__" for shown, decoded, key in times),
        len(pts),
        10,
        len(pts),
    )


def test_five_examples_are_shown_and_the_others_counted() -> None:
    ticks = list(range(0, 100, 10))
    assert faults(ticks, keys="KKKKKK") == ["unexpected key frame at frame 1, 2, 3, 4, 5"]
    assert faults(ticks, keys="KKKKKKK") == [
        "unexpected key frame at frame 1, 2, 3, 4, 5 and 1 more"
    ]
    assert faults(ticks, keys="K_KKKKKKK") == [
        "unexpected key frame at frame 2, 3, 4, 5, 6 and 2 more"
    ]


def test_a_rendition_starts_at_zero_and_with_a_key_frame() -> None:
    assert faults([0, 10, 20]) == []
    assert faults([0, 10, 20], keys="_") == ["no key frame at frame 0"]
    assert faults([5, 15, 25], dts=[0, 1, 2]) == [
        "3 of 3 frames off the grid, first frame 0 at tick 5 not 0",
        "no key frame at frame 0",
        "unexpected key frame at frame 0.5",
    ]


def test_decode_times_rise_and_are_never_late() -> None:
    assert faults([0, 10, 20], dts=[0, 0, 1]) == ["decode times that do not rise at frame 1"]
    assert faults([0, 10, 20], dts=[-2, -1, 21]) == ["decoded after it is shown: frame 2"]
    assert faults([0, 10, 20], dts=[-2, 3, 2]) == ["decode times that do not rise at frame 2"]
