"""Which voices a title has: as the request maps them, else as the source declares them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from farm.mediainfo import AudioStream, MediaInfo, SourceChannel
from farm.remarks import Remark
from farm.spec import AudioTrackSpec
from planning.mapping import channels_named, mapped_voices
from planning.mono_tracks import told_groups, unclear, untold_pair
from planning.voices import PlannedVoice, default_stream, voice_of

STEREO = 2
SURROUND_CHANNELS = 6
# Layouts that say no more of a channel than its number, or that no downmix is known for.
UNTOLD_LAYOUT = re.compile(r"unknown|\d+ channels|\d+ channels \(.*\b(UNK|UNSD|USR|AMBI)\w*.*\)")
UNMIXABLE_LAYOUT = re.compile(r"ambisonic.*|22\.2")
SAY = "say with `audio` in the request which channels make which track"


def plan_sound(
    asked: Sequence[AudioTrackSpec], media: MediaInfo
) -> tuple[list[PlannedVoice], list[Remark]]:
    """Return the voices of a title, and remarks on what is left out or was assumed.

    Raises InvalidSpec where the request names a stream or channel the source does not have.
    """
    return mapped_voices(asked, media) if asked else _as_declared(media)


def _as_declared(media: MediaInfo) -> tuple[list[PlannedVoice], list[Remark]]:
    voices, remarks = [], list[Remark]()
    groups = list(told_groups(media))
    pair = untold_pair(media) if not groups else None
    if pair is not None:
        groups = [pair]
        reason = f"two mono tracks of one kind were taken for left and right; {SAY}"
        remarks.append(Remark(_streams(pair), "assumed", reason))
    default = default_stream(media.audio)
    group_of = {stream.index: group for group in groups for stream in group}
    for stream in media.audio:
        group = group_of.get(stream.index)
        if group is None:
            picked, remark = _untold(stream)
            voices.append(voice_of(stream, default, picked))
            remarks += [remark] if remark else []
        elif stream.index == min(member.index for member in group):
            voices.append(_joined(group, default))
    alone = [s for s in media.audio if s.channels == 1 and s.index not in group_of]
    if unclear(media, alone):
        reason = f"mono tracks that do not tell which channel each is: each is a track; {SAY}"
        remarks.append(Remark(_streams(alone), "assumed", reason))
    return voices, remarks


def _joined(group: Sequence[AudioStream], default: AudioStream | None) -> PlannedVoice:
    """Return the voice of mono tracks that are the channels of one sound."""
    lead = default if default in group else group[0]
    assert lead is not None
    picked = tuple(SourceChannel(stream.index, 0) for stream in group)
    same_title = len({stream.title for stream in group}) == 1
    return voice_of(lead, default, picked, title=None if same_title else "")


def _untold(stream: AudioStream) -> tuple[tuple[SourceChannel, ...], Remark | None]:
    """Return the channels to take of a stream that does not say what its channels are."""
    untold = UNTOLD_LAYOUT.fullmatch(stream.layout) and stream.channels > STEREO
    if not untold and not UNMIXABLE_LAYOUT.fullmatch(stream.layout):
        return (), None
    if stream.channels == SURROUND_CHANNELS and untold:
        # The order of SMPTE ST 428-12 and EBU R 123, and what six channels hardly ever are not.
        reason = f"it does not say what its six channels are: taken for 5.1; {SAY}"
        return (), Remark(f"audio stream {stream.index}", "assumed", reason)
    reason = (
        f"the source does not say what its {stream.channels} channels are, or how to mix them:"
        f" the first two became stereo; {SAY}"
    )
    left_out = channels_named(stream, range(STEREO, stream.channels))
    picked = tuple(SourceChannel(stream.index, channel) for channel in range(STEREO))
    return picked, Remark(left_out, "dropped", reason)


def _streams(streams: Sequence[AudioStream]) -> str:
    return f"audio streams {', '.join(str(index) for index in sorted(s.index for s in streams))}"
