"""The commands that make and check an audio track."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from farm.command import Limits, Tool
from farm.facts import Loudness
from farm.mediainfo import SourceChannel
from media.graphs.audio import (
    AudioTarget,
    complaint,
    encode_audio,
    gain_to_target,
    is_capped,
    measure_audio,
    probe_output,
)

TARGET = AudioTarget(
    stream_index=1,
    channels=2,
    bps=160_000,
    language="pt-BR",
    start_s=None,
    duration_s=Fraction(1001, 40),
)
LIMITS = Limits()


FILLED = "aresample=48000:async=1:first_pts=0:min_hard_comp=0.005"
LOUD_MONO = r"volume=if(eq(nb_channels\,1)\,sqrt(2)\,1):precision=float"


def mixed(layout: str) -> str:
    formats = f"internal_sample_fmt=fltp:out_chlayout={layout}:out_sample_fmt=flt"
    return f"aresample=48000:{formats}:rematrix_maxval=1000"


def graphs_of(args: tuple[str, ...]) -> list[list[str]]:
    """Return the filters of every graph, in order."""
    places = [place for place, arg in enumerate(args) if arg == "-filter_complex"]
    return [args[place + 1].split(";") for place in places]


def test_a_track_is_converted_then_started_at_zero_padded_and_cut_to_the_sample() -> None:
    command = encode_audio(TARGET, 0.0, LIMITS)
    assert graphs_of(command.args) == [
        [f"[0:1]{LOUD_MONO}[s0]", f"[s0]{mixed('stereo')}[s1]"],
        [
            f"[dec:0]{FILLED}[r0s0]",
            "[r0s0]apad=whole_len=1201200[r0s1]",
            "[r0s1]atrim=end_sample=1201200[r0s2]",
        ],
    ]
    relay = command.args.index("-dec")
    assert command.args[relay - 7 : relay + 2] == (
        *("-map", "[s1]", "-f", "framecrc", "-acodec", "pcm_f32le", "/dev/null"),
        *("-dec", "0:0"),
    )
    assert command.args[relay + 4 :] == (
        *("-map", "[r0s2]", "-f", "mp4", "-b:a", "160000", "-codec:a", "aac"),
        *("-fflags", "+bitexact", "-flags:a", "+bitexact"),
        *("-map_chapters", "-1", "-map_metadata", "-1"),
        *("-metadata:s:a:0", "language=por", "-profile:a", "aac_low", "audio.mp4"),
    )
    assert (command.duration_s, command.label) == (Fraction(1001, 40), "encode audio of stream 1")


def test_a_gain_is_applied_before_padding_could_hide_it() -> None:
    graph = graphs_of(encode_audio(TARGET, -3.25, LIMITS).args)[-1]
    assert graph[-1] == "[r0s2]volume=-3.25dB:precision=float[r0s3]"


def test_surround_keeps_six_channels_on_the_containers_clock() -> None:
    target = replace(TARGET, channels=6, start_s=Fraction(7, 5))
    args = encode_audio(target, 0.0, LIMITS).args
    assert graphs_of(args)[0] == [
        "[0:1]asetpts=round(PTS-(7/5)/TB)[s0]",
        f"[s0]{LOUD_MONO}[s1]",
        f"[s1]{mixed('5.1')}[s2]",
    ]
    assert args[args.index("-i") - 4 : args.index("-i")] == ("-copyts", "-vn", "-sn", "-dn")


def test_peaks_of_a_mix_are_held_between_the_samples_too() -> None:
    graph = graphs_of(encode_audio(replace(TARGET, mixed=True), 2.0, LIMITS).args)[-1]
    assert graph[3:] == [
        "[r0s2]aresample=192000[r0s3]",
        "[r0s3]alimiter=latency=1:level=0:limit=0.891251[r0s4]",
        "[r0s4]aresample=48000[r0s5]",
        "[r0s5]volume=2.00dB:precision=float[r0s6]",
    ]


def test_channels_of_several_streams_are_brought_on_one_clock_before_they_are_joined() -> None:
    picked = (SourceChannel(4, 0), SourceChannel(1, 7))
    args = encode_audio(replace(TARGET, picked=picked, start_s=Fraction(2)), 0.0, LIMITS).args
    assert graphs_of(args) == [
        [
            "[0:4]asetpts=round(PTS-(2/1)/TB)[s0]",
            "[s0]channelmap=channel_layout=mono:map=0[s1]",
            "[s1]aresample=48000:out_sample_fmt=flt[s2]",
        ],
        [
            "[0:1]asetpts=round(PTS-(2/1)/TB)[g1s0]",
            "[g1s0]channelmap=channel_layout=mono:map=7[g1s1]",
            "[g1s1]aresample=48000:out_sample_fmt=flt[g1s2]",
        ],
        [
            *(f"[dec:0]{FILLED}[r0s0]", "[r0s0]apad=whole_len=1201200[r0s1]"),
            "[r0s1]atrim=end_sample=1201200[r0s2]",
            *(f"[dec:1]{FILLED}[r0s3]", "[r0s3]apad=whole_len=1201200[r0s4]"),
            "[r0s4]atrim=end_sample=1201200[r0s5]",
            "[r0s2][r0s5]join=channel_layout=stereo:inputs=2:map=0.0-FL|1.0-FR[r0s6]",
        ],
    ]
    assert [args[n + 1] for n, arg in enumerate(args) if arg == "-dec"] == ["0:0", "1:0"]


@pytest.mark.parametrize(("count", "layout"), [(1, "mono"), (6, "5.1"), (8, "7.1")])
def test_picked_channels_are_mixed_by_the_layout_they_make(count: int, layout: str) -> None:
    picked = tuple(SourceChannel(1, channel) for channel in range(count))
    graph = graphs_of(encode_audio(replace(TARGET, picked=picked), 0.0, LIMITS).args)[-1]
    assert mixed("stereo") in graph[-1]
    assert (f"channel_layout={layout}:" in graph[-3]) == (count > 1)


@pytest.mark.parametrize(
    ("language", "code"), [("en", "eng"), ("zh-Hant-TW", "zho"), ("und", "und"), ("x-own", "und")]
)
def test_an_mp4_header_has_room_for_three_letters(language: str, code: str) -> None:
    args = encode_audio(replace(TARGET, language=language), 0.0, LIMITS).args
    assert args[args.index("-metadata:s:a:0") + 1] == f"language={code}"


def test_the_measurement_hears_what_will_be_encoded() -> None:
    encoded = graphs_of(encode_audio(TARGET, 0.0, LIMITS).args)
    heard = graphs_of(measure_audio(TARGET, LIMITS).args)
    assert [*heard[:-1], heard[-1][: len(encoded[-1])]] == encoded


def loudness(integrated: float, peak: float) -> Loudness:
    return Loudness(1, integrated, 5.0, peak, integrated - 10)


@pytest.mark.parametrize(
    ("measured", "gain_db"),
    [
        (loudness(-16.0, -0.5), -7.0),
        (loudness(-30.0, -12.0), 7.0),
        (loudness(-30.0, -5.0), 4.0),  # the peak would pass -1 dBTP
        (loudness(-23.0, -0.2), -0.8),
        (loudness(-70.0, -120.0), 0.0),  # silence
        (loudness(-43.0, -30.0), 20.0),
        (loudness(-43.1, -30.0), 20.0),  # more would raise noise
        (loudness(-69.9, -120.0), 20.0),
        (loudness(-70.1, -5.0), 0.0),
        (loudness(-16.123, -5.0), -6.88),  # in hundredths, as the filter is told
        (loudness(-23.0, -1.0), 0.0),
        (loudness(-23.0, 0.5), -1.5),
    ],
)
def test_the_gain_reaches_minus_23_lufs_as_far_as_peaks_allow(
    measured: Loudness, gain_db: float
) -> None:
    assert gain_to_target(measured) == gain_db


def test_a_title_is_called_too_quiet_only_where_the_cap_held_it_back() -> None:
    cases = [loudness(-43.0, -30.0), loudness(-43.1, -30.0), loudness(-50.0, -12.0)]
    assert [is_capped(found) for found in (*cases, loudness(-70.0, -120.0))] == [
        *(False, True, False, False),
    ]


def probed(**changes: object) -> str:
    stream = {
        "codec_name": "aac",
        "profile": "LC",
        "sample_rate": "48000",
        "channels": 2,
        "time_base": "1/48000",
        "duration_ts": 1201200,
        **changes,
    }
    return json.dumps({"programs": [], "streams": [stream]})


def test_the_written_track_is_probed_by_its_fixed_name() -> None:
    command = probe_output()
    assert command.tool is Tool.FFPROBE
    assert command.args[-2:] == ("-i", "file:audio.mp4")
    assert complaint(TARGET, probed()) is None
    assert complaint(TARGET, probed(duration_ts=1201200 + 1024)) is None


def test_a_track_of_another_length_or_kind_is_not_passed_on() -> None:
    assert complaint(TARGET, probed(duration_ts=1201200 + 1025)) is not None
    assert complaint(TARGET, probed(duration_ts=48000)) == "it lasts 1.000 s, not 25.025 s"
    expected = "not ('aac', 'LC', '48000', 2)"
    wrong = complaint(TARGET, probed(channels=1))
    assert wrong == f"it is ('aac', 'LC', '48000', 1), {expected}"


def test_a_track_may_be_a_packet_off_in_either_direction_and_of_no_other_make() -> None:
    assert complaint(TARGET, probed(duration_ts=1201200 - 1024)) is None
    short = complaint(TARGET, probed(duration_ts=1201200 - 1025))
    assert short == "it lasts 25.004 s, not 25.025 s"
    for changes in ({"codec_name": "mp3"}, {"profile": "HE-AAC"}, {"sample_rate": "44100"}):
        wrong = complaint(TARGET, probed(**changes))
        assert wrong is not None
        assert wrong.startswith("it is (")
        assert wrong.endswith(", not ('aac', 'LC', '48000', 2)")
    milliseconds = probed(time_base="1/1000", duration_ts=25_025)
    assert complaint(TARGET, milliseconds) is None


@pytest.mark.parametrize(
    ("seconds", "samples"),
    [
        (Fraction(1), 48_000),
        (Fraction(1, 96_001), 0),  # rounded to the nearest sample
        (Fraction(1, 95_999), 1),
        (Fraction(1001, 30_000), 1602),
    ],
)
def test_a_title_lasts_a_whole_number_of_samples(seconds: Fraction, samples: int) -> None:
    assert replace(TARGET, duration_s=seconds).samples == samples


def test_both_ways_of_listening_have_a_label_and_tell_their_progress() -> None:
    limits = Limits(wall_s=7)
    made = (encode_audio(TARGET, 1.0, limits), measure_audio(TARGET, limits))
    labels = ["encode audio of stream 1", "measure audio of stream 1"]
    assert [command.label for command in made] == labels
    for command in made:
        assert (command.limits, command.reports_progress) == (limits, True)
        assert (command.tool, command.duration_s) == (Tool.FFMPEG, Fraction(1001, 40))
    assert made[1].args[-5:] == ("-map", "[r0s6]", "-f", "null", "-")
