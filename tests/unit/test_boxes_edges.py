"""Boxes at the edges: sizes that just fit, and what a header leaves open."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest

from media.isobmff.boxes import DamagedFile, boxes, child, file_boxes
from media.isobmff.header import read_header
from tests.unit.test_conformance_boxes import avc_entry, box, header, saved


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
