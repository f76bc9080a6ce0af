"""What a source is made of: ffprobe's answer, or a refusal that names the source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from farm.command import SOURCE_NAME, Command, Finished, opening_with
from farm.errors import ToolFailed
from farm.mediainfo import MediaInfo
from media.isobmff.languages import extended_languages
from media.matroska.container import read_container
from media.matroska.described import described
from media.matroska.ends import lacks_ends, last_blocks
from media.probe.ffprobe import parse_probe, probe_command
from media.probe.languages import in_full
from media.probe.programmes import of_programme
from media.probe.refusals import check_media, unreadable
from media.probe.second_look import (
    ONE_MAP,
    PICTURES_NAME,
    are_encrypted,
    as_described,
    describe_first_picture,
    is_undescribed,
    list_pictures,
    may_be_encrypted,
    may_be_fields,
    may_change_maps,
    show_first_packets,
    show_first_pictures,
    show_light,
    wants_light,
    wants_times,
    with_fields,
    with_light,
    with_times,
)
from media.probe.unprobed import (
    as_probed,
    is_unprobed,
    list_packets,
    may_be_unprobed,
    times_of,
)
from workers.programs.sandbox import CANNOT_RUN

# In FFmpeg's names of demuxers: "matroska,webm" and "mov,mp4,m4a,3gp,3g2,mj2".
MATROSKA, MP4 = "matroska", "mp4"


def probe_source(
    uri: str, scratch: Path, run: Callable[[Command], Finished], program: int | None = None
) -> MediaInfo:
    """Return what the source that lies in `scratch` is made of; `run` runs a command there.

    Of several programmes it is made of `program`, or of the first one. Raises InvalidSource or
    UnsupportedMedia, naming `uri`, for what the farm cannot use, InvalidSpec for a programme that
    is not there.
    """
    finished = _probed(uri, run)
    every = parse_probe(finished.stdout, (scratch / SOURCE_NAME).stat().st_size)
    if may_change_maps(every):
        every = _with_one_map(every, run)
    if MATROSKA in every.format:
        with (scratch / SOURCE_NAME).open("rb") as stream:
            every = _as_matroska_says(every, stream)
    if MP4 in every.format.split(","):
        with (scratch / SOURCE_NAME).open("rb") as stream:
            every = in_full(every, finished.stdout, extended_languages(stream))
    if may_be_encrypted(every):
        every = replace(every, encrypted=are_encrypted(run(show_first_packets()).stdout))
    media = of_programme(every, program)
    if media.picture is not None and is_undescribed(media.picture):
        media = as_described(media, _said(describe_first_picture(media.picture), run))
    check_media(uri, media, finished.stderr.splitlines())
    return _second_look(
        media, scratch, lambda command: run(opening_with(command, media.opened_with))
    )


def _as_matroska_says(every: MediaInfo, stream: BinaryIO) -> MediaInfo:
    """Return what a Matroska source is made of as its own elements have it."""
    container = read_container(stream)
    if container is None:
        return every
    ends_s = last_blocks(stream, container) if lacks_ends(every) else {}
    return described(every, container, ends_s)


def _probed(uri: str, run: Callable[[Command], Finished]) -> Finished:
    """Return what ffprobe says of a source, or would say if it knew as much as FFmpeg."""
    try:
        return run(probe_command())
    except ToolFailed as failure:
        if not _is_of_the_source(failure):
            raise
        complaints = _lines(failure.detail.get("stderr"))
        refused = unreadable(uri, complaints)
        if not may_be_unprobed(complaints):
            raise refused from failure
    try:
        listed = run(list_packets())
    except ToolFailed as failure:
        if not _is_of_the_source(failure):
            raise
        raise refused from failure
    return replace(listed, stdout=as_probed(listed.stdout))


def _with_one_map(every: MediaInfo, run: Callable[[Command], Finished]) -> MediaInfo:
    """Return what a transport stream is made of if streams go on where its map changes."""
    finished = run(opening_with(probe_command(), ONE_MAP))
    joined = parse_probe(finished.stdout, every.size_bytes)
    # As many streams as before: nothing changes, and none of our commands need know of it.
    return replace(joined, opened_with=ONE_MAP) if len(joined.items) < len(every.items) else every


def _said(command: Command, run: Callable[[Command], Finished]) -> str:
    """Return what a command prints to stderr, whether the source lets it succeed or not."""
    try:
        return run(command).stderr
    except ToolFailed as failure:
        if not _is_of_the_source(failure):
            raise
        return "\n".join(_lines(failure.detail.get("stderr")))


def _is_of_the_source(failure: ToolFailed) -> bool:
    """Return whether a program said no; killed, or never started, it says nothing of the source."""
    status = failure.detail.get("exit_code")
    return isinstance(status, int) and status >= 0 and status != CANNOT_RUN


def _second_look(media: MediaInfo, scratch: Path, run: Callable[[Command], Finished]) -> MediaInfo:
    """Return what is known once ffprobe was asked what its first answer left open."""
    picture = media.picture
    if picture is not None and may_be_fields(picture):
        media = with_fields(media, run(show_first_pictures(picture)).stdout)
        picture = media.picture
    if picture is not None and wants_light(picture):
        media = with_light(media, run(show_light(picture)).stdout)
        picture = media.picture
    if picture is not None and wants_times(picture) and is_unprobed(media):
        media = with_times(media, times_of(run(list_packets()).stdout))
    elif picture is not None and wants_times(picture):
        run(list_pictures(picture))
        with (scratch / PICTURES_NAME).open(encoding="ascii") as lines:
            media = with_times(media, lines)
    return media


def _lines(value: object) -> list[str]:
    return [str(line) for line in value] if isinstance(value, list) else []
