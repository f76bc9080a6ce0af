"""The reader of ISO base media files, on files built byte by byte."""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

import pytest

from media.isobmff.boxes import DamagedFile, boxes
from media.isobmff.fragments import Fragment, Reference, read_nal_types, read_segment
from media.isobmff.header import Header, read_header


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full(kind: str, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def u32(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def header(entry: bytes, *, edits: bytes = b"", version: int = 0) -> bytes:
    times = struct.pack(">QQ", 0, 0) if version else u32(0, 0)
    stbl = box("stbl", full("stsd", 0, 0, u32(1), entry))
    media = box("mdia", full("mdhd", version, 0, times, u32(24000, 0)), box("minf", stbl))
    defaults = full("trex", 0, 0, u32(1, 1, 1001, 7, 0x10000))
    return box("ftyp", b"cmf2") + box("moov", box("trak", edits, media), box("mvex", defaults))


def avc_entry(*children: bytes) -> bytes:
    visual = bytes(24) + struct.pack(">HH", 320, 180) + bytes(50)
    return box("avc1", visual, box("avcC", b"\x01\x64\x00\x1f\xff"), *children)


def edit_list(media_time: int, entries: int = 1) -> bytes:
    return box("edts", full("elst", 0, 0, u32(entries), struct.pack(">Iii", 0, media_time, 1)))


PLAIN = Header(24000, "mp4a", 0, 1001, 7, 0x10000, 0, 0, 0, 2)


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "file.mp4"
    path.write_bytes(data)
    return path


def test_a_video_header_tells_codec_size_edit_and_defaults(tmp_path: Path) -> None:
    colour = box("colr", b"nclx", struct.pack(">HHHB", 9, 16, 9, 0))
    data = header(avc_entry(colour), edits=edit_list(2002), version=1)
    assert read_header(saved(tmp_path, data)) == Header(
        timescale=24000,
        codec="avc1.64001f",
        edit_start_ticks=2002,
        default_duration_ticks=1001,
        default_size_bytes=7,
        default_flags=0x10000,
        nal_length_bytes=4,
        width=320,
        height=180,
        transfer=16,  # PQ
        primaries=9,
        matrix=9,
        bit_depth=8,
    )


def test_an_audio_header_without_edit_list_starts_at_zero(tmp_path: Path) -> None:
    assert read_header(saved(tmp_path, header(box("mp4a", bytes(28))))) == PLAIN


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a readable initialization segment"),
        (b"plain text, no boxes at all", "runs past the end of the file"),
        (header(box("mp4a", bytes(28)))[:-4], "runs past the end of the file"),
        (header(box("mp4a", bytes(28)), edits=edit_list(-1)), "edit list"),
        (header(box("mp4a", bytes(28)), edits=edit_list(5, entries=2)), "edit list"),
        (header(b""), "not a readable initialization segment"),
    ],
)
def test_what_is_no_header_is_damaged(data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=why):
        read_header(saved(tmp_path, data))


def fragment(start: int, run: bytes, *, defaults: tuple[int, bytes] = (0x20000, b"")) -> bytes:
    flags, values = defaults
    traf = box(
        "traf",
        full("tfhd", 0, flags, u32(1), values),
        full("tfdt", 1, 0, struct.pack(">Q", start)),
        run,
    )
    return box("moof", full("mfhd", 0, 0, u32(1)), traf)


def test_a_run_with_every_column_is_read_sample_by_sample(tmp_path: Path) -> None:
    rows = [(1000, 50, 0, 2000), (1000, 20, 0x10000, -1000), (500, 10, 0x10000, 0)]
    table = b"".join(struct.pack(">IIIi", *row) for row in rows)
    moof = fragment(9000, full("trun", 1, 0xF01, u32(3, 200), table))
    segment = read_segment(saved(tmp_path, moof + box("mdat", bytes(80))), PLAIN)
    assert segment.size_bytes == len(moof) + 88
    assert segment.samples == 3
    assert segment.fragments == (
        Fragment(
            offset=0,
            data_offset=200,
            decode_start_ticks=9000,
            first_presented_ticks=9000,
            durations_ticks=array("Q", [1000, 1000, 500]),
            sizes_bytes=array("Q", [50, 20, 10]),
            starts_with_sync=True,
        ),
    )
    assert segment.fragments[0].decode_end_ticks == 11500


def test_what_a_run_leaves_out_comes_from_the_fragment_or_the_header(tmp_path: Path) -> None:
    from_header = fragment(0, full("trun", 0, 0x0, u32(2)))
    from_fragment = fragment(
        2002, full("trun", 0, 0x4, u32(2, 0x0)), defaults=(0x20018, u32(900, 33))
    )
    segment = read_segment(saved(tmp_path, from_header + from_fragment), PLAIN)
    assert [
        (list(f.durations_ticks), list(f.sizes_bytes), f.starts_with_sync)
        for f in segment.fragments
    ] == [([1001, 1001], [7, 7], False), ([900, 900], [33, 33], True)]


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_tells_where_subsegments_lie(version: int, tmp_path: Path) -> None:
    times = struct.pack(">QQ" if version else ">II", 4000, 0)
    entries = u32(120, 2000, 0x90000000, 80, 1500, 0x10000000)
    sidx = full("sidx", version, 0, u32(1, 1000), times, struct.pack(">HH", 0, 2), entries)
    moof = fragment(0, full("trun", 0, 0, u32(1)))
    assert read_segment(saved(tmp_path, sidx + moof), PLAIN).references == (
        Reference(len(sidx), 120, 2000, True),
        Reference(len(sidx) + 120, 80, 1500, False),
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no movie fragment"),
        (box("mdat", bytes(9)), "no movie fragment"),
        (b"\x00\x00", "2 stray bytes"),
        (fragment(0, full("trun", 0, 0, u32(1)))[:-1], "runs past the end of the file"),
        (fragment(0, full("trun", 0, 0, u32(0))), "without samples"),
        (fragment(0, full("trun", 0, 0x200, u32(3, 1, 2))), "ends early"),
        (fragment(0, b""), "0 track runs"),
        (box("moof", b""), "not a readable media segment"),
    ],
)
def test_what_is_no_segment_is_damaged(data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=why):
        read_segment(saved(tmp_path, data), PLAIN)


def test_boxes_with_64_bit_sizes_and_sizes_to_the_end_are_followed() -> None:
    large = struct.pack(">I4sQ", 1, b"free", 20) + bytes(4)
    last = struct.pack(">I4s", 0, b"mdat") + bytes(6)
    assert list(boxes(large + last)) == [("free", 16, 20), ("mdat", 28, 34)]


def test_nal_units_of_a_sample_are_listed_by_type(tmp_path: Path) -> None:
    sample = b"\x00\x02\x06\xff" + b"\x00\x03\x65aa"
    path = saved(tmp_path, b"head" + sample)
    assert read_nal_types(path, 4, len(sample), 2) == (6, 5)
    with pytest.raises(DamagedFile, match="ends inside a sample"):
        read_nal_types(path, 4, len(sample) + 9, 2)
