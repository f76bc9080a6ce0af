"""Codec strings from configuration boxes that encoders really wrote."""

from __future__ import annotations

import pytest

from media.isobmff.codec_strings import Configured, configured

HVCC = bytes.fromhex(
    "0102200000009000000000003ff000fcfdfafa00000f04a00001001840010c01ffff0220000003009000000300000300"
)
AV1C = bytes.fromhex("81014d000a0f0200000d6627fb3805f0a12201248000")
AVCC = bytes.fromhex("0164001fffe1")


def boxed(kind: str, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind.encode() + body


def read(entry: str, kind: str, body: bytes) -> Configured | None:
    data = b"head" + boxed("free", b"x") + boxed(kind, body)
    return configured(data, entry, 4, len(data))


@pytest.mark.parametrize(
    ("entry", "kind", "body", "codec", "depth", "nal_length"),
    [
        ("hvc1", "hvcC", HVCC, "hvc1.2.4.L63.90", 10, 4),
        ("hev1", "hvcC", HVCC, "hev1.2.4.L63.90", 10, 4),
        ("av01", "av1C", AV1C, "av01.0.01M.10", 10, 0),
        ("avc1", "avcC", AVCC, "avc1.64001f", 8, 4),
        ("avc3", "avcC", AVCC, "avc3.64001f", 8, 4),
    ],
)
def test_a_sample_entry_tells_the_codec_and_its_depth(
    entry: str, kind: str, body: bytes, codec: str, depth: int, nal_length: int
) -> None:
    assert read(entry, kind, body) == Configured(codec, depth, nal_length, body)


@pytest.mark.parametrize(
    ("changes", "codec", "depth"),
    [
        ({1: 0x01, 2: 0x60, 6: 0xB0}, "hvc1.1.6.L63.B0", 10),
        ({1: 0x62}, "hvc1.A2.4.H63.90", 10),
        ({6: 0x90, 7: 0x08}, "hvc1.2.4.L63.90.8", 10),
        ({6: 0x00}, "hvc1.2.4.L63", 10),
        ({17: 0xF8}, "hvc1.2.4.L63.90", 8),
    ],
)
def test_hevc_is_told_by_space_flags_tier_and_constraints(
    changes: dict[int, int], codec: str, depth: int
) -> None:
    body = bytearray(HVCC)
    for place, value in changes.items():
        body[place] = value
    found = read("hvc1", "hvcC", bytes(body))
    assert found is not None
    assert (found.codec, found.bit_depth) == (codec, depth)


@pytest.mark.parametrize(
    ("second", "third", "codec", "depth"),
    [
        (0x09, 0x0C, "av01.0.09M.08", 8),
        (0x2D, 0xCC, "av01.1.13H.10", 10),
        (0x4D, 0x6C, "av01.2.13M.12", 12),
    ],
)
def test_av1_is_told_by_profile_level_tier_and_depth(
    second: int, third: int, codec: str, depth: int
) -> None:
    found = read("av01", "av1C", bytes([0x81, second, third, 0]))
    assert found is not None
    assert (found.codec, found.bit_depth) == (codec, depth)


def test_an_entry_of_another_codec_tells_nothing_and_one_without_its_box_is_damaged() -> None:
    assert read("mp4a", "esds", b"") is None
    with pytest.raises(KeyError):
        read("av01", "hvcC", HVCC)
