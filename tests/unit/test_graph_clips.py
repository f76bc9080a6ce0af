"""The commands that cut clips out of a title and its source."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from farm.command import Limits, Tool
from farm.ladder import Rung, Timeline, Treatment
from media.graphs.clips import MOST_BPS, encode_clip, encode_starts, is_delivered, source_clip

RATE = Fraction(30000, 1001)
TIMELINE = Timeline(RATE, 400)
TREATMENT = Treatment(0, RATE, False, False, 1280, 720)
RUNG = Rung("h264-360p", "h264", 640, 360, RATE, 60, "medium", 24, 10**6, 10**6, "test")
HEVC = replace(RUNG, name="hevc-360p", codec="hevc")
AV1 = replace(RUNG, name="av1-360p", codec="av1", bit_depth=10)


def value(args: tuple[str, ...], option: str) -> str:
    return args[args.index(option) + 1]


def encode(rung: Rung, first: int, frames: int) -> tuple[str, ...]:
    return encode_clip(
        *(rung, TREATMENT, TIMELINE, first, frames), rendition_name="top.mp4", to="0-encode.mp4"
    ).args


def test_packets_are_copied_in_whole_gops_from_the_key_frame_before() -> None:
    args = encode(RUNG, 130, 48)
    assert (value(args, "-c"), value(args, "-frames:v")) == ("copy", "60")
    # A quarter of a frame after frame 120, which is at 4.004 s.
    assert value(args, "-ss") == "4.012342"
    assert (args[-1], value(args, "-i")) == ("file:0-encode.mp4", "file:top.mp4")
    assert value(args, "-protocol_whitelist") == "file"
    assert value(encode(RUNG, 170, 48), "-frames:v") == "120"  # over the end of a GOP
    assert value(encode(RUNG, 120, 60), "-frames:v") == "60"
    assert value(encode(RUNG, 352, 48), "-frames:v") == "100"  # up to the end: 300 to 399


def test_what_browsers_may_not_decode_or_is_hdr_is_coded_anew() -> None:
    kinds = (RUNG, AV1, HEVC, replace(AV1, dynamic_range="hdr10"))
    assert [is_delivered(rung) for rung in kinds] == [True, True, False, False]
    assert [encode_starts(rung, 130) for rung in kinds] == [120, 120, 130, 130]
    args = encode(HEVC, 130, 48)
    assert (value(args, "-c:v"), value(args, "-frames:v")) == ("libx264", "48")
    assert "tonemap" not in " ".join(args)
    pq = replace(HEVC, dynamic_range="hdr10", bit_depth=10)
    hdr = replace(TREATMENT, tone_map=True)
    told = encode_clip(
        *(pq, hdr, TIMELINE, 130, 48), rendition_name="top.mp4", to="0-encode.mp4"
    ).args
    assert "tonemap=" in " ".join(told)


def test_the_source_is_cut_where_the_rung_is_and_kept_within_a_bound() -> None:
    limits = Limits(wall_s=5)
    command = source_clip(RUNG, TREATMENT, TIMELINE, 130, 48, to="0-source.mp4", limits=limits)
    assert (command.tool, command.limits) == (Tool.FFMPEG, limits)
    args = command.args
    assert (value(args, "-frames:v"), value(args, "-crf")) == ("48", "10")
    assert (value(args, "-maxrate"), value(args, "-bf")) == (str(MOST_BPS), "0")
    assert value(args, "-format_whitelist")  # opened under guard
    graph = value(args, "-filter_complex")
    assert "scale=640:360" in graph
    assert "framestep" not in graph
    assert "subtitles" not in graph


def test_a_rung_at_half_the_rate_shows_every_other_frame_of_the_source() -> None:
    half = replace(RUNG, fps=RATE / 2, gop_frames=30)
    whole = source_clip(RUNG, TREATMENT, TIMELINE, 130, 48, to="0-source.mp4").args
    args = source_clip(half, TREATMENT, TIMELINE, 65, 24, to="0-source.mp4", burn_in=True).args
    graph = value(args, "-filter_complex")
    assert "framestep=step=2" in graph
    assert "subtitles=filename=burn-in.ass" in graph
    assert (value(args, "-ss"), value(args, "-frames:v")) == (value(whole, "-ss"), "24")
    copied = encode(half, 65, 24)
    assert (value(copied, "-frames:v"), encode_starts(half, 65)) == ("30", 60)
