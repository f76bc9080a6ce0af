"""Audio tracks, made by the real encoder and listened to."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.errors import ToolFailed
from farm.facts import AudioTrack
from farm.serial import from_json, to_json
from planning.params import AudioParams
from tests.conftest import MakeContext
from tests.media.listening import RATE, Run, decoded, level, made
from tests.media.media_factory import (
    AAC,
    Clips,
    Make,
    audio_only,
    edit_list,
    interlaced,
    pattern,
    start_offset,
    surround,
    title,
    tone,
)
from tests.media.source_steps import analysis_of, ingested, spec_of
from workers.steps import audio


def test_a_track_is_described_as_it_was_made(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    facts, product = made(step_context, title(clips), language="pt-BR", title="Original")
    assert facts == AudioTrack(
        name="audio-0-stereo",
        stream_index=1,
        language="pt-BR",
        title="Original",
        default=True,
        channels=2,
        sample_rate=48000,
        bps=96000,
        role="main",
        measured_lufs=None,
    )
    assert product.evidence["gain_db"] == 0
    path = product.files["audio.mp4"]
    show = ("-show_entries", "stream_tags=language:format_tags", "-of", "json")
    probe = Command(Tool.FFPROBE, ("-v", "error", *show, path.name), "probe")
    described = json.loads(run_command(probe, path.parent).stdout)
    assert described["streams"][0]["tags"]["language"] == "por"
    assert "encoder" not in described["format"]["tags"]


@pytest.mark.parametrize(
    ("clip", "duration_s"),
    [
        (title, Fraction(3)),
        (title, Fraction(5)),  # padded
        (title, Fraction(1001, 1000)),  # cut
        (start_offset, Fraction(85, 24)),
        (edit_list, Fraction(3, 2)),
        (interlaced, Fraction(3)),
        (audio_only, Fraction(3)),
    ],
)
def test_a_track_is_exactly_as_long_as_its_title(
    clip: Make, duration_s: Fraction, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    _, product = made(step_context, clip(clips), duration_s=str(duration_s))
    samples = decoded(run_command, product)
    # The decoder rounds up to its frames of 1024 samples.
    assert 0 <= len(samples) - round(duration_s * RATE) < 1024


def test_sound_that_starts_late_stays_late(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    def late(clips: Clips) -> Path:
        inputs = (*pattern(), "-itsoffset", "1", *tone(2), "-map", "0", "-map", "1")
        codecs = ("-c:v", "mpeg2video", "-c:a", "mp2")
        return clips.make("late.ts", *inputs, *codecs)

    path = late(clips)
    _, product = made(step_context, path)
    samples = decoded(run_command, product)
    assert level(samples, 0, 0.9) < -80
    assert level(samples, 1.1, 2.9) > -30


def test_a_gap_in_the_sound_stays_a_gap(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    cut = ("-af", "aselect='not(between(t,1,2))'", "-c:a", "pcm_s16le")
    path = clips.make("gap.mkv", *tone(3), *cut)
    _, product = made(step_context, path)
    samples = decoded(run_command, product)
    assert level(samples, 0.1, 0.9) > -30
    assert level(samples, 1.1, 1.9) < -80
    assert level(samples, 2.1, 2.9) > -30


def test_surround_keeps_its_channels_and_stereo_is_mixed_from_it(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = surround(clips)
    six, product = made(step_context, path, channels=6, bps=256_000)
    assert six.channels == 6
    # The clip's tone is in the centre alone.
    assert level(decoded(run_command, product), 0.5, 2.5) < -80
    two, product = made(step_context, path)
    assert two.channels == 2
    # A sine of 1/8 is at -21.07 dBFS, its centre 3 dB lower on both sides (ITU-R BS.775).
    assert level(decoded(run_command, product), 0.5, 2.5) == pytest.approx(-24.08, abs=0.1)


def test_a_full_scale_downmix_does_not_clip(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    channels = "|".join(["0.98*sin(2*PI*440*t)"] * 6)
    source = f"aevalsrc=exprs={channels}:channel_layout=5.1:sample_rate=48000:duration=3"
    path = clips.make("loud.wav", "-f", "lavfi", "-i", source)
    _, product = made(step_context, path, bps=320_000)
    samples = decoded(run_command, product)
    # -1 dBTP is 0.891; three channels of 0.98 would be 2.4.
    assert 0.87 < max(samples[RATE : 2 * RATE]) < 0.92


def test_normalised_titles_are_heard_at_minus_23_lufs(
    clips: Clips, step_context: MakeContext
) -> None:
    path = clips.make("quiet.m4a", *tone(5), "-af", "volume=-15dB", "-ac", "2", *AAC)
    part = ingested(step_context, path)
    (measured,) = analysis_of(step_context, path, part).loudness
    normal = {"loudness": "ebu-r128", "duration_s": "5"}
    for given in (to_json(measured), None):  # as analysis heard it, or heard anew
        facts, product = made(step_context, path, **normal, measured=given)
        assert facts.measured_lufs == pytest.approx(measured.integrated_lufs, abs=0.2)
        assert facts.measured_lufs is not None
        expected_db = -23 - facts.measured_lufs
        assert product.evidence["gain_db"] == pytest.approx(expected_db, abs=0.01)
        made_track = product.files["audio.mp4"]
        (heard,) = analysis_of(
            step_context, made_track, ingested(step_context, made_track)
        ).loudness
        assert heard.integrated_lufs == pytest.approx(-23, abs=0.3)


def test_a_downmix_is_measured_anew_since_it_is_another_sound(
    clips: Clips, step_context: MakeContext
) -> None:
    # Surrounds count 1.5 dB more than left and right, in which they are 3 dB down.
    rear = "aevalsrc=exprs=0|0|0|0|0.1*sin(2*PI*997*t)|0:channel_layout=5.1:duration=3:s=48000"
    path = clips.make("rear.wav", "-f", "lavfi", "-i", rear)
    part = ingested(step_context, path)
    measured = analysis_of(step_context, path, part).loudness[0]
    facts, _ = made(step_context, path, loudness="ebu-r128", measured=to_json(measured))
    assert facts.measured_lufs == pytest.approx(measured.integrated_lufs - 4.5, abs=0.1)


def test_a_track_that_came_out_wrong_is_not_passed_on(
    clips: Clips, step_context: MakeContext
) -> None:
    path = title(clips)
    part = ingested(step_context, path)
    given = {
        **{"name": "audio-0-stereo", "stream_index": 1, "channels": 2, "bps": 96_000},
        **{"language": "und", "title": "", "default": True, "role": "main"},
        **{"loudness": "source", "measured": None, "duration_s": "3"},
    }
    params = from_json(AudioParams, given)
    context = step_context(spec=spec_of(path), params=params, inputs={"ingest": part})

    def run_and_cut(command: Command) -> Finished:
        finished = context.run(command)
        if command.tool is Tool.FFMPEG:
            shorten = ("-i", "audio.mp4", "-t", "1", "-c", "copy", "cut.mp4")
            context.run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *shorten), "cut"))
            (context.scratch / "cut.mp4").rename(context.scratch / "audio.mp4")
        return finished

    with pytest.raises(ToolFailed, match=r"audio-0-stereo: .* lasts 1\.\d+ s, not 3\.000 s"):
        audio.run(replace(context, run_program=run_and_cut))
