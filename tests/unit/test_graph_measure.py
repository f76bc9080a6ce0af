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
from media.graphs.measure import Judged, all_frames, memory_bytes, score
from media.graphs.measure_near import amid_neighbours, score_near
from media.graphs.scoring import HowScored

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
    "[s3]select=between(n\\,2\\,147)*not(mod(n-2\\,5))[s5]",
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
    "[s19]split=1[s20]",
    "[s20]framestep=step=2[s21]",
    "[s21]trim=end_frame=151[s22]",
    "[s22]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s23]",
    "[s23]settb=1/(15000/1001)[s24]",
    "[s24]setpts=N[s25]",
    "[s25]split=3[s26][s27][s28]",
    "[s27]select=between(n\\,2\\,147)*not(mod(n-2\\,5))[s29]",
    "[s29]settb=1/(15000/1001)[s30]",
    "[s30]setpts=N[s31]",
    "[s31]scale=1280:720:flags=bicubic[s32]",
    "[s32]format=yuv420p[s33]",
    "[s9][s33]ssim=stats_file=ssim-3.log[s34]",
    "[s34]tpad=start=1:start_mode=clone[s35]",
    "[s35]settb=1/(15000/1001)[s36]",
    "[s36]setpts=N*3[s37]",
    "[s37]fps=fps=15000/1001[s38]",
    "[s28]select=between(n\\,1\\,148)*lt(mod(n-1\\,5)\\,3)[s39]",
    "[s39]tpad=start=2:start_mode=clone[s40]",
    "[s40]scale=1280:720:flags=bicubic[s41]",
    "[s41]format=yuv420p[s42]",
    "[s42]settb=1/(15000/1001)[s43]",
    "[s43]setpts=N[s44]",
    "[s38][s44]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf-3.json:model=version\\\\=vmaf_v0.6.1\\\\:name\\\\=vmaf:n_subsample=3:n_threads=0[s45]",
    "[s26]scale=128:72:flags=area[s46]",
    "[s46]format=gray[s47]",
    "[s47]tpad=stop=4:stop_mode=clone[s48]",
    "[s48]split=4[s49][s50][s51][s52]",
    "[s50]tpad=start=1:start_mode=clone[s53]",
    "[s49][s53]psnr=shortest=1:stats_file=change-3.log[s54]",
    "[s51]split=4[s55][s56][s57][s58]",
    "[s57]crop=127:71:1:0[s59]",
    "[s55]crop=127:71:0:0[s60]",
    "[s59][s60]psnr=shortest=1:stats_file=right-3.log[s61]",
    "[s58]crop=127:71:0:1[s62]",
    "[s56]crop=127:71:0:0[s63]",
    "[s62][s63]psnr=shortest=1:stats_file=below-3.log[s64]",
    "[s4]scale=128:72:flags=area[s65]",
    "[s65]format=gray[s66]",
    "[s66]tpad=stop=4:stop_mode=clone[s67]",
    "[s52]split=4[s68][s69][s70][s71]",
    "[s68]tpad=start=1:start_mode=clone[s72]",
    "[s72]settb=1/(15000/1001)[s73]",
    "[s73]setpts=N[s74]",
    "[s67][s74]psnr=shortest=1:stats_file=shift-3--1.log[s75]",
    "[s69]settb=1/(15000/1001)[s76]",
    "[s76]setpts=N[s77]",
    "[s75][s77]psnr=shortest=1:stats_file=shift-3-0.log[s78]",
    "[s70]trim=start_frame=1[s79]",
    "[s79]tpad=stop=1:stop_mode=clone[s80]",
    "[s80]settb=1/(15000/1001)[s81]",
    "[s81]setpts=N[s82]",
    "[s78][s82]psnr=shortest=1:stats_file=shift-3-1.log[s83]",
    "[s83]select=not(mod(n-2\\,5))[s84]",
    "[s84]settb=1/(15000/1001)[s85]",
    "[s85]setpts=N[s86]",
    "[s71]split=2[s87][s88]",
    "[s87]select=not(mod(n-0\\,5))[s89]",
    "[s89]settb=1/(15000/1001)[s90]",
    "[s90]setpts=N[s91]",
    "[s86][s91]psnr=shortest=1:stats_file=shift-3--2.log[s92]",
    "[s88]select=not(mod(n-4\\,5))[s93]",
    "[s93]settb=1/(15000/1001)[s94]",
    "[s94]setpts=N[s95]",
    "[s92][s95]psnr=shortest=1:stats_file=shift-3-2.log[s96]",
]
ALL_AND_EVERY_NINTH = [
    "[0:v:0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s0]",
    "[s0]settb=1/(30000/1001)[s1]",
    "[s1]setpts=N[s2]",
    "[s2]scale=640:360:flags=bicubic[s3]",
    "[s3]format=yuv420p[s4]",
    f"[1:1]{SAID_709}[s5]",
    "[s5]fps=fps=30000/1001:start_time=0[s6]",
    "[s6]scale=1280:720:flags=lanczos:out_range=tv[s7]",
    "[s7]setsar=1[s8]",
    "[s8]format=yuv420p[s9]",
    "[s9]sidedata=mode=delete[s10]",
    "[s10]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s11]",
    "[s11]split=1[s12]",
    "[s12]trim=end_frame=301[s13]",
    "[s13]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s14]",
    "[s14]settb=1/(30000/1001)[s15]",
    "[s15]setpts=N[s16]",
    "[s16]split=4[s17][s18][s19][s20]",
    "[s19]scale=640:360:flags=bicubic[s21]",
    "[s21]format=yuv420p[s22]",
    "[s4][s22]ssim=stats_file=ssim-0.log[s23]",
    "[s23]settb=1/(30000/1001)[s24]",
    "[s24]setpts=N[s25]",
    "[s20]scale=640:360:flags=bicubic[s26]",
    "[s26]format=yuv420p[s27]",
    "[s25][s27]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf-0.json:model=version\\\\=vmaf_v1.0.16_3d0h\\\\:name\\\\=vmaf:n_subsample=1:n_threads=0[s28]",
    "[2:v:0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s29]",
    "[s29]settb=1/(30000/1001)[s30]",
    "[s30]setpts=N[s31]",
    "[s31]select=between(n\\,4\\,292)*not(mod(n-4\\,9))[s32]",
    "[s32]settb=1/(30000/1001)[s33]",
    "[s33]setpts=N[s34]",
    "[s34]scale=640:360:flags=bicubic[s35]",
    "[s35]format=yuv420p[s36]",
    "[s17]select=between(n\\,4\\,292)*not(mod(n-4\\,9))[s37]",
    "[s37]settb=1/(30000/1001)[s38]",
    "[s38]setpts=N[s39]",
    "[s39]scale=640:360:flags=bicubic[s40]",
    "[s40]format=yuv420p[s41]",
    "[s36][s41]ssim=stats_file=ssim-1.log[s42]",
    "[s42]tpad=start=1:start_mode=clone[s43]",
    "[s43]settb=1/(30000/1001)[s44]",
    "[s44]setpts=N*3[s45]",
    "[s45]fps=fps=30000/1001[s46]",
    "[s18]select=between(n\\,3\\,293)*lt(mod(n-3\\,9)\\,3)[s47]",
    "[s47]tpad=start=2:start_mode=clone[s48]",
    "[s48]scale=640:360:flags=bicubic[s49]",
    "[s49]format=yuv420p[s50]",
    "[s50]settb=1/(30000/1001)[s51]",
    "[s51]setpts=N[s52]",
    "[s46][s52]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf-1.json:model=version\\\\=vmaf_v1.0.16_3d0h\\\\:name\\\\=vmaf:n_subsample=3:n_threads=0[s53]",
]
A_FRAME = [
    "[0:v:0]trim=end_frame=3[s0]",
    "[s0]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s1]",
    "[s1]settb=1/(15000/1001)[s2]",
    "[s2]setpts=N[s3]",
    "[s3]select=between(n\\,1\\,1)*not(mod(n-1\\,3))[s4]",
    "[s4]settb=1/(15000/1001)[s5]",
    "[s5]setpts=N[s6]",
    "[s6]scale=1280:720:flags=bicubic[s7]",
    "[s7]format=yuv420p[s8]",
    f"[1:1]{SAID_709}[s9]",
    "[s9]fps=fps=30000/1001:start_time=0[s10]",
    "[s10]trim=start_frame=38[s11]",
    "[s11]scale=1280:720:flags=lanczos:out_range=tv[s12]",
    "[s12]setsar=1[s13]",
    "[s13]format=yuv420p[s14]",
    "[s14]setpts=N[s15]",
    "[s15]sidedata=mode=delete[s16]",
    "[s16]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog:range=tv[s17]",
    "[s17]framestep=step=2[s18]",
    "[s18]trim=end_frame=3[s19]",
    "[s19]setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown[s20]",
    "[s20]settb=1/(15000/1001)[s21]",
    "[s21]setpts=N[s22]",
    "[s22]split=2[s23][s24]",
    "[s23]select=between(n\\,1\\,1)*not(mod(n-1\\,3))[s25]",
    "[s25]settb=1/(15000/1001)[s26]",
    "[s26]setpts=N[s27]",
    "[s27]scale=1280:720:flags=bicubic[s28]",
    "[s28]format=yuv420p[s29]",
    "[s8][s29]ssim=stats_file=ssim-1.log[s30]",
    "[s30]tpad=start=1:start_mode=clone[s31]",
    "[s31]settb=1/(15000/1001)[s32]",
    "[s32]setpts=N*3[s33]",
    "[s33]fps=fps=15000/1001[s34]",
    "[s24]select=between(n\\,0\\,2)*lt(mod(n-0\\,3)\\,3)[s35]",
    "[s35]tpad=start=2:start_mode=clone[s36]",
    "[s36]scale=1280:720:flags=bicubic[s37]",
    "[s37]format=yuv420p[s38]",
    "[s38]settb=1/(15000/1001)[s39]",
    "[s39]setpts=N[s40]",
    "[s34][s40]libvmaf=feature=name\\\\=psnr\\\\:enable_chroma\\\\=false:log_fmt=json:log_path=vmaf-1.json:model=version\\\\=vmaf_v0.6.1\\\\:name\\\\=vmaf:n_subsample=3:n_threads=0[s41]",
]


