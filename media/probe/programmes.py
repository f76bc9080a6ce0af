"""Of a transport stream with several programmes, one: a title is made of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from farm.errors import InvalidSpec
from farm.mediainfo import AudioStream, MediaInfo, Programme, VideoStream
from farm.remarks import Remark


def read_programmes(described: dict[str, Any]) -> tuple[Programme, ...]:
    """Return the programmes that ffprobe lists; those without streams (guides, data) are none."""
    return tuple(
        Programme(
            number=int(entry["program_num"]),
            name=str(entry.get("tags", {}).get("service_name", "")).strip(),
            streams=tuple(stream["index"] for stream in entry["streams"]),
        )
        for entry in described.get("programs", [])
        if entry.get("streams")
    )


def of_programme(media: MediaInfo, wanted: int | None) -> MediaInfo:
    """Return the source as if it had the programme `wanted` alone, which keeps its own clock.

    By default that is the first with a picture, else the first with sound. Nothing changes where
    the source has a single one. Raises InvalidSpec for a programme that it does not have.
    """
    _check(media, wanted)
    if len(media.programmes) < 2:
        return media
    chosen = _chosen(media, wanted)
    video = tuple(stream for stream in media.video if stream.index in chosen.streams)
    audio = tuple(stream for stream in media.audio if stream.index in chosen.streams)
    start_s, duration_s = _extent((*video, *audio), media)
    return replace(
        media,
        start_s=start_s,
        duration_s=duration_s,
        video=video,
        audio=audio,
        text=tuple(stream for stream in media.text if stream.index in chosen.streams),
        unknown_audio=tuple(index for index in media.unknown_audio if index in chosen.streams),
        programme=chosen.number,
    )


def programmes_left_out(media: MediaInfo) -> list[Remark]:
    """Return a remark for each programme that the title is not made of."""
    if media.programme is None:
        return []
    # A stream may be of several programmes, as a guide is.
    taken = {
        index
        for programme in media.programmes
        if programme.number == media.programme
        for index in programme.streams
    }
    return [
        Remark(
            f"programme {_called(programme)}",
            "dropped",
            f"the title is made of programme {media.programme}:"
            f" program {programme.number} makes one of this",
            tuple(index for index in programme.streams if index not in taken),
        )
        for programme in media.programmes
        if programme.number != media.programme
    ]


def _check(media: MediaInfo, wanted: int | None) -> None:
    if wanted is None or any(programme.number == wanted for programme in media.programmes):
        return
    if not media.programmes:
        raise InvalidSpec(f"program {wanted}: the source has no programmes: leave it out")
    offered = ", ".join(_called(programme) for programme in media.programmes)
    raise InvalidSpec(f"program {wanted}: the source has no such programme: choose from {offered}")


def _chosen(media: MediaInfo, wanted: int | None) -> Programme:
    pictures = {stream.index for stream in media.video if not stream.disposition.attached_pic}
    sounds = {stream.index for stream in media.audio}
    return min(
        media.programmes,
        key=lambda programme: (
            programme.number != wanted,
            pictures.isdisjoint(programme.streams),
            sounds.isdisjoint(programme.streams),
        ),
    )


def _called(programme: Programme) -> str:
    return f"{programme.number} ({programme.name!r})" if programme.name else str(programme.number)


def _extent(
    streams: Sequence[VideoStream | AudioStream], media: MediaInfo
) -> tuple[Fraction, Fraction]:
    """Return when these streams start, and for how long they last; the container knows of all."""
    start_s = min((stream.start_s for stream in streams), default=media.start_s)
    ends_s = [stream.start_s + stream.duration_s for stream in streams if stream.duration_s]
    return start_s, max(ends_s) - start_s if ends_s else media.duration_s
