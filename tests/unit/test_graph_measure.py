"""What the scoring graph compiles to: frames meet by number, and few of them are scaled."""

from __future__ import annotations

from fractions import Fraction

import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD, Command, Limits
from farm.ladder import Rung, Timeline, Treatment
from media.graphs.colour import BT709
from media.graphs.delivered import hear_track
from media.graphs.measure import memory_bytes, score

FPS = Fraction(30000, 1001)
TIMELINE = Timeline(FPS, 301)
PLAIN = Treatment(1, FPS, False, False, 1920, 1080, 1280, 720, BT709)


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
    "[1:1]fps=fps=30000/1001:start_time=0[s10]",
    "[s10]scale=1280:720:flags=lanczos:out_range=tv[s11]",
    "[s11]setsar=1[s12]",
    "[s12]format=yuv420p[s13]",
    "[s13]setpts=N+0[s14]",
    "[s14]subtitles=filename=burn-in.ass[s15]",
    "[s15]setpts=N[s16]",
    "[s16]sidedata=mode=delete[s17]",
    "[s17]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s18]",
    "[s18]framestep=step=2[s19]",
    "[s19]trim=end_frame=151[s20]",
    "[s20]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s21]",
    "[s21]scale=1280:720:flags=bicubic[s22]",
    "[s22]format=yuv420p[s23]",
    "[s23]settb=1/(15000/1001)[s24]",
    "[s24]setpts=N[s25]",
    "[s25]split=3[s26][s27][s28]",
    "[s27]select=not(mod(n-0\\,5))[s29]",
    "[s29]settb=1/(15000/1001)[s30]",
    "[s30]setpts=N[s31]",
    "[s9][s31]ssim=stats_file=ssim.log[s32]",
    "[s32]setpts=N*5/(15000/1001*TB)[s33]",
    "[s33]fps=fps=15000/1001[s34]",
    "[s34][s26]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf.json:model=version\\\\=vmaf_v0.6.1:n_subsample=5:n_threads=0[s35]",
    "[s4]tpad=stop=4:stop_mode=clone[s36]",
    "[s36]select=not(mod(n-2\\,5))[s37]",
    "[s37]settb=1/(15000/1001)[s38]",
    "[s38]setpts=N[s39]",
    "[s39]scale=128:72:flags=area[s40]",
    "[s40]format=gray[s41]",
    "[s28]tpad=stop=4:stop_mode=clone[s42]",
    "[s42]scale=128:72:flags=area[s43]",
    "[s43]format=gray[s44]",
    "[s44]split=3[s45][s46][s47]",
    "[s45]select=not(mod(n-1\\,5))[s48]",
    "[s48]settb=1/(15000/1001)[s49]",
    "[s49]setpts=N[s50]",
    "[s41][s50]psnr=shortest=1:stats_file=align-before.log[s51]",
    "[s46]select=not(mod(n-2\\,5))[s52]",
    "[s52]settb=1/(15000/1001)[s53]",
    "[s53]setpts=N[s54]",
    "[s51][s54]psnr=shortest=1:stats_file=align-same.log[s55]",
    "[s47]select=not(mod(n-3\\,5))[s56]",
    "[s56]settb=1/(15000/1001)[s57]",
    "[s57]setpts=N[s58]",
    "[s55][s58]psnr=shortest=1:stats_file=align-after.log[s59]",
]
FULL_RATE_EVERY_ONE = [
    "[0:v:0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s0]",
    "[s0]settb=1/(30000/1001)[s1]",
    "[s1]setpts=N[s2]",
    "[s2]split=2[s3][s4]",
    "[s3]scale=640:360:flags=bicubic[s5]",
    "[s5]format=yuv420p[s6]",
    "[1:1]fps=fps=30000/1001:start_time=0[s7]",
    "[s7]scale=1280:720:flags=lanczos:out_range=tv[s8]",
    "[s8]setsar=1[s9]",
    "[s9]format=yuv420p[s10]",
    "[s10]sidedata=mode=delete[s11]",
    "[s11]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s12]",
    "[s12]trim=end_frame=301[s13]",
    "[s13]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s14]",
    "[s14]scale=640:360:flags=bicubic[s15]",
    "[s15]format=yuv420p[s16]",
    "[s16]settb=1/(30000/1001)[s17]",
    "[s17]setpts=N[s18]",
    "[s18]split=3[s19][s20][s21]",
    "[s6][s20]ssim=stats_file=ssim.log[s22]",
    "[s22]setpts=N*1/(30000/1001*TB)[s23]",
    "[s23]fps=fps=30000/1001[s24]",
    "[s24][s19]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf.json:model=version\\\\=vmaf_v0.6.1:n_subsample=1:n_threads=0[s25]",
    "[s4]tpad=stop=4:stop_mode=clone[s26]",
    "[s26]select=not(mod(n-2\\,5))[s27]",
    "[s27]settb=1/(30000/1001)[s28]",
    "[s28]setpts=N[s29]",
    "[s29]scale=128:72:flags=area[s30]",
    "[s30]format=gray[s31]",
    "[s21]tpad=stop=4:stop_mode=clone[s32]",
    "[s32]scale=128:72:flags=area[s33]",
    "[s33]format=gray[s34]",
    "[s34]split=3[s35][s36][s37]",
    "[s35]select=not(mod(n-1\\,5))[s38]",
    "[s38]settb=1/(30000/1001)[s39]",
    "[s39]setpts=N[s40]",
    "[s31][s40]psnr=shortest=1:stats_file=align-before.log[s41]",
    "[s36]select=not(mod(n-2\\,5))[s42]",
    "[s42]settb=1/(30000/1001)[s43]",
    "[s43]setpts=N[s44]",
    "[s41][s44]psnr=shortest=1:stats_file=align-same.log[s45]",
    "[s37]select=not(mod(n-3\\,5))[s46]",
    "[s46]settb=1/(30000/1001)[s47]",
    "[s47]setpts=N[s48]",
    "[s45][s48]psnr=shortest=1:stats_file=align-after.log[s49]",
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
        *(*SOURCE_GUARD, "-threads", "2", "-i", "file:source"),
        *("-filter_complex", ";".join(FULL_RATE_EVERY_ONE)),
        *("-map", "[s25]", *nothing, "-map", "[s49]", *nothing),
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