def test_every_fifth_picture_of_a_rung_at_half_the_rate_is_scored_against_the_burnt_in_source() -> (
    None
):
    judged = [Judged(3, a_rung(FPS / 2), range(2, 150, 5))]
    command = score(judged, PLAIN, TIMELINE, HowScored((1280, 720), "vmaf_v0.6.1"), burn_in=True)
    assert graph(command) == HALF_RATE_EVERY_FIFTH


def test_two_renditions_share_one_decode_and_each_is_scored_where_it_is_asked_for() -> None:
    rung = a_rung(FPS)
    judged = [Judged(0, rung, all_frames(rung, TIMELINE)), Judged(1, rung, range(4, 300, 9))]
    size = (640, 360)
    command = score(judged, PLAIN, TIMELINE, HowScored(size, "vmaf_v1"), watch=False)
    scored = [line[line.rindex("[") :] for line in ALL_AND_EVERY_NINTH if "libvmaf" in line]
    nothing = ("-f", "null", "-fps_mode", "passthrough", "-")
    guarded = ("-protocol_whitelist", "file", "-threads", "2", "-i")
    assert command.args == (
        *FFMPEG_PREAMBLE,
        *PROGRESS_ARGS,
        *("-filter_complex_threads", "1"),
        *(*guarded, "file:rendition-0.mp4"),
        *(*SOURCE_GUARD, "-reinit_filter:v", "0", "-threads", "2", "-i", "file:source"),
        *(*guarded, "file:rendition-1.mp4"),
        *("-filter_complex", ";".join(ALL_AND_EVERY_NINTH)),
        *(word for label in scored for word in ("-map", label, *nothing)),
    )
    assert command.label == "measure h264-360p, h264-360p"
    assert (command.reports_progress, command.duration_s) == (True, TIMELINE.duration_s)
    assert command.limits == Limits(memory_bytes=(8 << 30) + 2 * 1024 * 1920 * 1080)


