"""The analysis graph as FFmpeg gets it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD, Limits, Tool
from media.graphs.analyze import MAX_SAMPLES, analyze_source
from tests.unit.test_probe import recorded

LIMITS = Limits(wall_s=60, stall_s=10)


def graph_of(args: tuple[str, ...]) -> list[str]:
    return args[args.index("-filter_complex") + 1].split(";")


def test_the_source_is_opened_under_guard_once_and_progress_is_reported() -> None:
    command = analyze_source(recorded("film"), LIMITS)
    start = (*FFMPEG_PREAMBLE, *PROGRESS_ARGS, *SOURCE_GUARD, "-noautorotate", "-i", "file:source")
    assert command.args[: len(start)] == start
    assert command.args.count("-i") == 1
    assert (command.tool, command.limits, command.reports_progress) == (Tool.FFMPEG, LIMITS, True)
    assert command.duration_s == 30


def test_pictures_are_put_on_the_timeline_before_anything_is_counted() -> None:
    graph = graph_of(analyze_source(recorded("film"), LIMITS).args)
    assert graph[:4] == [
        "[0:0]split=2[s0][s1]",
        "[s0]fps=fps=24/1:start_time=0[s2]",
        r"[s2]cropdetect=enable=not(mod(n\,12)):reset=0:round=2:skip=0[s3]",
        r"[s3]metadata=print:enable=not(mod(n\,12)):file=crop.txt[s4]",
    ]
    assert "[s16]scale=1:1:flags=neighbor[s17]" in graph
    assert "[s17]format=gray[s18]" in graph


def test_each_track_is_heard_and_the_first_one_searched_for_silence() -> None:
    command = analyze_source(recorded("three-languages"), LIMITS)
    sounds = [part for part in graph_of(command.args) if "aresample" in part]
    assert [sound.split("]")[0] for sound in sounds] == ["[0:1", "[0:2", "[0:3"]
    assert " ".join(command.args).count("silencedetect=d=2") == 1
    outputs = [arg for arg in command.args if arg.startswith("samples-")]
    assert outputs == ["samples-1.txt", "samples-2.txt", "samples-3.txt"]


def test_a_song_needs_no_pictures() -> None:
    graph = ";".join(graph_of(analyze_source(recorded("song-with-cover"), LIMITS).args))
    assert graph.startswith("[0:0]aresample=48000:async=1:first_pts=0[s0];[s0]silencedetect=d=2")
    assert "fps=" not in graph


def test_formats_whose_zero_moves_are_read_on_the_containers_clock() -> None:
    args = analyze_source(recorded("late-picture-ts"), LIMITS).args
    assert args[args.index("-i") - 2 : args.index("-i")] == ("-copyts", "-noautorotate")
    assert "[0:0]setpts=round(PTS-(7/5)/TB)[s0]" in graph_of(args)
    assert any("asetpts=round(PTS-(7/5)/TB)" in part for part in graph_of(args))


def test_a_long_title_is_sampled_less_often_so_that_findings_stay_small() -> None:
    two_hours = replace(recorded("film"), duration_s=Fraction(7200))
    graph = graph_of(analyze_source(two_hours, LIMITS).args)
    every = -(-24 * 7200 // MAX_SAMPLES)
    assert rf"[s2]cropdetect=enable=not(mod(n\,{every})):reset=0:round=2:skip=0[s3]" in graph
    assert rf"[s8]select=lt(mod(n\,{every})\,2)[s19]" in graph
