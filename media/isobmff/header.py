"""Initialization segments: what a CMAF header says about its only track (ISO/IEC 23000-19)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from media.isobmff.boxes import DamagedFile, boxes, child
from media.isobmff.codec_strings import configured

VISUAL_ENTRY_BYTES = 78  # VisualSampleEntry up to its child boxes (ISO/IEC 14496-12, 12.1.3)
UNSPECIFIED = 2


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


def read_header(path: Path) -> Header:
    """Return what the initialization segment at `path` says; raise DamagedFile if it is none."""
    try:
        return _header(path.read_bytes())
    except (struct.error, IndexError, KeyError, StopIteration) as error:
        raise DamagedFile(f"{path.name} is not a readable initialization segment") from error


def _header(data: bytes) -> Header:
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
        edit_start_ticks=_edit_start_ticks(data),
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
    )


def _colour(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Return primaries, transfer and matrix of ITU-T H.273."""
    for kind, body, _ in boxes(data, start, end):
        if kind == "colr" and data[body : body + 4] == b"nclx":
            primaries, transfer, matrix = struct.unpack_from(">HHH", data, body + 4)
            return primaries, transfer, matrix
    return UNSPECIFIED, UNSPECIFIED, UNSPECIFIED


def _edit_start_ticks(data: bytes) -> int:
    try:
        elst, _ = child(data, "moov/trak/edts/elst")
    except KeyError:
        return 0
    # entry_count, then segment_duration and media_time, which are 64-bit in version 1.
    count, _, media_time = struct.unpack_from(">IQq" if data[elst] else ">IIi", data, elst + 4)
    if count != 1 or media_time < 0:
        raise DamagedFile("an edit list that is not the single offset CMAF allows")
    return int(media_time)