def test_a_frame_is_scored_amid_its_neighbours_without_what_lies_before_them() -> None:
    judged = Judged(1, a_rung(FPS / 2), amid_neighbours(50, 151))
    command = score_near([judged], PLAIN, TIMELINE, HowScored((1280, 720), "vmaf_v0.6.1"))
    assert graph(command) == A_FRAME
    seeks = [command.args[at + 1] for at, word in enumerate(command.args) if word == "-ss"]
    half_before = (49 - 0.5) / float(FPS / 2)
    # The source's is a second before frame 98, for what a decoder has to have seen.
    assert seeks == [f"{half_before:.6f}", "2.002000"]


def test_cross_checks_are_taken_of_the_pictures_that_vmaf_sees() -> None:
    judged = [Judged(0, a_rung(FPS), range(4, 300, 9))]

    def taken(size: tuple[int, int]) -> list[str]:
        how = HowScored(size, "vmaf_v0.6.1", ("cambi", "xpsnr"))
        return graph(score(judged, PLAIN, TIMELINE, how, watch=False))[-2:]

    metrics = "name\\\\=psnr\\\\:enable_chroma\\\\=false", "name\\\\=cambi\\\\:full_ref\\\\=true"
    weighted, scored = taken((640, 360))
    assert weighted == "[s39][s33]xpsnr=stats_file=xpsnr-0.log[s40]"
    assert scored.startswith(f"[s32][s40]libvmaf=feature={'|'.join(metrics)}:log_fmt=json")
    # Of pictures that small libvmaf takes no CAMBI.
    assert taken((214, 120))[1].startswith(f"[s32][s40]libvmaf=feature={metrics[0]}:log_fmt=json")


