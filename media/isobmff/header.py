"""Initialization segments: what a CMAF header says about its only track (ISO/IEC 23000-19)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media.isobmff.boxes import DamagedFile, boxes, child, file_boxes
from media.isobmff.codec_strings import configured

MAX_MOVIE_BYTES = 64 * 1024 * 1024  # without samples it holds kilobytes; more is damage
VISUAL_ENTRY_BYTES = 78  # VisualSampleEntry up to its child boxes (ISO/IEC 14496-12, 12.1.3)
UNSPECIFIED = 2
MOST_EDITS = 16


@dataclass(frozen=True, slots=True)
class Header:
    """The track of an initialization segment; ticks are of its timescale."""

    timescale: int
    codec: str  # as far as RFC 6381 codecs are known here: "hvc1.2.4.L63.90", "mp4a", "wvtt"
    edit_start_ticks: int  # the media time that is presented at zero
    default_duration_ticks: int
    default_size_bytes: int
    default_flags: int
    nal_length_bytes: int  # of AVC and HEVC samples, 0 for other codecs
    width: int
    height: int
    transfer: int  # transfer_characteristics of ITU-T H.273, 2 where the header says nothing
    primaries: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    bit_depth: int = 0  # of pictures
    beside: tuple[str, ...] = ()  # codecs of further tracks, which CMAF has none of


def read_header(path: Path, *, lenient: bool = False) -> Header:
    """Return what the initialization segment at `path` says; raise DamagedFile if it is none.

    With `lenient` its edit list may have several entries, as MP4 lets it and CMAF does not.
    """
    try:
        with path.open("rb") as file:
            return _header(_movie(file), lenient=lenient)
    except (struct.error, IndexError, KeyError, StopIteration) as error:
        raise DamagedFile(f"{path.name} is not a readable initialization segment") from error


def _movie(file: BinaryIO) -> bytes:
    """Return the movie box alone: media may follow it in the same file."""
    for kind, start, _, end in file_boxes(file):
        if kind == "moov":
            if end - start > MAX_MOVIE_BYTES:
                raise DamagedFile(f"a moov of {end - start} bytes")
            file.seek(start)
            return file.read(end - start)
    raise KeyError("moov")


def _header(data: bytes, *, lenient: bool) -> Header:
    mdhd, _ = child(data, "moov/trak/mdia/mdhd")
    (timescale,) = struct.unpack_from(">I", data, mdhd + (20 if data[mdhd] else 12))
    if timescale == 0:
        raise DamagedFile("a timescale of zero")
    trex, _ = child(data, "moov/mvex/trex")
    duration, size, flags = struct.unpack_from(">III", data, trex + 12)
    stsd, stsd_end = child(data, "moov/trak/mdia/minf/stbl/stsd")
    codec, body, end = next(boxes(data, stsd + 8, stsd_end))
    width, height, colour = 0, 0, (UNSPECIFIED, UNSPECIFIED, UNSPECIFIED)
    known = configured(data, codec, body + VISUAL_ENTRY_BYTES, end)
    if known is not None:
        width, height = struct.unpack_from(">HH", data, body + 24)
        colour = _colour(data, body + VISUAL_ENTRY_BYTES, end)
    return Header(
        timescale=timescale,
        codec=known.codec if known else codec,
        edit_start_ticks=_edit_start_ticks(data, timescale, lenient=lenient),
        default_duration_ticks=duration,
        default_size_bytes=size,
        default_flags=flags,
        nal_length_bytes=known.nal_length_bytes if known else 0,
        width=width,
        height=height,
        transfer=colour[1],
        primaries=colour[0],
        matrix=colour[2],
        bit_depth=known.bit_depth if known else 0,
        beside=tuple(_codecs_beside(data)),
    )


def _codecs_beside(data: bytes) -> Iterator[str]:
    """Yield the codecs of all tracks but the first."""
    moov, end = child(data, "moov")
    tracks = [(body, stop) for kind, body, stop in boxes(data, moov, end) if kind == "trak"]
    for body, stop in tracks[1:]:
        stsd, stsd_end = child(data, "mdia/minf/stbl/stsd", body, stop)
        codec, entry, entry_end = next(boxes(data, stsd + 8, stsd_end))
        known = configured(data, codec, entry + VISUAL_ENTRY_BYTES, entry_end)
        yield known.codec if known else codec


def _colour(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Return primaries, transfer and matrix of ITU-T H.273."""
    for kind, body, _ in boxes(data, start, end):
        if kind == "colr" and data[body : body + 4] == b"nclx":
            primaries, transfer, matrix = struct.unpack_from(">HHH", data, body + 4)
            return primaries, transfer, matrix
    return UNSPECIFIED, UNSPECIFIED, UNSPECIFIED


def _edit_start_ticks(data: bytes, timescale: int, *, lenient: bool) -> int:
    """Return the media time that is presented at zero; less where an empty edit comes first."""
    try:
        elst, _ = child(data, "moov/trak/edts/elst")
    except KeyError:
        return 0
    # entry_count, then segment_duration and media_time, which are 64-bit in version 1, and a rate.
    (count,) = struct.unpack_from(">I", data, elst + 4)
    form = ">QqI" if data[elst] else ">IiI"
    edits = [
        struct.unpack_from(form, data, elst + 8 + number * struct.calcsize(form))
        for number in range(min(count, MOST_EDITS))
    ]
    if not lenient and (count != 1 or edits[0][1] < 0):
        raise DamagedFile("an edit list that is not the single offset CMAF allows")
    empty = [duration for duration, media_time, _ in edits if media_time < 0]
    start = next((media_time for _, media_time, _ in edits if media_time >= 0), 0)
    return int(start) - _delay_ticks(data, sum(empty), timescale)


def _delay_ticks(data: bytes, movie_ticks: int, timescale: int) -> int:
    """Return how long empty edits last, which count by the movie's own timescale."""
    if not movie_ticks:
        return 0
    mvhd, _ = child(data, "moov/mvhd")
    (movie_scale,) = struct.unpack_from(">I", data, mvhd + (20 if data[mvhd] else 12))
    return movie_ticks * timescale // movie_scale if movie_scale else 0
