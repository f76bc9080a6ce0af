"""Media segments column by column: every flag of `tfhd`, `trun` and `sidx` (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from array import array
from itertools import product
from pathlib import Path

import pytest

from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import Fragment, Reference, read_nal_types, read_segment
from tests.unit.test_conformance_boxes import PLAIN, box, fragment, full, saved, u32

MEBIBYTE = 1024 * 1024
SETS = list(product([False, True], repeat=5))  # of five flags
ONE_SAMPLE = full("trun", 0, 0, u32(1))


def only_fragment(folder: Path, moof: bytes) -> Fragment:
    (found,) = read_segment(saved(folder, moof), PLAIN).fragments
    return found


@pytest.mark.parametrize("present", SETS)
def test_a_fragment_overrides_the_header_field_by_field(
    present: tuple[bool, ...], tmp_path: Path
) -> None:
    # 8.8.7: base_data_offset and sample_description_index lie before the three defaults.
    fields = [(0x1, u32(0, 4)), (0x2, u32(1)), (0x8, u32(901)), (0x10, u32(33)), (0x20, u32(0))]
    flags = sum(flag for (flag, _), there in zip(fields, present, strict=True) if there)
    values = b"".join(value for (_, value), there in zip(fields, present, strict=True) if there)
    moof = fragment(0, ONE_SAMPLE, defaults=(0x20000 | flags, values))
    found = only_fragment(tmp_path, moof)
    _, _, duration, size, kind = present
    assert found.durations_ticks == array("Q", [901 if duration else 1001])
    assert found.sizes_bytes == array("Q", [33 if size else 7])
    assert found.starts_with_sync is kind  # the header says that samples are no sync samples


@pytest.mark.parametrize("present", SETS)
@pytest.mark.parametrize("version", [0, 1])
def test_a_run_has_the_columns_its_flags_name(
    present: tuple[bool, ...], version: int, tmp_path: Path
) -> None:
    offset, *columns = present
    rows = [(1000, 50, 0x2000000, 300), (1003, 21, 0x1010000, 100), (507, 10, 0x1010000, 0)]
    flags = offset + sum(0x100 << index for index, there in enumerate(columns) if there)
    table = b"".join(
        u32(*(value for value, there in zip(row, columns, strict=True) if there)) for row in rows
    )
    run = full("trun", version, flags, u32(3), u32(200) if offset else b"", table)
    durations, sizes, kinds, compositions = columns
    ticks = [1000, 1003, 507] if durations else [1001] * 3
    assert only_fragment(tmp_path, fragment(9000, run)) == Fragment(
        offset=0,
        data_offset=200 if offset else 0,
        decode_start_ticks=9000,
        first_presented_ticks=9300 if compositions else 9000,
        durations_ticks=array("Q", ticks),
        sizes_bytes=array("Q", [50, 21, 10] if sizes else [7] * 3),
        starts_with_sync=kinds,
    )


def test_composition_offsets_are_signed_in_version_1_alone(tmp_path: Path) -> None:
    offsets = struct.pack(">ii", 0x7FFF_FFFF, -1500)
    signed = fragment(9000, full("trun", 1, 0x800, u32(2), offsets))
    assert only_fragment(tmp_path, signed).first_presented_ticks == 9000 + 1001 - 1500
    unsigned = fragment(9000, full("trun", 0, 0x800, u32(1), u32(0x8000_0000)))
    assert only_fragment(tmp_path, unsigned).first_presented_ticks == 9000 + (1 << 31)


@pytest.mark.parametrize(
    ("sample_flags", "sync"),
    [
        (0x0200_0000, True),  # an I picture: depends on no other
        (0x0101_0000, False),
        (0x0001_0000, False),
        (0xFFFE_FFFF, True),  # all that says something else
        (0x0002_0000, True),
        (0x0000_8000, True),
    ],
)
def test_one_bit_of_the_first_samples_flags_says_that_it_is_no_sync_sample(
    sample_flags: int, sync: bool, tmp_path: Path
) -> None:
    first = full("trun", 0, 0x4, u32(2, sample_flags))
    assert only_fragment(tmp_path, fragment(0, first)).starts_with_sync is sync
    each = full("trun", 0, 0x400, u32(2, sample_flags, sample_flags ^ 0x10000))
    assert only_fragment(tmp_path, fragment(0, each)).starts_with_sync is sync


def test_the_decode_time_has_32_bits_in_version_0(tmp_path: Path) -> None:
    traf = box("traf", full("tfhd", 0, 0, u32(1)), full("tfdt", 0, 0, u32(77)), ONE_SAMPLE)
    assert only_fragment(tmp_path, box("moof", traf)).decode_start_ticks == 77
    late = fragment(1 << 40, ONE_SAMPLE)
    assert only_fragment(tmp_path, late).decode_end_ticks == (1 << 40) + 1001


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_counts_from_its_own_end_and_tells_what_each_part_starts_with(
    version: int, tmp_path: Path
) -> None:
    # reference_type and referenced_size share a word, as do the three fields on SAPs (8.16.3).
    times = struct.pack(">QQ" if version else ">II", 4000, 40)
    entries = u32(0x8000_0079, 2000, 0x7FFF_FFFF, 0x7FFF_FFFF, 1500, 0x8000_0000)
    sidx = full("sidx", version, 0, u32(1, 1000), times, struct.pack(">HH", 9, 2), entries)
    segment = read_segment(saved(tmp_path, box("styp") + sidx + fragment(0, ONE_SAMPLE)), PLAIN)
    first = 8 + len(sidx) + 40
    assert segment.references == (
        Reference(first, 0x79, 2000, False),
        Reference(first + 0x79, 0x7FFF_FFFF, 1500, True),
    )


def test_fragments_and_indexes_are_found_among_other_boxes(tmp_path: Path) -> None:
    moof = fragment(0, full("trun", 0, 1, u32(2, 500)))
    sidx = full("sidx", 0, 0, u32(1, 1000, 0, 0), struct.pack(">HH", 0, 1), u32(9, 9, 0))
    parts = [box("styp", b"msdh"), sidx, sidx, moof, box("mdat", bytes(14)), moof, box("free")]
    segment = read_segment(saved(tmp_path, b"".join(parts)), PLAIN)
    starts = [sum(map(len, parts[:index])) for index in (3, 5)]
    assert [fragment.offset for fragment in segment.fragments] == starts
    assert [fragment.data_offset for fragment in segment.fragments] == [s + 500 for s in starts]
    assert (len(segment.references), segment.samples) == (2, 4)
    assert segment.size_bytes == sum(map(len, parts))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (fragment(0, ONE_SAMPLE * 2), "2 track runs in a fragment; CMAF has one"),
        (full("sidx", 0, 0), "file.mp4 is not a readable media segment"),
        (box("sidx"), "file.mp4 is not a readable media segment"),
        (box("moof", box("traf")), "file.mp4 is not a readable media segment"),
        # a traf beside the moof is none of its own
        (box("moof") + fragment(0, ONE_SAMPLE)[24:], "file.mp4 is not a readable media segment"),
        (fragment(0, full("trun", 0, 0x100, u32(2, 1000), bytes(3))), "ends early"),
    ],
)
def test_what_is_cut_off_or_doubled_is_damage(data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=f"^.*{why}$"):
        read_segment(saved(tmp_path, data), PLAIN)


@pytest.mark.parametrize(
    ("kind", "body_bytes", "why"),
    [
        ("moof", 64 * MEBIBYTE + 1, "box moof of 67108865 bytes"),
        ("sidx", 64 * MEBIBYTE + 1, "box sidx of 67108865 bytes"),
        ("moof", 64 * MEBIBYTE, "is not a readable media segment"),  # read, and without a traf
    ],
)
def test_more_than_64_mebibytes_of_boxes_are_not_read(
    kind: str, body_bytes: int, why: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, struct.pack(">I4s", 8 + body_bytes, kind.encode()))
    with path.open("r+b") as file:
        file.truncate(8 + body_bytes)  # a hole: nothing of it lies on the disk
    with pytest.raises(DamagedFile, match=why):
        read_segment(path, PLAIN)


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_a_nal_units_type_is_the_low_five_bits_of_its_first_byte(
    length_bytes: int, tmp_path: Path
) -> None:
    units = [b"\x67a", b"\xffbc", b"\x20", b"\x65defg"]
    sample = b"".join(len(unit).to_bytes(length_bytes, "big") + unit for unit in units)
    path = saved(tmp_path, b"head" + sample + b"tail")
    assert read_nal_types(path, 4, len(sample), length_bytes) == (7, 31, 0, 5)
    assert read_nal_types(path, 4, 0, length_bytes) == ()


def test_a_nal_unit_without_its_first_byte_is_damage(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"^file\.mp4 ends inside a sample$"):
        read_nal_types(saved(tmp_path, b"\x00\x05"), 0, 2, 2)