def test_the_first_and_the_last_frame_have_one_neighbour() -> None:
    assert amid_neighbours(0, 151) == range(0, 2)
    assert amid_neighbours(150, 151) == range(149, 151)


def test_limits_that_are_given_are_those_of_the_command_but_for_memory() -> None:
    limits, judged = Limits(wall_s=7), [Judged(0, a_rung(FPS), range(1, 300, 3))]
    size = (640, 360)
    command = score(judged, PLAIN, TIMELINE, HowScored(size, "vmaf_v0.6.1"), limits=limits)
    assert command.limits == replace(limits, memory_bytes=memory_bytes(PLAIN, 640, 360))
    assert hear_track("a.mp4", 0, Fraction(1), limits).limits == limits


def test_a_fence_for_memory_grows_with_the_larger_of_both_pictures() -> None:
    assert memory_bytes(PLAIN, 3840, 2160) == (8 << 30) + 1024 * 3840 * 2160
    assert memory_bytes(PLAIN, 640, 360) == (8 << 30) + 1024 * 1920 * 1080
    assert memory_bytes(PLAIN, 640, 360, 5) == (8 << 30) + 5 * 1024 * 1920 * 1080


@pytest.mark.parametrize("step", [2, 4, 48])
def test_an_even_step_is_refused(step: int) -> None:
    judged = [Judged(0, a_rung(FPS), range(1, 300, step))]
    with pytest.raises(ValueError, match=f"every {step}th frame biases scores"):
        score(judged, PLAIN, TIMELINE, HowScored((640, 360), "vmaf_v0.6.1"))


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
        args = score(
            [Judged(0, rung, range(2, 59, 5))],
            treatment,
            Timeline(FPS, 60),
            HowScored((640, 360), "vmaf_v0.6.1"),
        ).args
        graph = args[args.index("-filter_complex") + 1]
        seen[name] = (
            *("tonemap=desat" in graph, "format=yuv420p[" in graph),
            graph.count("format=yuv420p10le"),
            "-export_side_data" in args,
        )
    assert seen == {
        "sdr": (True, False, 5, False),
        "hdr": (False, False, 4, False),
        "grain": (True, False, 5, True),
    }
