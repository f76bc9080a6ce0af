"""Media segments: their index, fragments and samples (ISO/IEC 14496-12, 8.8 and 8.16.3).

Only box heads and the small bodies of `styp`, `sidx` and `moof` are read: media stays on disk.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from media.isobmff.boxes import DamagedFile, boxes, child, file_boxes
from media.isobmff.header import Header

MAX_BODY_BYTES = 64 * 1024 * 1024  # a moof holds kilobytes; more is damage
NON_SYNC = 0x00010000  # sample_is_non_sync_sample in sample_flags (8.8.3.1)


@dataclass(frozen=True, slots=True)
class Fragment:
    """One `moof` and its samples in decoding order; ticks are of the track's timescale."""

    offset: int  # of the moof in the file
    data_offset: int  # of the first sample in the file
    decode_start_ticks: int
    first_presented_ticks: int  # least presentation time of its samples, before the edit list
    durations_ticks: array[int]
    sizes_bytes: array[int]
    starts_with_sync: bool

    @property
    def decode_end_ticks(self) -> int:
        return self.decode_start_ticks + sum(self.durations_ticks)


@dataclass(frozen=True, slots=True)
class Reference:
    """One subsegment a `sidx` promises."""

    offset: int  # in the file
    size_bytes: int
    duration_ticks: int
    starts_with_sap: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A media segment of one track."""

    size_bytes: int
    references: tuple[Reference, ...]
    fragments: tuple[Fragment, ...]
    offset: int = 0  # where it begins in its file

    @property
    def samples(self) -> int:
        return sum(len(fragment.sizes_bytes) for fragment in self.fragments)


def read_segment(path: Path, header: Header, *, lenient: bool = False) -> Segment:
    """Return the structure of the media segment at `path`; raise DamagedFile if it is none.

    With `lenient` a fragment may have several runs, as MP4 lets it and CMAF does not.
    """
    try:
        with path.open("rb") as file:
            return _segment(file, header, lenient=lenient)
    except (struct.error, IndexError, KeyError) as error:
        raise DamagedFile(f"{path.name} is not a readable media segment") from error


def read_nal_types(
    path: Path, offset: int, size_bytes: int, length_bytes: int, *, hevc: bool = False
) -> tuple[int, ...]:
    """Return the nal_unit_type of each NAL unit of one sample.

    ITU-T H.264, table 7-1; with `hevc` ITU-T H.265, 7.3.1.2 and table 7-1.
    """
    types = []
    position, end = offset, offset + size_bytes
    with path.open("rb") as file:
        while position < end:
            file.seek(position)
            head = file.read(length_bytes + 1)
            if len(head) <= length_bytes:
                raise DamagedFile(f"{path.name} ends inside a sample")
            types.append((head[-1] >> 1) & 0x3F if hevc else head[-1] & 0x1F)
            position += length_bytes + int.from_bytes(head[:-1], "big")
    return tuple(types)


def _segment(file: BinaryIO, header: Header, *, lenient: bool) -> Segment:
    references: list[Reference] = []
    fragments: list[Fragment] = []
    size_bytes = 0
    for kind, start, body, end in file_boxes(file):
        size_bytes = end
        if kind not in ("sidx", "moof"):
            continue
        if end - body > MAX_BODY_BYTES:
            raise DamagedFile(f"box {kind} of {end - body} bytes")
        file.seek(body)
        data = file.read(end - body)
        if kind == "sidx":
            if not (lenient and references):  # of further tracks in the same file
                references += _references(data, end)
        else:
            fragments.append(_fragment(data, start, header, lenient=lenient))
    if not fragments:
        raise DamagedFile("no movie fragment in the segment")
    return Segment(size_bytes, tuple(references), tuple(fragments))


def _references(data: bytes, anchor: int) -> list[Reference]:
    wide = data[0] > 0
    _, first = struct.unpack_from(">QQ" if wide else ">II", data, 12)
    at = 28 if wide else 20
    (count,) = struct.unpack_from(">H", data, at + 2)
    found = []
    offset = anchor + first
    for index in range(count):
        size, duration, sap = struct.unpack_from(">III", data, at + 4 + 12 * index)
        size &= 0x7FFFFFFF  # the top bit is reference_type
        found.append(Reference(offset, size, duration, bool(sap >> 31)))
        offset += size
    return found


def _fragment(data: bytes, offset: int, header: Header, *, lenient: bool) -> Fragment:
    traf, traf_end = child(data, "traf")
    tfdt, _ = child(data, "tfdt", traf, traf_end)
    (decode_start,) = struct.unpack_from(">Q" if data[tfdt] else ">I", data, tfdt + 4)
    duration, size, flags = _defaults(data, child(data, "tfhd", traf, traf_end)[0], header)
    runs = [body for kind, body, _ in boxes(data, traf, traf_end) if kind == "trun"]
    if not runs or (len(runs) > 1 and not lenient):
        raise DamagedFile(f"{len(runs)} track runs in a fragment; CMAF has one")
    run = _joined([_run(data, body, flags) for body in runs], duration, size)
    durations = run.durations or array("Q", [duration]) * run.count
    first_presented = decode_start
    if run.compositions:
        clock, presented = decode_start, []
        for sample_duration, composition in zip(durations, run.compositions, strict=True):
            presented.append(clock + composition)
            clock += sample_duration
        first_presented = min(presented)
    return Fragment(
        offset=offset,
        data_offset=offset + run.data_offset,
        decode_start_ticks=decode_start,
        first_presented_ticks=first_presented,
        durations_ticks=durations,
        sizes_bytes=run.sizes or array("Q", [size]) * run.count,
        starts_with_sync=not run.first_flags & NON_SYNC,
    )


def _defaults(data: bytes, tfhd: int, header: Header) -> tuple[int, int, int]:
    (flags,) = struct.unpack_from(">I", data, tfhd)  # the version is above them
    # version, flags, track_ID; then base_data_offset and sample_description_index where flagged
    at = tfhd + 8 + 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    values = [header.default_duration_ticks, header.default_size_bytes, header.default_flags]
    for index, present in enumerate((0x8, 0x10, 0x20)):
        if flags & present:
            (values[index],) = struct.unpack_from(">I", data, at)
            at += 4
    return values[0], values[1], values[2]


@dataclass(frozen=True, slots=True)
class _Run:
    """A `trun` (8.8.8); columns it leaves to defaults are empty."""

    count: int
    data_offset: int
    first_flags: int
    durations: array[int]
    sizes: array[int]
    compositions: array[int]


def _joined(runs: Sequence[_Run], duration: int, size: int) -> _Run:
    """Return several runs as one; where some leave columns to defaults, those are written out."""
    if len(runs) == 1:
        return runs[0]
    joined = _Run(0, runs[0].data_offset, runs[0].first_flags, array("Q"), array("Q"), array("q"))
    has_compositions = any(run.compositions for run in runs)
    for run in runs:
        joined.durations.extend(run.durations or array("Q", [duration]) * run.count)
        joined.sizes.extend(run.sizes or array("Q", [size]) * run.count)
        if has_compositions:
            joined.compositions.extend(run.compositions or array("q", [0]) * run.count)
    return replace(joined, count=len(joined.sizes))


def _run(data: bytes, body: int, default_flags: int) -> _Run:
    flags, count = struct.unpack_from(">II", data, body)  # the version is above the flags
    if count == 0:
        raise DamagedFile("a track run without samples")
    at, data_offset, first_flags = body + 8, 0, default_flags
    if flags & 0x1:
        (data_offset,) = struct.unpack_from(">i", data, at)
        at += 4
    if flags & 0x4:
        (first_flags,) = struct.unpack_from(">I", data, at)
        at += 4
    signed = "i" if data[body] else "I"  # version 1 has signed composition offsets
    kinds = [
        kind
        for bit, kind in zip((1, 2, 4, 8), ("I", "I", "I", signed), strict=True)
        if flags >> 8 & bit
    ]
    row = struct.Struct(">" + "".join(kinds))
    table = data[at : at + count * row.size]
    if len(table) < count * row.size:
        raise DamagedFile("a track run that ends early")
    columns = iter(zip(*row.iter_unpack(table), strict=True) if kinds else ())
    durations = array("Q", next(columns) if flags & 0x100 else ())
    sizes = array("Q", next(columns) if flags & 0x200 else ())
    if flags & 0x400:
        first_flags = next(columns)[0]
    compositions = array("q", next(columns) if flags & 0x800 else ())
    return _Run(count, data_offset, first_flags, durations, sizes, compositions)
