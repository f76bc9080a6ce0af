"""Caption data as pictures carry it: three bytes at a time (CTA-708, 4.3), each with its time.

The first byte says whether the other two are valid, and of what: 0 and 1 are the two fields of
CEA-608, 2 and 3 a packet of CEA-708. A file of it has a line a picture: milliseconds, then the
bytes in hexadecimal; pictures that carry nothing have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VALID = 0x04
KIND = 0x03
CEA_608_KINDS = (0, 1)  # field 1, field 2
PARITY = 0x80

_SEI = 6  # nal_unit_type of H.264
_REGISTERED = 4  # payloadType of user_data_registered_itu_t_t35
_CAPTIONS = b"\xb5\x00\x31GA94\x03"  # USA, ATSC, its identifier, cc_data (A/53 part 4, 6.2.3)
_ESCAPED, _UNESCAPED = b"\x00\x00\x03", b"\x00\x00"


def captions_name(stream_index: int) -> str:
    """Return the name of the file of what a stream carries."""
    return f"captions-{stream_index}.txt"


@dataclass(frozen=True, slots=True)
class Carried:
    """The caption data of one picture: whole threes, all of them valid."""

    time_ms: int
    data: bytes

    def of_kinds(self, *kinds: int) -> Iterator[tuple[int, int, int]]:
        """Yield the kind and the two bytes of each three that is of one of these kinds."""
        for first, second, third in threes(self.data):
            if first & KIND in kinds:
                yield first & KIND, second, third


def threes(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield caption data three bytes at a time; what is left over at the end is no data."""
    return zip(data[::3], data[1::3], data[2::3], strict=False)


def told(data: bytes) -> bytes:
    """Return the caption data that says something: no padding, no empty pairs of CEA-608."""
    kept = bytearray()
    for three in threes(data):
        first, second, third = three
        empty = first & KIND in CEA_608_KINDS and not (second | third) & ~PARITY
        if first & VALID and not empty:
            kept += bytes(three)
    return bytes(kept)


def a53_data(access_unit: bytes) -> bytes:
    """Return the caption data in the SEI messages of an H.264 access unit (Annex B)."""
    found = b""
    if _CAPTIONS not in access_unit:
        return found
    for unit in access_unit.split(b"\x00\x00\x01"):
        if unit and unit[0] & 0x1F == _SEI:
            found += sei_data(unit)
    return found


def sei_data(unit: bytes) -> bytes:
    """Return the caption data in one SEI unit of H.264."""
    found = b""
    for payload in _messages(unit[1:].replace(_ESCAPED, _UNESCAPED)):
        if payload.startswith(_CAPTIONS):
            found += payload[len(_CAPTIONS) + 2 : -1]  # behind flags; before marker bits
    return found


def _messages(sei: bytes) -> Iterator[bytes]:
    """Yield the registered user data of an SEI unit (H.264, 7.3.2.3.1)."""
    at = 0
    while at + 2 < len(sei):  # the last byte is the stop bit
        kind, at = _number(sei, at)
        size, at = _number(sei, at)
        if kind == _REGISTERED:
            yield sei[at : at + size]
        at += size


def _number(sei: bytes, at: int) -> tuple[int, int]:
    value = 0
    while at < len(sei) and sei[at] == 0xFF:
        value, at = value + 0xFF, at + 1
    return (value + sei[at], at + 1) if at < len(sei) else (value, at)


def written(carried: Iterable[Carried]) -> Iterator[str]:
    """Yield a line for each picture that carries something."""
    for picture in carried:
        if data := told(picture.data):
            yield f"{picture.time_ms} {data.hex()}\n"


def read_carried(lines: Iterable[str]) -> Iterator[Carried]:
    """Yield what `written` wrote."""
    for line in lines:
        time_ms, data = line.split()
        yield Carried(int(time_ms), bytes.fromhex(data))
