"""The analysis graph as FFmpeg gets it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD, Limits, Tool
from farm.mediainfo import Disposition, TextStream
from media.graphs.analyze import MAX_SAMPLES, analyze_source
from tests.unit.test_probe import recorded

NOTHING = Disposition()
LIMITS = Limits(wall_s=60, stall_s=10)
FILLED = "aresample=48000:async=1:first_pts=0:min_hard_comp=0.005"


def steadied(source: str, index: int, labels: str = "s", *, audio: bool = False) -> list[str]:
    """Return the filters that mark where the clock of a stream leaps, and hold it there."""
    kind, leap_s = ("a", 600) if audio else ("", 14400)
    leaps = r"0*isnan(if(eq(t\,ld(1))\,0\,st(0\,ld(1))+st(1\,t)))"
    leaps += rf"+gt(t-ld(0)\,{leap_s})+lt(t-ld(0)\,-2)"
    last_s, last = (rf"if(isnan({name})\,0\,{name})" for name in ("PREV_OUTT", "PREV_OUTPTS"))
    held = rf"if(gt(T-{last_s}\,{leap_s})\,{last}\,PTS)"
    return [
        f"[{source}]{kind}metadata=add:enable={leaps}:key=jump:value=1[{labels}0]",
        f"[{labels}0]{kind}metadata=print:file=jumps-{index}.txt:key=jump[{labels}1]",
        f"[{labels}1]{kind}setpts={held}[{labels}2]",
    ]


def graphs_of(args: tuple[str, ...]) -> list[list[str]]:
    """Return the filters of each graph."""
    return [value.split(";") for name, value in pairwise(args) if name == "-filter_complex"]


def graph_of(args: tuple[str, ...]) -> list[str]:
    """Return the filters of the first graph, over the picture where there is one."""
    return graphs_of(args)[0]


def test_the_source_is_opened_under_guard_once_and_progress_is_reported() -> None:
    command = analyze_source(recorded("film"), LIMITS)
    opened = (*SOURCE_GUARD, "-reinit_filter:v", "0", "-noautorotate", "-i", "file:source")
    start = (*FFMPEG_PREAMBLE, *PROGRESS_ARGS, *opened)
    assert command.args[: len(start)] == start
    assert command.args.count("-i") == 1
    assert (command.tool, command.limits, command.reports_progress) == (Tool.FFMPEG, LIMITS, True)
    assert command.duration_s == 30


def test_pictures_are_put_on_the_timeline_before_anything_is_counted() -> None:
    graph = graph_of(analyze_source(recorded("film"), LIMITS).args)
    assert graph[:10] == [
        *steadied("0:0", 0),
        "[s2]setparams=colorspace=bt709[s3]",
        "[s3]scale=1920:1080:flags=neighbor[s4]",
        "[s4]split=2[s5][s6]",
        "[s5]fps=fps=24/1:start_time=0[s7]",
        "[s7]split=2[s8][s9]",
        r"[s8]cropdetect=enable=not(mod(n\,12)):reset=0:round=2:skip=0[s10]",
        r"[s10]metadata=print:enable=not(mod(n\,12)):file=crop.txt[s11]",
    ]
    assert "[s25]scale=1:1:flags=neighbor[s26]" in graph
    assert "[s26]format=gray[s27]" in graph


def test_a_grid_is_kept_of_every_picture_and_now_and_then_one_is_seen_in_its_own_size() -> None:
    graph = graph_of(analyze_source(recorded("film"), LIMITS).args)
    assert graph[-17:-7] == [
        "[s17]scale=16:9:flags=area[s33]",
        "[s33]format=yuv444p[s34]",
        "[s9]split=2[s35][s36]",
        r"[s35]select=not(mod(n\,24))[s37]",
        "[s37]scale=64:36:flags=neighbor[s38]",
        "[s38]format=yuv444p[s39]",
        r"[s36]select=not(mod(n\,96))[s40]",
        "[s40]format=yuv420p[s41]",
        "[s41]blockdetect[s42]",
        "[s42]blurdetect[s43]",
    ]


def test_pictures_do_not_pause_until_long_after_the_end_their_file_declares() -> None:
    film = replace(recorded("film"), format="matroska,webm")
    leaps, _, held, *_ = graph_of(analyze_source(film, LIMITS).args)
    assert r"+gt(t-ld(0)\,14400)+gt(t-ld(0)\,60)*gt(t\,90.0)+lt(" in leaps
    last_s = r"if(isnan(PREV_OUTT)\,0\,PREV_OUTT)"
    assert rf"if(gt(T-{last_s}\,14400)+gt(T-{last_s}\,60)*gt(T\,90.0)\," in held
    unknown = replace(film, duration_s=Fraction(0))
    assert graph_of(analyze_source(unknown, LIMITS).args)[:3] == steadied("0:0", 0)


def test_fields_are_told_on_the_whole_picture_before_the_rate_is_made_constant() -> None:
    graph = graph_of(analyze_source(recorded("film"), LIMITS).args)
    assert graph[-6:] == [
        "[s6]noise=alls=2[s45]",
        "[s45]copy[s46]",
        "[s46]idet[s47]",
        r"[s47]metadata=print:enable=not(mod(n\,12)):file=fields.txt[s48]",
        "[s48]scale=1:1:flags=neighbor[s49]",
        "[s49]format=gray[s50]",
    ]


def test_pictures_that_are_fields_are_woven_before_anything_looks_at_them() -> None:
    film = recorded("film")
    fields = replace(film, video=(replace(film.video[0], coded_fields="bottom"),))
    assert graph_of(analyze_source(fields, LIMITS).args)[:6] == [
        *steadied("0:0", 0),
        "[s2]weave=first_field=bottom[s3]",
        "[s3]setparams=colorspace=bt709[s4]",
        "[s4]scale=1920:1080:flags=neighbor[s5]",
    ]


def test_each_track_is_heard_and_the_first_one_searched_for_silence() -> None:
    command = analyze_source(recorded("three-languages"), LIMITS)
    picture, *sounds = graphs_of(command.args)  # a change in one leaves the others as they are
    assert [sound[-1].rpartition("[")[2] for sound in sounds[:3]] == ["g1s1]", "g2s1]", "g3s0]"]
    assert [sound[:4] for sound in sounds[-3:]] == [
        [*steadied(f"dec:{n}", n + 1, f"r{n}s", audio=True), f"[r{n}s2]{FILLED}[r{n}s3]"]
        for n in range(3)
    ]
    assert not any("aresample" in part for part in picture)
    mapped = [value for name, value in pairwise(command.args) if name == "-map"]
    looked = ["[s27]", "[s30]", "[s32]", "[s34]", "[s39]", "[s44]", "[s50]"]
    steady, captions = ["[g1s1]", "[g2s1]", "[g3s0]"], ["[g4s2]"]
    # Of each track its length, where it is clipped, and of stereo whether its sides are opposite.
    heard = ["[r0s13]", "[r0s20]", "[r1s10]", "[r1s19]", "[r1s24]", "[r2s10]", "[r2s17]"]
    assert mapped == [*looked, *steady, *captions, *heard]
    decoders = [value for name, value in pairwise(command.args) if name == "-dec"]
    assert decoders == ["7:0", "8:0", "9:0"]  # outputs 0 to 6 are those of the picture
    assert " ".join(command.args).count("silencedetect=d=1.5") == 1
    outputs = [arg for arg in command.args if arg.startswith("samples-")]
    assert outputs == ["samples-1.txt", "samples-2.txt", "samples-3.txt"]


def test_a_song_needs_no_pictures() -> None:
    command = analyze_source(recorded("song-with-cover"), LIMITS)
    steady, heard = graphs_of(command.args)
    formats = "internal_sample_fmt=fltp:out_chlayout=mono:out_sample_fmt=flt"
    assert steady == [f"[0:0]aresample=48000:{formats}:rematrix_maxval=1000[s0]"]
    assert heard[:6] == [
        *steadied("dec:0", 0, "r0s", audio=True),
        f"[r0s2]{FILLED}[r0s3]",
        "[r0s3]asplit=2[r0s4][r0s5]",
        "[r0s4]silencedetect=d=1.5[r0s6]",
    ]
    assert command.args[command.args.index("-dec") + 1] == "0:0"


def test_channels_that_make_no_layout_of_ours_are_heard_as_they_are() -> None:
    film = recorded("film")
    sixteen = replace(film, audio=(replace(film.audio[0], channels=16),))
    assert graphs_of(analyze_source(sixteen, LIMITS).args)[1] == [
        "[0:1]aresample=48000:out_sample_fmt=flt[g1s0]"
    ]


def test_formats_whose_zero_moves_are_read_on_the_containers_clock() -> None:
    args = analyze_source(recorded("late-picture-ts"), LIMITS).args
    assert args[args.index("-i") - 2 : args.index("-i")] == ("-copyts", "-noautorotate")
    picture, sound, captions, *_ = graphs_of(args)
    # The picture starts at 1.921333 s: 12 frames of 24 a second after the title.
    assert picture[0] == "[0:0]setpts=round(PTS-(1421333/1000000)/TB)[s0]"
    assert sound[0] == "[0:1]asetpts=round(PTS-(1421333/1000000)/TB)[g1s0]"
    assert captions[0] == "[0:0]setpts=round(PTS-(1421333/1000000)/TB)[g2s0]"


def test_what_pictures_carry_is_repeated_in_tiny_ones_and_tracks_of_captions_are_copied() -> None:
    film = recorded("film")
    track = TextStream(5, "eia_608", bitmap=False, language=None, title=None, disposition=NOTHING)
    args = analyze_source(replace(film, text=(track,)), LIMITS).args
    at = args.index("[g2s2]") - 3
    assert args[at : args.index("-dec")] == (
        "-filter_complex",
        "[0:0]setparams=colorspace=bt709[g2s0];[g2s0]scale=16:16:flags=neighbor[g2s1];"
        "[g2s1]format=yuv420p[g2s2]",
        *("-map", "[g2s2]", "-f", "tee", "-a53cc", "1", "-enc_time_base", "1/90000"),
        *("-fps_mode", "passthrough", "-preset", "ultrafast", "-threads:v", "1"),
        *("-tune", "zerolatency", "-vcodec", "libx264"),
        "[f=h264]captions-0.bin|[f=framecrc]captions-0.packets",
        *("-map", "0:5", "-f", "tee", "-codec", "copy"),
        "[f=data]captions-5.bin|[f=framecrc]captions-5.packets",
    )


def test_pictures_that_cannot_carry_captions_are_not_asked_for_them() -> None:
    film = recorded("film")
    prores = replace(film, video=(replace(film.video[0], codec="prores"),))
    assert not [arg for arg in analyze_source(prores, LIMITS).args if "captions" in arg]


def test_a_long_title_is_sampled_less_often_so_that_findings_stay_small() -> None:
    two_hours = replace(recorded("film"), duration_s=Fraction(7200))
    graph = graph_of(analyze_source(two_hours, LIMITS).args)
    every = -(-24 * 7200 // MAX_SAMPLES)
    assert rf"[s8]cropdetect=enable=not(mod(n\,{every})):reset=0:round=2:skip=0[s10]" in graph
    assert rf"[s15]select=lt(mod(n\,{every})\,2)[s28]" in graph
