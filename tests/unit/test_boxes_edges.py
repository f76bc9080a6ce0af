"""Boxes at the edges: sizes that just fit, and what a header leaves open."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest

from media.isobmff.boxes import DamagedFile, boxes, child, file_boxes
from media.isobmff.header import read_header
from tests.unit.test_conformance_boxes import avc_entry, box, edit_list, full, header, saved, u32


def test_a_box_ends_inside_its_parent() -> None:
    assert list(boxes(b"\x00\x00\x00\x08free")) == [("free", 8, 8)]
    for damaged in (b"\x00\x00\x00\x09free", b"\x00\x00\x00\x07free"):
        with pytest.raises(DamagedFile, match="runs past its parent"):
            list(boxes(damaged))
    assert list(boxes(b"\x00\x00\x00\x08fre")) == []  # seven bytes are no head


def test_a_box_at_the_top_of_a_file_may_be_long_or_go_on_to_its_end() -> None:
    long = struct.pack(">I4sQ", 1, b"mdat", 20) + b"abcd"
    open_ended = struct.pack(">I4s", 0, b"mdat") + bytes(12)
    assert list(file_boxes(BytesIO(box("free") + long + open_ended))) == [
        ("free", 0, 8, 8),
        ("mdat", 8, 24, 28),
        ("mdat", 28, 36, 48),
    ]
    with pytest.raises(DamagedFile, match="at byte 0 runs past the end"):
        list(file_boxes(BytesIO(long[:-1])))
    with pytest.raises(DamagedFile, match="3 stray bytes at byte 8"):
        list(file_boxes(BytesIO(box("free") + b"abc")))


def test_a_box_that_goes_on_to_the_end_goes_on_to_its_parents() -> None:
    open_ended = struct.pack(">I4s", 0, b"mdat") + bytes(4)
    data = box("moov", open_ended) + box("free")
    assert list(boxes(data, 8, 20)) == [("mdat", 16, 20)]
    assert list(boxes(data, 20)) == [("free", 28, 28)]


def test_a_long_size_counts_its_own_16_bytes() -> None:
    assert list(boxes(struct.pack(">I4sQ", 1, b"mdat", 16))) == [("mdat", 16, 16)]
    short = struct.pack(">I4sQ", 1, b"mdat", 15)
    with pytest.raises(DamagedFile, match="runs past its parent"):
        list(boxes(short))
    with pytest.raises(DamagedFile, match="runs past the end of the file"):
        list(file_boxes(BytesIO(short)))


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I4s", 7, b"free"),  # shorter than its own head
        struct.pack(">I4s", 1, b"free"),  # a long size that is not there
        struct.pack(">I4sI", 1, b"free", 0) + bytes(3),
        struct.pack(">I4s", 9, b"free"),
    ],
)
def test_a_size_that_cannot_be_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedFile, match="box b'free' at byte 0 runs past the end of the file"):
        list(file_boxes(BytesIO(data)))


def test_of_boxes_of_one_name_a_path_leads_into_the_first() -> None:
    tracks = [box("trak", box("tkhd", name)) for name in (b"abc", b"d")]
    data = box("free") + box("moov", *tracks) + box("moov")
    start, end = child(data, "moov/trak/tkhd")
    assert data[start:end] == b"abc"
    assert child(data, "moov") == (16, 16 + sum(map(len, tracks)))
    with pytest.raises(KeyError, match="trak"):
        child(data, "trak", 0, 8)


def test_a_path_leads_to_the_body_of_a_box() -> None:
    data = box("moov", box("free"), box("trak", box("tkhd", b"abc")))
    start, end = child(data, "moov/trak/tkhd")
    assert data[start:end] == b"abc"
    with pytest.raises(KeyError, match="mdia"):
        child(data, "moov/trak/mdia")


@pytest.mark.parametrize(
    ("colour", "transfer"),
    [
        (box("colr", b"nclx", struct.pack(">HHHB", 9, 18, 9, 0)), 18),
        (box("colr", b"nclx", struct.pack(">HHHB", 9, 0x0110, 9, 0)), 0x0110),
        (box("colr", b"prof", bytes(7)), 2),
        (b"", 2),
    ],
)
def test_a_header_says_its_transfer_or_leaves_it_open(
    colour: bytes, transfer: int, tmp_path: Path
) -> None:
    found = read_header(saved(tmp_path, header(avc_entry(colour))))
    assert (found.transfer, found.nal_length_bytes, found.width, found.height) == (
        *(transfer, 4),
        *(320, 180),
    )


def visual(kind: str, configuration: bytes) -> bytes:
    return box(kind, bytes(24) + struct.pack(">HH", 320, 180) + bytes(50), configuration)


@pytest.mark.parametrize(
    ("last_byte", "length_bytes"), [(0xFC, 1), (0xFD, 2), (0xFF, 4), (0x03, 4), (0x00, 1)]
)
@pytest.mark.parametrize("kind", ["avc1", "avc3"])
def test_lengths_of_nal_units_have_as_many_bytes_as_the_configuration_says(
    kind: str, last_byte: int, length_bytes: int, tmp_path: Path
) -> None:
    # ISO/IEC 14496-15, 5.3.3.1.2: lengthSizeMinusOne has two bits, the others are reserved.
    entry = visual(kind, box("avcC", bytes([1, 0x4D, 0x40, 0x1E, last_byte])))
    found = read_header(saved(tmp_path, header(entry)))
    assert (found.codec, found.nal_length_bytes) == (f"{kind}.4d401e", length_bytes)
    assert (found.width, found.height) == (320, 180)


@pytest.mark.parametrize(
    ("edits", "start_ticks"),
    [
        (edit_list(0), 0),
        (edit_list(1), 1),
        (box("edts", full("elst", 1, 0, u32(1), struct.pack(">Qqi", 5, 1 << 33, 1))), 1 << 33),
        (box("edts"), 0),
    ],
)
def test_an_edit_list_has_32_or_64_bits(edits: bytes, start_ticks: int, tmp_path: Path) -> None:
    data = header(box("mp4a", bytes(28)), edits=edits)
    assert read_header(saved(tmp_path, data)).edit_start_ticks == start_ticks


@pytest.mark.parametrize(
    "edits",
    [
        box("edts", full("elst", 1, 0, u32(1), struct.pack(">Qqi", 5, -1, 1))),
        edit_list(0, entries=0),
    ],
)
def test_an_edit_that_shows_nothing_is_not_cmafs(edits: bytes, tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="an edit list that is not the single offset"):
        read_header(saved(tmp_path, header(box("mp4a", bytes(28)), edits=edits)))


@pytest.mark.parametrize("version", [0, 1])
def test_a_track_whose_clock_stands_is_damaged(version: int, tmp_path: Path) -> None:
    data = header(box("mp4a", bytes(28)), version=version)
    assert read_header(saved(tmp_path, data)).timescale == 24_000
    with pytest.raises(DamagedFile, match=r"^a timescale of zero$"):
        read_header(saved(tmp_path, data.replace(u32(24000), u32(0))))
    slow = data.replace(u32(24000), u32(1))
    assert read_header(saved(tmp_path, slow)).timescale == 1
