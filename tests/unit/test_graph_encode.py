"""What the encode graph compiles to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.mediainfo import Colour
from media.graphs.colour import BT709
from media.graphs.devices import CPU
from media.graphs.encode import cut_tail, encode_chunk, timescale
from media.graphs.encoders import TAIL_ZONE
from media.graphs.look import PictureLook
from media.graphs.picture import head, source_options, source_video

FPS = Fraction(60)
TIMELINE = Timeline(FPS, 1440)
PLAIN = Treatment(1, FPS, False, False, 1920, 1080, 1280, 720, BT709)
PQ = Colour("bt2020", "smpte2084", "bt2020nc", "tv")


def a_rung(height: int, fps: Fraction = FPS) -> Rung:
    return Rung(
        name=f"h264-{height}p-900k",
        codec="h264",
        width=height * 16 // 9,
        height=height,
        fps=fps,
        gop_frames=int(fps * 2),
        preset="medium",
        crf=23.0,
        max_bps=900_000,
        buffer_bits=1_350_000,
        reason="fits",
    )


TOP, LOW = a_rung(720), a_rung(360, FPS / 2)


def option(args: tuple[str, ...], name: str, occurrence: int = 0) -> str:
    places = [index for index, arg in enumerate(args) if arg == name]
    return args[places[occurrence] + 1]


def chain(treatment: Treatment, **options: object) -> str:
    """Return the filters of `head` without their labels."""
    import ffmpeg

    args = ffmpeg.get_args(
        ffmpeg.output(head(source_video(treatment), treatment, **options), "out")  # type: ignore[arg-type]
    )
    graph = option(tuple(args), "-filter_complex")
    return ",".join(part.split("]", 1)[1].rsplit("[", 1)[0] for part in graph.split(";"))


TAGS = "sidedata=mode=delete,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
TAGS += ":field_mode=prog:range=tv"
SAID_709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
SAID_PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
SIZED = "scale=1280:720:flags=lanczos:out_range=tv,setsar=1"


def test_a_whole_title_is_one_decode_split_to_its_rungs() -> None:
    command = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 1440, 0), [LOW, TOP], CPU)
    before = len(FFMPEG_PREAMBLE) + len(PROGRESS_ARGS) + len(SOURCE_GUARD)
    assert command.args[:before] == (*FFMPEG_PREAMBLE, *PROGRESS_ARGS, *SOURCE_GUARD)
    opened = ("-reinit_filter:v", "0", "-i", "file:source")
    assert command.args[before : before + len(opened)] == opened
    assert option(command.args, "-filter_complex") == (
        f"[0:1]{SAID_709}[s0];"
        "[s0]fps=fps=60/1:start_time=0[s1];"
        "[s1]scale=1280:720:flags=lanczos:out_range=tv[s2];"
        "[s2]setsar=1[s3];"
        "[s3]format=yuv420p[s4];"
        "[s4]sidedata=mode=delete[s5];"
        "[s5]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        ":field_mode=prog:range=tv[s6];"
        "[s6]split=2[s7][s8];"
        "[s7]framestep=step=2[s9];"
        "[s9]scale=640:360:flags=lanczos[s10];"
        "[s10]setsar=1[s11];"
        "[s8]scale=1280:720:flags=lanczos[s12];"
        "[s12]setsar=1[s13]"
    )
    assert command.reports_progress
    assert command.duration_s == 24
    assert command.label == "encode h264 chunk 0"


def test_codecs_of_a_job_share_one_decode_and_a_picture_of_each_look() -> None:
    deep = [replace(a_rung(h), name=f"hevc-{h}p", codec="hevc", bit_depth=10) for h in (360, 720)]
    grained = replace(a_rung(720), name="av1-720p", codec="av1", bit_depth=10, preset="7")
    command = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 1440, 0), [LOW, *deep, TOP, grained], CPU)
    assert command.label == "encode h264, hevc and av1 chunk 0"
    graph = option(command.args, "-filter_complex").split(";")
    assert sum(part.startswith("[0:1]") for part in graph) == 1
    assert [part.split("]", 1)[1].split("[")[0] for part in graph if "split=" in part] == [
        *("split=2", "split=2", "split=3")
    ]
    formats = [part.split("]", 1)[1].rsplit("[", 1)[0] for part in graph if "format=" in part]
    assert formats == ["format=yuv420p", "format=yuv420p10le"]
    encoders = [option(command.args, "-c:v", number) for number in range(5)]
    assert encoders == ["libx264", "libx265", "libx265", "libx264", "libsvtav1"]


def test_hdr_stays_as_it_is_beside_sdr_that_is_mapped() -> None:
    bright = replace(a_rung(720), name="hevc-720p", codec="hevc", bit_depth=10)
    bright = replace(bright, dynamic_range="hdr10")
    pq = replace(PLAIN, tone_map=True, colour=PQ)
    args = encode_chunk(pq, TIMELINE, Chunk(0, 0, 1440, 0), [TOP, bright], CPU).args
    graph = option(args, "-filter_complex")
    assert graph.count("tonemap=desat") == 1
    assert graph.count("fps=fps=60/1") == 1
    tags = "setparams=color_primaries={}:color_trc={}:colorspace={}:field_mode=prog:range=tv"
    assert graph.count(tags.format("bt709", "bt709", "bt709")) == 1
    assert graph.count(tags.format("bt2020", "smpte2084", "bt2020nc")) == 1


@pytest.mark.parametrize(
    ("colour", "converted"),
    [
        (PQ, ""),
        (Colour("bt2020", "arib-std-b67", "bt2020nc", "tv"), ""),
        (
            Colour("smpte432", "smpte2084", "bt2020nc", "tv"),
            "format=yuv420p10le,zscale=dither=ordered:matrix=bt2020nc:matrixin=bt2020nc"
            ":primaries=bt2020:primariesin=smpte432:range=limited:rangein=limited"
            ":transfer=smpte2084:transferin=smpte2084,",
        ),
    ],
)
def test_hdr_is_delivered_in_the_primaries_of_bt2100_with_the_curve_it_has(
    colour: Colour, converted: str
) -> None:
    assert chain(
        replace(PLAIN, tone_map=True, colour=colour), look=PictureLook("hdr10", 10)
    ).endswith(
        f"{SIZED},{converted}format=yuv420p10le,sidedata=mode=delete,setparams=color_primaries=bt2020"
        f":color_trc={colour.transfer}:colorspace=bt2020nc:field_mode=prog:range=tv"
    )


def test_each_output_is_capped_crf_with_an_idr_every_gop_and_an_exact_length() -> None:
    args = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 720, 60), [LOW, TOP], CPU).args
    start = args.index("-map")
    second = args.index("-map", start + 1)
    assert args[start:second] == (
        *("-map", "[s11]", "-a53cc", "0", "-bufsize", "1350000", "-c:v", "libx264"),
        *("-crf", "23", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-fps_mode", "passthrough", "-frames:v", "390", "-g", "60", "-keyint_min", "60"),
        *("-map_chapters", "-1", "-map_metadata", "-1", "-maxrate", "900000"),
        *("-pix_fmt", "yuv420p", "-preset", "medium", "-profile:v", "high"),
        *("-sc_threshold", "0", "-video_track_timescale", "60000"),
        *("-x264-params", "stitchable=1:open-gop=0:zones=" + TAIL_ZONE.format(first=360, last=389)),
        "file:h264-360p-900k.tail.mp4",
    )
    assert option(args, "-frames:v", 1) == "780"
    assert option(args, "-x264-params", 1).endswith(
        "zones=" + TAIL_ZONE.format(first=720, last=779)
    )
    assert args[-1] == "file:h264-720p-900k.tail.mp4"


def test_threads_are_left_to_the_programs_unless_told_how_many() -> None:
    args = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 720, 60), [LOW, TOP], CPU, threads=1).args
    before = args.index("-i")
    assert args[before - 2 : before] == ("-threads", "1")  # of the decoder
    assert option(args, "-filter_complex_threads") == "1"
    assert [option(args, "-threads:v", number) for number in range(2)] == ["1", "1"]
    left = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 720, 60), [LOW, TOP], CPU).args
    assert not any("threads" in arg for arg in left)


def test_a_later_chunk_seeks_a_second_early_and_drops_what_it_decoded_for_that() -> None:
    args = encode_chunk(PLAIN, TIMELINE, Chunk(1, 720, 720, 0), [TOP], CPU).args
    assert option(args, "-ss") == "11.000000"
    assert args.index("-ss") < args.index("-i")
    assert chain(PLAIN, start_frame=720) == (
        f"{SAID_709},fps=fps=60/1:start_time=0,trim=start_frame=60,{SIZED},format=yuv420p,setpts=N,"
        f"{TAGS}"
    )
    assert args[-1] == "file:h264-720p-900k.mp4"
    assert option(args, "-x264-params") == "stitchable=1:open-gop=0"  # without a tail


@pytest.mark.parametrize(
    ("fps", "start_frame", "seek"),
    [
        (Fraction(24), 144, "5.000000"),
        (Fraction(24000, 1001), 144, "5.005000"),  # frame 120, at a whole millisecond
        (Fraction(30000, 1001), 361, "11.011000"),  # frame 330
        (Fraction(179, 6), 400, "12.000000"),  # frame 358, the last before 370 that is on one
        (Fraction(1_000_003, 41_667), 1000, "40.666869"),  # no frame near is on one
    ],
)
def test_a_seek_ends_on_a_whole_millisecond_where_the_rate_has_one(
    fps: Fraction, start_frame: int, seek: str
) -> None:
    assert source_options(replace(PLAIN, fps=fps), start_frame) == ("-ss", seek)


def test_a_chunk_that_starts_within_the_preroll_is_decoded_from_the_beginning() -> None:
    assert source_options(PLAIN, 60) == ()
    assert "trim=start_frame=60" in chain(PLAIN, start_frame=60)


def test_fields_are_woven_before_the_rate_is_made_constant() -> None:
    assert chain(replace(PLAIN, deinterlace=True)).startswith(
        f"{SAID_709},bwdif=deint=all:mode=send_frame:parity=auto,fps=fps=60/1:start_time=0,scale="
    )


def test_hdr_is_scaled_first_and_then_mapped_in_linear_light() -> None:
    assert chain(replace(PLAIN, tone_map=True, colour=PQ)) == (
        f"{SAID_PQ},fps=fps=60/1:start_time=0,{SIZED},format=yuv420p10le,"
        "zscale=matrixin=bt2020nc:npl=100:primariesin=bt2020:rangein=limited:transfer=linear"
        ":transferin=smpte2084,format=gbrpf32le,zscale=primaries=bt709,"
        "tonemap=desat=0:tonemap=hable,"
        "zscale=dither=ordered:matrix=bt709:primaries=bt709:range=limited:transfer=bt709,"
        f"format=yuv420p,{TAGS}"
    )


def test_pictures_keep_colours_that_are_delivered_and_say_so() -> None:
    of_525_lines = Colour("smpte170m", "smpte170m", "smpte170m", "tv")
    assert chain(replace(PLAIN, colour=of_525_lines)).endswith(
        "setparams=color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m"
        ":field_mode=prog:range=tv"
    )


def test_burned_in_text_is_drawn_on_the_clock_of_the_title() -> None:
    assert chain(PLAIN, burn_in="burn-in.vtt", start_frame=720).endswith(
        f"format=yuv420p,setpts=N+720,subtitles=filename=burn-in.vtt,setpts=N,{TAGS}"
    )
    args = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 1440, 0), [TOP], CPU, burn_in=True).args
    assert option(args, "-loglevel", 1) == "level+warning"  # libass only warns


def test_a_container_ffmpeg_would_rebase_keeps_its_clock() -> None:
    broadcast = replace(PLAIN, start_s=Fraction(7, 5), preroll_s=10)
    assert source_options(broadcast, 0) == ("-copyts",)
    assert source_options(broadcast, 720) == ("-copyts", "-ss", "2.000000")
    assert chain(broadcast).startswith(f"setpts=round(PTS-(7/5)/TB),{SAID_709},fps=")
    later = chain(broadcast, start_frame=720)
    assert later.startswith(f"setpts=round(PTS-(17/5)/TB),{SAID_709},fps=")


def test_the_picture_of_an_odd_source_is_even_where_no_ladder_says_otherwise() -> None:
    odd = replace(PLAIN, display_width=853, display_height=479)
    odd = replace(odd, picture_width=None, picture_height=None)
    assert "scale=852:478:" in chain(odd)


def test_a_tail_is_cut_off_without_encoding() -> None:
    command = cut_tail(TIMELINE, Chunk(0, 0, 720, 60), LOW)
    assert command.args[len(FFMPEG_PREAMBLE) :] == (
        *("-i", "file:h264-360p-900k.tail.mp4", "-map", "0:v:0", "-c", "copy"),
        *("-frames:v", "360", "-video_track_timescale", "60000"),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "file:h264-360p-900k.mp4"),
    )


def test_a_rung_off_the_timelines_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 1440, 0), [a_rung(360, Fraction(25))], CPU)


@pytest.mark.parametrize(
    ("fps", "ticks"),
    [
        (Fraction(24), 24_000),
        (Fraction(30000, 1001), 30_000),
        (Fraction(60), 60_000),
        (Fraction(179, 6), 17_900),
    ],
)
def test_every_frame_is_a_whole_number_of_ticks_long(fps: Fraction, ticks: int) -> None:
    assert timescale(fps) == ticks
    assert (ticks / fps).denominator == 1
