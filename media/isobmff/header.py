"""Initialization segments: what a CMAF header says about its only track (ISO/IEC 23000-19)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from media.isobmff.boxes import DamagedFile, boxes, child

VISUAL_ENTRY_BYTES = 78  # VisualSampleEntry up to its child boxes (ISO/IEC 14496-12, 12.1.3)
UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Header:
    """The track of an initialization segment; ticks are of its timescale."""

    timescale: int
    codec: str  # as far as RFC 6381 codecs are known here: "avc1.64001f", "mp4a", "wvtt"
    edit_start_ticks: int  # the media time that is presented at zero
    default_duration_ticks: int
    default_size_bytes: int
    default_flags: int
    nal_length_bytes: int  # of AVC samples, 0 for other codecs
    width: int
    height: int
    transfer: int  # transfer_characteristics of ITU-T H.273, 2 where the header says nothing


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
    nal_length, width, height, transfer = 0, 0, 0, UNSPECIFIED
    if codec in ("avc1", "avc3"):
        width, height = struct.unpack_from(">HH", data, body + 24)
        children = body + VISUAL_ENTRY_BYTES
        avcc, _ = child(data, "avcC", children, end)
        codec = f"{codec}.{data[avcc + 1 : avcc + 4].hex()}"
        nal_length = (data[avcc + 4] & 3) + 1
        transfer = _transfer(data, children, end)
    return Header(
        timescale=timescale,
        codec=codec,
        edit_start_ticks=_edit_start_ticks(data),
        default_duration_ticks=duration,
        default_size_bytes=size,
        default_flags=flags,
        nal_length_bytes=nal_length,
        width=width,
        height=height,
        transfer=transfer,
    )


def _transfer(data: bytes, start: int, end: int) -> int:
    for kind, body, _ in boxes(data, start, end):
        if kind == "colr" and data[body : body + 4] == b"nclx":
            return int.from_bytes(data[body + 6 : body + 8], "big")
    return UNSPECIFIED


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
