"""One moment as two pictures: which frame each of them is, and that nothing else differs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, SOURCE_GUARD, Limits
from farm.ladder import Rung, Treatment
from farm.mediainfo import Colour
from media.graphs.colour import BT709
from media.graphs.frames import extract_moment

FPS = Fraction(30000, 1001)
PLAIN = Treatment(1, FPS, False, False, 1920, 1080, 1280, 720, BT709)
STEADY_GRAPH = ("-reinit_filter:v", "0")
SAID_709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
OUTPUT = (
    *("-f", "image2", "-c:v", "mjpeg", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
    *("-frames:v", "1", "-map_metadata", "-1", "-q:v", "3", "-update", "1"),
)


def a_rung(fps: Fraction) -> Rung:
    return Rung("h264-360p", "h264", 640, 360, fps, 60, "medium", 23.0, 900_000, 1_350_000, "fits")


def test_frame_45_at_half_the_rate_is_frame_90_of_the_source_with_its_text_at_that_time() -> None:
    command = extract_moment(
        a_rung(FPS / 2),
        PLAIN,
        45,
        rendition_name="r.mp4",
        size=(640, 360),
        to=("source.jpg", "rendition.jpg"),
        burn_in=True,
    )
    filters = [
        f"[0:1]{SAID_709}[s0]",
        "[s0]fps=fps=30000/1001:start_time=0[s1]",
        "[s1]trim=start_frame=30[s2]",
        "[s2]scale=1280:720:flags=lanczos:out_range=tv[s3]",
        "[s3]setsar=1[s4]",
        "[s4]format=yuv420p[s5]",
        "[s5]setpts=N+90[s6]",
        "[s6]subtitles=filename=burn-in.ass[s7]",
        "[s7]setpts=N[s8]",
        "[s8]sidedata=mode=delete[s9]",
        "[s9]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s10]",
        "[s10]scale=640:360:flags=bicubic:out_color_matrix=smpte170m:out_range=pc[s11]",
        "[s11]format=yuv420p|yuvj420p[s12]",
        "[1:v:0]scale=640:360:flags=bicubic:out_color_matrix=smpte170m:out_range=pc[s13]",
        "[s13]format=yuv420p|yuvj420p[s14]",
    ]
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *(*SOURCE_GUARD, *STEADY_GRAPH, "-ss", "2.002000", "-i", "file:source"),
        *("-protocol_whitelist", "file", "-ss", "2.969633", "-i", "file:r.mp4"),
        *("-filter_complex", ";".join(filters)),
        *("-map", "[s12]", *OUTPUT, "file:source.jpg"),
        *("-map", "[s14]", *OUTPUT, "file:rendition.jpg"),
    )
    assert (command.label, command.limits) == ("picture of frame 45 of h264-360p", Limits())


def test_of_the_first_frame_nothing_is_sought() -> None:
    limits = Limits(wall_s=7)
    command = extract_moment(
        a_rung(FPS),
        PLAIN,
        0,
        rendition_name="r.mp4",
        size=(640, 360),
        to=("source.jpg", "rendition.jpg"),
        limits=limits,
    )
    filters = [
        f"[0:1]{SAID_709}[s0]",
        "[s0]fps=fps=30000/1001:start_time=0[s1]",
        "[s1]scale=1280:720:flags=lanczos:out_range=tv[s2]",
        "[s2]setsar=1[s3]",
        "[s3]format=yuv420p[s4]",
        "[s4]sidedata=mode=delete[s5]",
        "[s5]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s6]",
        "[s6]scale=640:360:flags=bicubic:out_color_matrix=smpte170m:out_range=pc[s7]",
        "[s7]format=yuv420p|yuvj420p[s8]",
        "[1:v:0]scale=640:360:flags=bicubic:out_color_matrix=smpte170m:out_range=pc[s9]",
        "[s9]format=yuv420p|yuvj420p[s10]",
    ]
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *(*SOURCE_GUARD, *STEADY_GRAPH, "-i", "file:source"),
        *("-protocol_whitelist", "file", "-i", "file:r.mp4"),
        *("-filter_complex", ";".join(filters)),
        *("-map", "[s8]", *OUTPUT, "file:source.jpg"),
        *("-map", "[s10]", *OUTPUT, "file:rendition.jpg"),
    )
    assert command.limits == limits


@pytest.mark.parametrize(
    ("frame", "fps", "at"),
    [(1, Fraction(25), "0.020000"), (25, Fraction(25), "0.980000"), (3, Fraction(24), "0.104166")],
)
def test_a_rendition_is_opened_half_a_frame_early(frame: int, fps: Fraction, at: str) -> None:
    treatment = Treatment(1, fps, False, False, 1920, 1080, 1280, 720, BT709)
    command = extract_moment(
        a_rung(fps), treatment, frame, rendition_name="r.mp4", size=(64, 36), to=("a", "b")
    )
    assert command.args[command.args.index("file:r.mp4") - 3 :][:2] == ("-ss", at)


def test_the_picture_of_a_rung_that_stayed_hdr_is_tone_mapped_as_the_sources_is() -> None:
    p3 = Colour("smpte432", "smpte2084", "bt2020nc", "tv")
    treatment = replace(PLAIN, tone_map=True, colour=p3)
    hdr = replace(a_rung(FPS), codec="hevc", bit_depth=10, dynamic_range="hdr10")
    to = ("a.jpg", "b.jpg")
    args = extract_moment(hdr, treatment, 0, rendition_name="r.mp4", size=(640, 360), to=to).args
    graph = args[args.index("-filter_complex") + 1]
    assert graph.count("tonemap=desat") == 2
    assert "[1:v:0]format=yuv420p10le" in graph
    assert (graph.count("primariesin=bt2020"), graph.count("primariesin=smpte432")) == (1, 1)
