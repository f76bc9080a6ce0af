"""Channels that come as tracks of their own, as MOV and MXF keep them: which make one sound. Pure.

Only what the source itself says is taken for an answer: layout tags, or two tracks of one kind and
no others beside them. For more, any pairing would be a guess that puts two languages into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from farm.mediainfo import AudioStream, MediaInfo

TRACK_PER_CHANNEL = frozenset({"mov", "mxf"})  # containers in which channels are often tracks
SAME_LENGTH_S = Fraction(1, 10)  # encoders fill their last frames up
# What the tracks' layouts say, by FFmpeg's names, in the order the sound has them.
POSITIONS = (
    ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
    ("FL", "FR", "FC", "LFE", "SL", "SR"),
    ("FL", "FR", "FC", "LFE", "BL", "BR"),
    ("FL", "FR"),
)
POSITION = re.compile(r"1 channels \((\w+)\)")
CENTRE = "mono"  # what FFmpeg calls one channel in the middle
SIDES = {**dict.fromkeys(("left", "l", "lt"), "L"), **dict.fromkeys(("right", "r", "rt"), "R")}


def told_groups(media: MediaInfo) -> Iterator[tuple[AudioStream, ...]]:
    """Yield the groups of mono tracks whose layout tags say that they are one sound, in order."""
    rest = list(media.audio)
    while rest:
        group = next((g for names in POSITIONS if (g := _positioned(rest, names))), None)
        if group is None:
            rest = rest[1:]
            continue
        yield group
        rest = rest[len(group) :]


def untold_pair(media: MediaInfo) -> tuple[AudioStream, AudioStream] | None:
    """Return left and right where two mono tracks of one kind are all the sound there is."""
    if len(media.audio) != 2 or not unclear(media, media.audio):
        return None
    first, second = media.audio
    return (second, first) if _side(first) == "R" else (first, second)


def unclear(media: MediaInfo, streams: Sequence[AudioStream]) -> bool:
    """Return whether several mono tracks may be channels of one sound: nothing tells them apart."""
    if len(streams) < 2 or not TRACK_PER_CHANNEL & set(media.format.split(",")):
        return False
    first = streams[0]
    return all(stream.channels == 1 and _alike(first, stream) for stream in streams)


def _positioned(streams: Sequence[AudioStream], names: tuple[str, ...]) -> tuple[AudioStream, ...]:
    """Return the first streams in the order of `names` if they are just these positions."""
    first = streams[: len(names)]
    by_position = {_position(stream): stream for stream in first}
    if set(by_position) != set(names) or not all(_spoken_alike(first[0], s) for s in first):
        return ()
    return tuple(by_position[name] for name in names)


def _position(stream: AudioStream) -> str:
    if stream.channels != 1:
        return ""
    if stream.layout == CENTRE:
        return "FC"
    told = POSITION.fullmatch(stream.layout)
    return told[1] if told else ""


def _alike(one: AudioStream, other: AudioStream) -> bool:
    return (
        _spoken_alike(one, other)
        and one.codec == other.codec
        and one.sample_rate == other.sample_rate
        and abs(_length_s(one) - _length_s(other)) <= SAME_LENGTH_S
        and abs(one.start_s - other.start_s) <= SAME_LENGTH_S
    )


def _length_s(stream: AudioStream) -> Fraction:
    return stream.duration_s or Fraction(0)


def _spoken_alike(one: AudioStream, other: AudioStream) -> bool:
    """Return whether language, title and flags make no difference between two tracks."""
    titles = {_telling(one), _telling(other)}
    flags = {
        (s.disposition.comment, s.disposition.visual_impaired, s.disposition.dub)
        for s in (one, other)
    }
    return one.language == other.language and len(titles) == 1 and len(flags) == 1


def _telling(stream: AudioStream) -> str:
    """Return what a title says beyond which channel it is."""
    if _side(stream):
        return ""
    return re.sub(r"\d+", "", stream.title or "").strip().lower()


def _side(stream: AudioStream) -> str:
    return SIDES.get((stream.title or "").strip().lower(), "")
