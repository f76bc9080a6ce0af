"""A whole audio track as AAC-LC: on the title's clock, exactly as long as the title."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.facts import Loudness
from farm.mediainfo import SourceChannel
from media.graphs.clock import clock_options, on_title_clock
from media.graphs.loudness import (
    ABSOLUTE_GATE_LUFS,
    MAX_TRUE_PEAK_DBTP,
    SAMPLE_RATE,
    with_loudness,
)
from media.graphs.picture import SOURCE_URL, compiled_apart
from media.graphs.relay import TELL_CHANGES, after_relays, relay, relayed
from media.graphs.sound import converted, filled, joined, limited, single

OUTPUT_NAME = "audio.mp4"
TARGET_LUFS = -23.0  # EBU R 128 (2023)
# What needs more is no quiet film but a recording gone wrong: at +20 dB the hiss of a room at
# -70 dBFS is as loud as -50 dBFS, and heard in every pause.
MAX_GAIN_DB = 20.0
FRAME_SAMPLES = 1024  # of AAC-LC


@dataclass(frozen=True, slots=True)
class AudioTarget:
    """One track to make: from which stream, how many channels, how long."""

    stream_index: int
    channels: int  # 2 or 6
    bps: int
    language: str  # BCP-47
    start_s: Fraction | None  # of the clock, see `clock.explicit_start`
    duration_s: Fraction  # of the title
    picked: tuple[SourceChannel, ...] = ()  # instead of all that the stream has
    mixed: bool = False  # of more channels than it has, so that peaks may add up

    @property
    def samples(self) -> int:
        return round(self.duration_s * SAMPLE_RATE)


def encode_audio(target: AudioTarget, gain_db: float, limits: Limits) -> Command:
    """Return the command that writes the track, louder by `gain_db`, as OUTPUT_NAME."""
    sound = _delivered(target)
    if gain_db:
        sound = sound.filter("volume", f"{gain_db:.2f}dB", precision="float")
    output = ffmpeg.output(
        sound,
        OUTPUT_NAME,
        **{
            "codec:a": "aac",
            "profile:a": "aac_low",  # every player takes it
            "b:a": target.bps,
            "metadata:s:a:0": f"language={_iso_639_2(target.language)}",
            # Nothing of the source's tags, nothing that differs from run to run.
            "map_metadata": -1,
            "map_chapters": -1,
            "fflags": "+bitexact",
            "flags:a": "+bitexact",
            "format": "mp4",
        },
    )
    return _command(target, output, "encode audio", limits, *TELL_CHANGES)


def measure_audio(target: AudioTarget, limits: Limits) -> Command:
    """Return the command that measures the track before any gain (`loudness.read_loudness`)."""
    sound = with_loudness(_delivered(target), target.stream_index)
    return _command(target, ffmpeg.output(sound, "-", format="null"), "measure audio", limits)


def gain_to_target(loudness: Loudness) -> float:
    """Return the gain in dB that EBU R128 asks for: constant over the title, 0 for silence.

    Less than that where a peak would pass the maximum: a quieter title keeps its dynamics, which
    a limiter (or loudnorm, whose linear mode gives up there) would take from it. Never more than
    `MAX_GAIN_DB`.
    """
    if loudness.integrated_lufs <= ABSOLUTE_GATE_LUFS:
        return 0.0
    wanted = TARGET_LUFS - loudness.integrated_lufs
    return round(min(wanted, MAX_TRUE_PEAK_DBTP - loudness.true_peak_dbtp, MAX_GAIN_DB), 2)


def is_capped(loudness: Loudness) -> bool:
    """Return whether a title stays quieter than the target because of `MAX_GAIN_DB` alone."""
    wanted = TARGET_LUFS - loudness.integrated_lufs
    return wanted > MAX_GAIN_DB == gain_to_target(loudness)


def probe_output() -> Command:
    """Return the command that tells what was written."""
    show = ("-show_entries", "stream=codec_name,profile,sample_rate,channels,duration_ts,time_base")
    args = ("-loglevel", "level+error", *show, "-of", "json", "-i", f"file:{OUTPUT_NAME}")
    return Command(Tool.FFPROBE, args, "probe the audio track", Limits(wall_s=60))


def complaint(target: AudioTarget, probed: str) -> str | None:
    """Return what is wrong with the written track, from `probe_output`'s answer; None if nothing.

    Its edit list hides the encoder's priming, so that the declared duration is the audible one.
    """
    (stream,) = json.loads(probed)["streams"]
    duration_s = int(stream["duration_ts"]) * Fraction(stream["time_base"])
    off_samples = abs(duration_s - target.duration_s) * SAMPLE_RATE
    expected = ("aac", "LC", str(SAMPLE_RATE), target.channels)
    found = tuple(stream[key] for key in ("codec_name", "profile", "sample_rate", "channels"))
    if found != expected:
        return f"it is {found}, not {expected}"
    if off_samples > FRAME_SAMPLES:
        return f"it lasts {float(duration_s):.3f} s, not {float(target.duration_s):.3f} s"
    return None


def _delivered(target: AudioTarget) -> Any:
    """Return the sound as delivered but for its gain, exactly `target.samples` long."""
    if target.picked:
        channels = [_whole(relayed(number), target) for number in range(len(target.picked))]
        sound = joined(channels)
        if len(channels) != target.channels:
            sound = converted(sound, target.channels)
    else:
        sound = _whole(relayed(0), target)
    return limited(sound) if target.mixed else sound


def _whole(stream: Any, target: AudioTarget) -> Any:
    """Return a stream from the title's zero to its end."""
    stream = filled(stream).filter("apad", whole_len=target.samples)
    return stream.filter("atrim", end_sample=target.samples)


def _taken(target: AudioTarget) -> list[Any]:
    """Return what is taken from the source: a stream, or one channel after another."""
    source = ffmpeg.input(SOURCE_URL)
    if not target.picked:
        stream = source[str(target.stream_index)]
        return [converted(on_title_clock(stream, target.start_s, audio=True), target.channels)]
    streams = (source[str(channel.stream_index)] for channel in target.picked)
    on_clock = (on_title_clock(stream, target.start_s, audio=True) for stream in streams)
    return [
        single(stream, channel.channel)
        for stream, channel in zip(on_clock, target.picked, strict=True)
    ]


def _command(
    target: AudioTarget, output: Any, label: str, limits: Limits, *options: str
) -> Command:
    before = (*clock_options(target.start_s), "-vn", "-sn", "-dn")
    relays = [relay(stream) for stream in _taken(target)]
    args = (*compiled_apart(relays, *before), *after_relays([output], len(relays)))
    return Command(
        Tool.FFMPEG,
        (*FFMPEG_PREAMBLE, *options, *PROGRESS_ARGS, *args),
        f"{label} of stream {target.stream_index}",
        limits,
        reports_progress=True,
        duration_s=target.duration_s,
    )


def _iso_639_2(tag: str) -> str:
    """Return the three letters an MP4 header has room for (ISO/IEC 14496-12, 8.4.2)."""
    import langcodes

    try:
        return str(langcodes.get(tag).to_alpha3())
    except LookupError:
        return "und"
