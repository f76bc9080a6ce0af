"""What the services of CEA-708 say (CTA-708, 5 to 7): their text alone, to know what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from media.captions.carried import Carried

PACKET_START, PACKET_DATA = 3, 2  # the kinds of threes
MAX_CHARS = 100_000  # of a service: enough to know what it says

_EXTENDED_SERVICE = 7
_EXT1, _PAGE_16 = 0x10, 0x18
# Bytes that follow a code of C1 (7.1.4); those not named have none.
_ARGUMENTS: Mapping[int, int] = {
    **dict.fromkeys(range(0x88, 0x8E), 1),  # ClearWindows ... Delay
    **{0x90: 2, 0x91: 3, 0x92: 2, 0x97: 4},  # pen attributes, colour and location; window
    **dict.fromkeys(range(0x98, 0xA0), 6),  # DefineWindow
}


def read_services(carried: Iterable[Carried]) -> dict[int, str]:
    """Return the text of each service by its number, a space for whatever stands between."""
    said: dict[int, list[str]] = {}
    for packet in _packets(carried):
        for number, block in _blocks(packet):
            said.setdefault(number, []).append(_text(block))
    return {number: "".join(texts)[:MAX_CHARS] for number, texts in sorted(said.items())}


def _packets(carried: Iterable[Carried]) -> Iterator[bytes]:
    """Yield the caption channel packets without their headers; those cut short are left out."""
    packet = bytearray()
    for picture in carried:
        for kind, first, second in picture.of_kinds(PACKET_START, PACKET_DATA):
            if kind == PACKET_START:
                packet = bytearray()
            elif not packet:
                continue  # its start was lost
            packet += bytes((first, second))
            size = 2 * (packet[0] & 0x3F) or 128
            if len(packet) >= size:
                yield bytes(packet[1:size])
                packet = bytearray()


def _blocks(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks of a packet and the services they are for (CTA-708, 6.2)."""
    at = 0
    while at < len(packet):
        number, size = packet[at] >> 5, packet[at] & 0x1F
        at += 1
        if number == _EXTENDED_SERVICE and size and at < len(packet):
            number, at = packet[at] & 0x3F, at + 1
        if number == 0:
            return  # the rest is filling
        yield number, packet[at : at + size]
        at += size


def _text(block: bytes) -> str:
    """Return the letters of a block: G0, G1 and two-byte characters (CTA-708, 7.1)."""
    said, at = [], 0
    while at < len(block):
        code, at = block[at], at + 1
        if code == _EXT1 and at < len(block):
            code, at = block[at], at + 1
            at += _extended_arguments(code, block[at : at + 1])
            said.append(" ")
        elif code < 0x20:
            if code == _PAGE_16 and at + 1 < len(block):
                said.append(_letter(int.from_bytes(block[at : at + 2], "big")))
            at += 2 if code >= 0x18 else 1 if code > _EXT1 else 0
            said.append(" " if code != _PAGE_16 else "")
        elif 0x80 <= code < 0xA0:
            at += _ARGUMENTS.get(code, 0)
            said.append(" ")
        else:
            said.append(chr(code) if code != 0x7F else "♪")
    return "".join(said)


def _extended_arguments(code: int, following: bytes) -> int:
    """Return how many bytes follow a code of the extended sets C2 and C3 (CTA-708, 7.1.7)."""
    if code < 0x20:
        return code // 8
    if 0x90 <= code < 0xA0:  # the first of them tells
        return 1 + (following[0] & 0x1F if following else 0)
    return 4 if 0x80 <= code < 0x88 else 5 if 0x88 <= code < 0x90 else 0


def _letter(code: int) -> str:
    return chr(code) if not 0xD800 <= code < 0xE000 else " "
