"""What the scoring graph compiles to: frames meet by number, and few of them are scaled."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD, Command, Limits
from farm.ladder import Rung, Timeline, Treatment
from farm.mediainfo import Colour
from media.graphs.colour import BT709
from media.graphs.delivered import hear_track
from media.graphs.measure import memory_bytes, score

FPS = Fraction(30000, 1001)
TIMELINE = Timeline(FPS, 301)
PLAIN = Treatment(1, FPS, False, False, 1920, 1080, 1280, 720, BT709)
SAID_709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


def a_rung(fps: Fraction) -> Rung:
    return Rung("h264-360p", "h264", 640, 360, fps, 60, "medium", 23.0, 900_000, 1_350_000, "fits")


def graph(command: Command) -> list[str]:
    """Return the filters of a command, each with its labels."""
    return command.args[command.args.index("-filter_complex") + 1].split(";")


HALF_RATE_EVERY_FIFTH = [
    "[0:v:0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s0]",
    "[s0]settb=1/(15000/1001)[s1]",
    "[s1]setpts=N[s2]",
    "[s2]split=2[s3][s4]",
    "[s3]select=not(mod(n-0\\,5))[s5]",
    "[s5]settb=1/(15000/1001)[s6]",
    "[s6]setpts=N[s7]",
    "[s7]scale=1280:720:flags=bicubic[s8]",
    "[s8]format=yuv420p[s9]",
    f"[1:1]{SAID_709}[s10]",
    "[s10]fps=fps=30000/1001:start_time=0[s11]",
    "[s11]scale=1280:720:flags=lanczos:out_range=tv[s12]",
    "[s12]setsar=1[s13]",
    "[s13]format=yuv420p[s14]",
    "[s14]setpts=N+0[s15]",
    "[s15]subtitles=filename=burn-in.ass[s16]",
    "[s16]setpts=N[s17]",
    "[s17]sidedata=mode=delete[s18]",
    "[s18]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s19]",
    "[s19]framestep=step=2[s20]",
    "[s20]trim=end_frame=151[s21]",
    "[s21]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s22]",
    "[s22]scale=1280:720:flags=bicubic[s23]",
    "[s23]format=yuv420p[s24]",
    "[s24]settb=1/(15000/1001)[s25]",
    "[s25]setpts=N[s26]",
    "[s26]split=3[s27][s28][s29]",
    "[s28]select=not(mod(n-0\\,5))[s30]",
    "[s30]settb=1/(15000/1001)[s31]",
    "[s31]setpts=N[s32]",
    "[s9][s32]ssim=stats_file=ssim.log[s33]",
    "[s33]setpts=N*5/(15000/1001*TB)[s34]",
    "[s34]fps=fps=15000/1001[s35]",
    "[s35]trim=end_frame=151[s36]",
    "[s36][s27]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf.json:model=version\\\\=vmaf_v0.6.1:n_subsample=5:n_threads=0[s37]",
    "[s4]tpad=stop=4:stop_mode=clone[s38]",
    "[s38]select=not(mod(n-2\\,5))[s39]",
    "[s39]settb=1/(15000/1001)[s40]",
    "[s40]setpts=N[s41]",
    "[s41]scale=128:72:flags=area[s42]",
    "[s42]format=gray[s43]",
    "[s29]tpad=stop=4:stop_mode=clone[s44]",
    "[s44]scale=128:72:flags=area[s45]",
    "[s45]format=gray[s46]",
    "[s46]split=3[s47][s48][s49]",
    "[s47]select=not(mod(n-1\\,5))[s50]",
    "[s50]settb=1/(15000/1001)[s51]",
    "[s51]setpts=N[s52]",
    "[s43][s52]psnr=shortest=1:stats_file=align-before.log[s53]",
    "[s48]select=not(mod(n-2\\,5))[s54]",
    "[s54]settb=1/(15000/1001)[s55]",
    "[s55]setpts=N[s56]",
    "[s53][s56]psnr=shortest=1:stats_file=align-same.log[s57]",
    "[s49]select=not(mod(n-3\\,5))[s58]",
    "[s58]settb=1/(15000/1001)[s59]",
    "[s59]setpts=N[s60]",
    "[s57][s60]psnr=shortest=1:stats_file=align-after.log[s61]",
]
FULL_RATE_EVERY_ONE = [
    "[0:v:0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s0]",
    "[s0]settb=1/(30000/1001)[s1]",
    "[s1]setpts=N[s2]",
    "[s2]split=2[s3][s4]",
    "[s3]scale=640:360:flags=bicubic[s5]",
    "[s5]format=yuv420p[s6]",
    f"[1:1]{SAID_709}[s7]",
    "[s7]fps=fps=30000/1001:start_time=0[s8]",
    "[s8]scale=1280:720:flags=lanczos:out_range=tv[s9]",
    "[s9]setsar=1[s10]",
    "[s10]format=yuv420p[s11]",
    "[s11]sidedata=mode=delete[s12]",
    "[s12]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s13]",
    "[s13]trim=end_frame=301[s14]",
    "[s14]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s15]",
    "[s15]scale=640:360:flags=bicubic[s16]",
    "[s16]format=yuv420p[s17]",
    "[s17]settb=1/(30000/1001)[s18]",
    "[s18]setpts=N[s19]",
    "[s19]split=3[s20][s21][s22]",
    "[s6][s21]ssim=stats_file=ssim.log[s23]",
    "[s23]setpts=N*1/(30000/1001*TB)[s24]",
    "[s24]fps=fps=30000/1001[s25]",
    "[s25]trim=end_frame=301[s26]",
    "[s26][s20]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf.json:model=version\\\\=vmaf_v0.6.1:n_subsample=1:n_threads=0[s27]",
    "[s4]tpad=stop=4:stop_mode=clone[s28]",
    "[s28]select=not(mod(n-2\\,5))[s29]",
    "[s29]settb=1/(30000/1001)[s30]",
    "[s30]setpts=N[s31]",
    "[s31]scale=128:72:flags=area[s32]",
    "[s32]format=gray[s33]",
    "[s22]tpad=stop=4:stop_mode=clone[s34]",
    "[s34]scale=128:72:flags=area[s35]",
    "[s35]format=gray[s36]",
    "[s36]split=3[s37][s38][s39]",
    "[s37]select=not(mod(n-1\\,5))[s40]",
    "[s40]settb=1/(30000/1001)[s41]",
    "[s41]setpts=N[s42]",
    "[s33][s42]psnr=shortest=1:stats_file=align-before.log[s43]",
    "[s38]select=not(mod(n-2\\,5))[s44]",
    "[s44]settb=1/(30000/1001)[s45]",
    "[s45]setpts=N[s46]",
    "[s43][s46]psnr=shortest=1:stats_file=align-same.log[s47]",
    "[s39]select=not(mod(n-3\\,5))[s48]",
    "[s48]settb=1/(30000/1001)[s49]",
    "[s49]setpts=N[s50]",
    "[s47][s50]psnr=shortest=1:stats_file=align-after.log[s51]",
]


def test_every_fifth_picture_of_a_rung_at_half_the_rate_is_scored_against_the_burnt_in_source() -> (
    None
):
    command = score(
        a_rung(FPS / 2), PLAIN, TIMELINE, width=1280, height=720, subsample=5, burn_in=True
    )
    assert graph(command) == HALF_RATE_EVERY_FIFTH


def test_where_every_picture_is_scored_none_is_picked_out() -> None:
    command = score(a_rung(FPS), PLAIN, TIMELINE, width=640, height=360, subsample=1)
    assert graph(command) == FULL_RATE_EVERY_ONE


def test_the_rendition_and_the_source_are_opened_under_guard_by_two_threads_each() -> None:
    command = score(a_rung(FPS), PLAIN, TIMELINE, width=640, height=360, subsample=1)
    nothing = ("-f", "null", "-fps_mode", "passthrough", "-")
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *PROGRESS_ARGS,
        *("-filter_complex_threads", "1"),
        *("-protocol_whitelist", "file", "-threads", "2", "-i", "file:rendition.mp4"),
        *(*SOURCE_GUARD, "-reinit_filter:v", "0", "-threads", "2", "-i", "file:source"),
        *("-filter_complex", ";".join(FULL_RATE_EVERY_ONE)),
        *("-map", "[s27]", *nothing, "-map", "[s51]", *nothing),
    )
    assert command.label == "measure h264-360p"
    assert (command.reports_progress, command.duration_s) == (True, 301 / FPS)
    assert command.limits == Limits(memory_bytes=(8 << 30) + 1024 * 1920 * 1080)


def test_limits_that_are_given_are_those_of_the_command() -> None:
    limits = Limits(wall_s=7)
    command = score(a_rung(FPS), PLAIN, TIMELINE, width=640, height=360, subsample=1, limits=limits)
    assert command.limits == limits
    assert hear_track("a.mp4", 0, Fraction(1), limits).limits == limits


def test_a_fence_for_memory_grows_with_the_larger_of_both_pictures() -> None:
    assert memory_bytes(PLAIN, 3840, 2160) == (8 << 30) + 1024 * 3840 * 2160
    assert memory_bytes(PLAIN, 640, 360) == (8 << 30) + 1024 * 1920 * 1080


@pytest.mark.parametrize("subsample", [2, 4, 48])
def test_an_even_subsampling_is_refused(subsample: int) -> None:
    with pytest.raises(ValueError, match=f"an even subsampling of {subsample} biases scores"):
        score(a_rung(FPS), PLAIN, TIMELINE, width=640, height=360, subsample=subsample)


def test_a_delivered_track_is_listened_to_at_48_khz() -> None:
    command = hear_track("audio.mp4", 2, Fraction(10))
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *PROGRESS_ARGS,
        *("-protocol_whitelist", "file", "-i", "file:audio.mp4"),
        "-filter_complex",
        ";".join(
            [
                "[0:a:0]aresample=48000[s0]",
                "[s0]apad=pad_len=48000[s1]",
                "[s1]ebur128=framelog=quiet:metadata=1:peak=true[s2]",
                "[s2]ametadata=print:file=momentary-2.txt:key=lavfi.r128.M[s3]",
                "[s3]ametadata=print:enable=not(mod(n\\,10)):file=loudness-2.txt[s4]",
            ]
        ),
        *("-map", "[s4]", "-f", "null", "-"),
    )
    assert (command.label, command.limits) == ("listen to audio.mp4", Limits())
    assert (command.reports_progress, command.duration_s) == (True, Fraction(10))


def test_a_rung_is_scored_in_its_own_depth_and_range_and_without_grain_of_the_player() -> None:
    pq = Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    treatment = replace(PLAIN, tone_map=True, colour=pq)
    deep = replace(a_rung(FPS), codec="av1", bit_depth=10, preset="7")
    seen = {}
    for name, rung in (
        ("sdr", deep),
        ("hdr", replace(deep, dynamic_range="hdr10")),
        ("grain", replace(deep, film_grain=8)),
    ):
        args = score(rung, treatment, Timeline(FPS, 60), width=640, height=360, subsample=5).args
        graph = args[args.index("-filter_complex") + 1]
        seen[name] = (
            *("tonemap=desat" in graph, "format=yuv420p[" in graph),
            graph.count("format=yuv420p10le"),
            "-export_side_data" in args,
        )
    assert seen == {
        "sdr": (True, False, 4, False),
        "hdr": (False, False, 3, False),
        "grain": (True, False, 4, True),
    }
