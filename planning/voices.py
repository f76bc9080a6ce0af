"""A voice: one choice of the audio menu, before it is decided how often it is encoded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.language import UNDETERMINED
from farm.mediainfo import AudioRole, AudioStream, SourceChannel


@dataclass(frozen=True, slots=True)
class PlannedVoice:
    """What is to be heard, and from which channels of the source it comes."""

    stream_index: int  # where it comes from several: the first
    channels: int
    language: str
    title: str  # "" where the language says it all
    default: bool
    role: AudioRole
    picked: tuple[SourceChannel, ...] = ()  # empty: the whole stream, by its layout


def voice_of(
    stream: AudioStream,
    default: AudioStream | None,
    picked: tuple[SourceChannel, ...] = (),
    *,
    title: str | None = None,
) -> PlannedVoice:
    """Return the voice of a stream, or of channels of which the stream has the first."""
    return PlannedVoice(
        stream_index=stream.index,
        channels=len(picked) or stream.channels,
        language=stream.language or UNDETERMINED,
        title=(stream.title or "") if title is None else title,
        default=stream is default,
        role=_role(stream, default),
        picked=picked,
    )


def default_stream(streams: Sequence[AudioStream]) -> AudioStream | None:
    """Return the stream to play unless the viewer chooses: flagged so, but no extra narration."""
    return min(
        streams,
        key=lambda s: (_extra_role(s) is not None, not s.disposition.default, s.index),
        default=None,
    )


def _extra_role(stream: AudioStream) -> AudioRole | None:
    if stream.disposition.comment:
        return "commentary"
    return "description" if stream.disposition.visual_impaired else None


def _role(stream: AudioStream, default: AudioStream | None) -> AudioRole:
    if extra := _extra_role(stream):
        return extra
    if stream.disposition.dub:
        return "dub"
    if stream is default:
        return "main"
    return "original" if stream.disposition.original else "alternate"
