"""What the configuration in a video sample entry says: RFC 6381's name of the codec, and depth.

avcC and hvcC: ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1, names in annex E. av1C: "AV1 Codec ISO Media
File Format Binding", 2.3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from media.isobmff.boxes import child


@dataclass(frozen=True, slots=True)
class Configured:
    """What decoding needs to know beforehand, as far as manifests tell of it."""

    codec: str  # "avc1.64001f", "hvc1.2.4.L63.90", "av01.0.01M.10"
    bit_depth: int
    nal_length_bytes: int  # 0 for codecs without NAL units
    configuration: bytes  # the whole box body: equal for chunks that can be joined


def configured(data: bytes, entry: str, start: int, end: int) -> Configured | None:
    """Return what the sample entry `entry` says, whose child boxes lie in `data[start:end]`.

    None for an entry of no codec known here. Raises KeyError or IndexError for a damaged one.
    """
    if entry not in READERS:
        return None
    name, read = READERS[entry]
    at, stop = child(data, name, start, end)
    return read(entry, data[at:stop])


def _avc(entry: str, box: bytes) -> Configured:
    # Profiles above High may have more bits; nothing here makes them.
    return Configured(f"{entry}.{box[1:4].hex()}", 8, (box[4] & 3) + 1, box)


def _hevc(entry: str, box: bytes) -> Configured:
    space = ("", "A", "B", "C")[box[1] >> 6]
    tier = "H" if box[1] & 0x20 else "L"
    flags = int(f"{int.from_bytes(box[2:6], 'big'):032b}"[::-1], 2)  # in reverse bit order
    constraints = box[6:12].rstrip(b"\0")
    parts = (
        f"{space}{box[1] & 0x1F}",
        f"{flags:X}",
        f"{tier}{box[12]}",
        *(f"{each:X}" for each in constraints),
    )
    return Configured(".".join((entry, *parts)), 8 + (box[17] & 7), (box[21] & 3) + 1, box)


def _av1(entry: str, box: bytes) -> Configured:
    profile, level = box[1] >> 5, box[1] & 0x1F
    tier = "H" if box[2] & 0x80 else "M"
    high, twelve = bool(box[2] & 0x40), bool(box[2] & 0x20)
    depth = (12 if twelve else 10) if high else 8
    return Configured(f"{entry}.{profile}.{level:02}{tier}.{depth:02}", depth, 0, box)


READERS: Mapping[str, tuple[str, Callable[[str, bytes], Configured]]] = {
    "avc1": ("avcC", _avc),
    "avc3": ("avcC", _avc),
    "hvc1": ("hvcC", _hevc),
    "hev1": ("hvcC", _hevc),
    "av01": ("av1C", _av1),
}
