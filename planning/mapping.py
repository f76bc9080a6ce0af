"""The request's `audio` mapping: which channels of which streams make which track. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from farm.errors import InvalidSpec
from farm.mediainfo import AudioStream, MediaInfo, SourceChannel
from farm.remarks import Remark
from farm.spec import AudioTrackSpec
from planning.voices import PlannedVoice

EXTRA_ROLES = ("commentary", "description")


def check_mapping(asked: Sequence[AudioTrackSpec], media: MediaInfo) -> None:
    """Raise InvalidSpec for a stream or channel that the source does not have."""
    streams = {stream.index: stream for stream in media.audio}
    offered = ", ".join(f"{index}:0-{s.channels - 1}" for index, s in streams.items()) or "none"
    for place, track in enumerate(asked):
        for channel in track.picked:
            name = f"audio.{place}.channels {channel.stream_index}:{channel.channel}"
            if channel.stream_index not in streams:
                raise InvalidSpec(
                    f"{name}: the source has no audio stream {channel.stream_index}"
                    f" (it has {offered})"
                )
            if channel.channel >= streams[channel.stream_index].channels:
                raise InvalidSpec(
                    f"{name}: audio stream {channel.stream_index} has no channel"
                    f" {channel.channel} (there are {offered})"
                )


def mapped_voices(
    asked: Sequence[AudioTrackSpec], media: MediaInfo
) -> tuple[list[PlannedVoice], list[Remark]]:
    """Return the voices that are asked for, and a remark on each channel nobody asked for.

    Raises InvalidSpec as `check_mapping` does.
    """
    check_mapping(asked, media)
    default = _default(asked)
    voices = [
        PlannedVoice(
            stream_index=track.picked[0].stream_index,
            channels=len(track.picked),
            language=track.language,
            title=track.title or "",
            default=track is default,
            role=track.role or ("main" if track is default else "alternate"),
            picked=track.picked,
        )
        for track in asked
    ]
    used = {channel for track in asked for channel in track.picked}
    return voices, [remark for stream in media.audio for remark in _unused(stream, used)]


def channels_named(stream: AudioStream, channels: Sequence[int]) -> str:
    """Return how people are told of channels of a stream: "audio stream 1, channels 2-7"."""
    if len(channels) == stream.channels:
        return f"audio stream {stream.index}"
    runs: list[list[int]] = []
    for channel in channels:
        if runs and channel == runs[-1][-1] + 1:
            runs[-1].append(channel)
        else:
            runs.append([channel])
    told = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
    return f"audio stream {stream.index}, {'channel' if len(channels) == 1 else 'channels'} {told}"


def _default(asked: Sequence[AudioTrackSpec]) -> AudioTrackSpec:
    """Return the track to play unless the viewer chooses: the first main one, no narration."""
    return min(asked, key=lambda track: (track.role != "main", track.role in EXTRA_ROLES))


def _unused(stream: AudioStream, used: set[SourceChannel]) -> list[Remark]:
    channels = [n for n in range(stream.channels) if SourceChannel(stream.index, n) not in used]
    if not channels:
        return []
    reason = "the audio mapping of the request does not name it"
    whole = (stream.index,) if len(channels) == stream.channels else ()
    return [Remark(channels_named(stream, channels), "dropped", reason, whole)]
