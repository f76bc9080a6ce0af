"""Audio: one track of the title, encoded whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from farm.command import Command, Tool
from farm.errors import ToolFailed
from farm.facts import AudioTrack, Loudness
from farm.mediainfo import AudioStream, MediaInfo
from media.graphs.audio import (
    MAX_GAIN_DB,
    OUTPUT_NAME,
    AudioTarget,
    complaint,
    encode_audio,
    gain_to_target,
    is_capped,
    measure_audio,
    probe_output,
)
from media.graphs.clock import explicit_start
from media.graphs.loudness import SAMPLE_RATE, read_loudness
from media.graphs.relay import layouts_met
from planning.params import AudioParams
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult, whole

NORMALISED = "ebu-r128"
STEREO = 2
FEW_CHANNELS = frozenset({"mono", "stereo", "downmix"})  # FFmpeg's names
# Broadcasts in these go from stereo to 5.1 and back from one programme to the next.
CHANGING_CODECS = frozenset({"ac3", "eac3"})


def commands(facts: Facts, params: AudioParams) -> tuple[Command, ...]:
    """Return the measurement, where one is needed, the encode and the look at what it wrote.

    What still has to be measured is assumed to need no gain.
    """
    target = _target(facts.media, params)
    encode = encode_audio(target, _gain_db(_known_loudness(facts.media, params)), facts.limits)
    measure = (measure_audio(target, facts.limits),) if _is_unheard(facts.media, params) else ()
    return (*measure, encode, probe_output())


def run(context: StepContext[AudioParams]) -> StepResult:
    """Make one AAC track that starts at the title's zero and ends with it."""
    params, facts = context.params, context.beforehand
    target = _target(facts.media, params)
    context.link_source()
    *measure, encode, probe = context.progress.expect(commands(facts, params))
    loudness = _known_loudness(facts.media, params)
    if measure:
        context.run(measure[0])
        loudness = read_loudness(context.scratch, target.stream_index, target.samples)
        encode = encode_audio(target, _gain_db(loudness), facts.limits)
    finished = context.run(encode)
    if wrong := complaint(target, context.run(probe).stdout):
        raise ToolFailed(f"{params.name}: the encoded track is not right: {wrong}")
    evidence: dict[str, Any] = {"cpu_s": finished.cpu_s, "gain_db": _gain_db(loudness)}
    files = {OUTPUT_NAME: context.scratch / OUTPUT_NAME}
    track = _track(params, loudness)
    richer = _richer(facts.media, params, layouts_met(finished.stderr.splitlines()))
    return whole(replace(track, issues=(*track.issues, *richer)), files, evidence)


def expected(params: AudioParams) -> AudioTrack:
    """Return what the step leaves, as far as can be told before."""
    return _track(params, params.measured if params.loudness == NORMALISED else None)


def _track(params: AudioParams, loudness: Loudness | None) -> AudioTrack:
    return AudioTrack(
        name=params.name,
        stream_index=params.stream_index,
        language=params.language,
        title=params.title,
        default=params.default,
        channels=params.channels,
        sample_rate=SAMPLE_RATE,
        bps=params.bps,
        role=params.role,
        measured_lufs=loudness.integrated_lufs if loudness is not None else None,
        gain_db=_gain_db(loudness),
        picked=params.picked,
        voice=params.voice,
        issues=tuple(_issues(loudness)),
    )


def _issues(loudness: Loudness | None) -> Iterator[str]:
    if loudness is not None and is_capped(loudness):
        stays_lufs = loudness.integrated_lufs + MAX_GAIN_DB
        yield (
            f"at {loudness.integrated_lufs:.1f} LUFS it is so quiet that it was raised by"
            f" {MAX_GAIN_DB:g} dB only, to {stays_lufs:.1f} LUFS: more would raise its noise"
        )


def _richer(media: MediaInfo, params: AudioParams, layouts: Sequence[str]) -> Iterator[str]:
    """Yield what viewers do not get of a stream that has more channels later on."""
    more = [layout for layout in layouts if layout not in FEW_CHANNELS]
    if more and not params.picked and _source(media, params).channels <= STEREO:
        yield f"it becomes {', '.join(more)} on the way: here it is stereo throughout"


def _target(media: MediaInfo, params: AudioParams) -> AudioTarget:
    return AudioTarget(
        stream_index=params.stream_index,
        channels=params.channels,
        bps=params.bps,
        language=params.language,
        start_s=explicit_start(media),
        duration_s=params.duration_s,
        picked=params.picked,
        mixed=_is_mixed(media, params),
    )


def _is_mixed(media: MediaInfo, params: AudioParams) -> bool:
    """Return whether channels are added up, at least in some places of the track."""
    if params.picked:
        return len(params.picked) > params.channels
    source = _source(media, params)
    return source.channels > params.channels or source.codec in CHANGING_CODECS


def _known_loudness(media: MediaInfo, params: AudioParams) -> Loudness | None:
    """Return the loudness of what is to be normalised as analysis found it, where that holds."""
    normalised = params.loudness == NORMALISED and not _is_unheard(media, params)
    return params.measured if normalised else None


def _is_unheard(media: MediaInfo, params: AudioParams) -> bool:
    """Return whether a track to be normalised sounds unlike the stream that analysis measured."""
    if params.loudness != NORMALISED:
        return False
    changed = bool(params.picked) or _source(media, params).channels != params.channels
    return params.measured is None or changed


def _source(media: MediaInfo, params: AudioParams) -> AudioStream:
    return next(stream for stream in media.audio if stream.index == params.stream_index)


def _gain_db(loudness: Loudness | None) -> float:
    return gain_to_target(loudness) if loudness is not None else 0.0


KIND = StepKind("audio", AudioParams, run, commands, revision=2, tools=(Tool.FFMPEG, Tool.FFPROBE))
