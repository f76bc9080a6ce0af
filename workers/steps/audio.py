"""Audio: one track of the title, encoded whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from farm.command import Limits, Tool
from farm.errors import ToolFailed
from farm.facts import AudioTrack, Loudness, Source
from farm.mediainfo import MediaInfo
from farm.serial import from_json
from media.graphs.audio import (
    OUTPUT_NAME,
    AudioTarget,
    complaint,
    encode_audio,
    gain_to_target,
    measure_audio,
    probe_output,
)
from media.graphs.clock import explicit_start
from media.graphs.loudness import SAMPLE_RATE, read_loudness
from workers.steps.contract import StepContext, StepKind, StepResult, whole

NORMALISED = "ebu-r128"


def run(context: StepContext) -> StepResult:
    """Make one AAC track that starts at the title's zero and ends with it."""
    params = context.params
    media = context.facts("ingest", Source).media
    target = AudioTarget(
        stream_index=int(params["stream_index"]),
        channels=int(params["channels"]),
        bps=int(params["bps"]),
        language=params["language"],
        start_s=explicit_start(media),
        duration_s=Fraction(params["duration_s"]),
    )
    context.link_source()
    limits = Limits(wall_s=context.settings.wall_s, stall_s=context.settings.stall_s)
    loudness = _loudness(context, media, target, limits)
    gain_db = gain_to_target(loudness) if loudness is not None else 0.0
    finished = context.run(encode_audio(target, gain_db, limits))
    if wrong := complaint(target, context.run(probe_output()).stdout):
        raise ToolFailed(f"{params['name']}: the encoded track is not right: {wrong}")
    facts = AudioTrack(
        name=params["name"],
        stream_index=target.stream_index,
        language=target.language,
        title=params["title"],
        default=bool(params["default"]),
        channels=target.channels,
        sample_rate=SAMPLE_RATE,
        bps=target.bps,
        role=params["role"],
        measured_lufs=loudness.integrated_lufs if loudness is not None else None,
    )
    evidence: dict[str, Any] = {"cpu_s": finished.cpu_s, "gain_db": gain_db}
    return whole(facts, {OUTPUT_NAME: context.scratch / OUTPUT_NAME}, evidence)


def _loudness(
    context: StepContext, media: MediaInfo, target: AudioTarget, limits: Limits
) -> Loudness | None:
    """Return the loudness of what is to be normalised, None where nothing is.

    Analysis measured the stream as it is; a downmix is measured anew.
    """
    if context.params["loudness"] != NORMALISED:
        return None
    measured = context.params["measured"]
    source = next(stream for stream in media.audio if stream.index == target.stream_index)
    # Mono becomes stereo with the power it had, so that its loudness stays.
    if measured is not None and source.channels in (1, target.channels):
        return from_json(Loudness, measured)
    context.run(measure_audio(target, limits))
    return read_loudness(context.scratch, target.stream_index, target.samples)


KIND = StepKind("audio", run, tools=(Tool.FFMPEG, Tool.FFPROBE))
