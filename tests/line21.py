"""Captions to test with: CEA-608 and CEA-708 as an encoder sends them, a few bytes a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from media.captions.carried import Carried

Pairs = list[bytes]

ROWS = {1: 0x1140, 2: 0x1160, 8: 0x1660, 14: 0x1450, 15: 0x1470}  # PACs, white, at the left
ORDERS = {
    **{"RCL": 0x1420, "RU2": 0x1425, "RU3": 0x1426, "RDC": 0x1429, "TR": 0x142A, "RTD": 0x142B},
    **{"EDM": 0x142C, "CR": 0x142D, "ENM": 0x142E, "EOC": 0x142F, "BS": 0x1421, "DER": 0x1424},
    **{"TO1": 0x1721, "TO3": 0x1723},
}
NTSC = Fraction(30000, 1001)


def pair(first: int, second: int) -> bytes:
    """Return two bytes with odd parity."""
    return bytes(byte | (0 if byte.bit_count() % 2 else 0x80) for byte in (first, second))


def letters(text: str) -> Pairs:
    """Return text, two letters a pair; `text` is ASCII."""
    codes = text.encode("ascii") + b"\0" * (len(text) % 2)
    return [pair(*codes[at : at + 2]) for at in range(0, len(codes), 2)]


def code(value: int, channel: str = "CC1") -> Pairs:
    """Return a code as a channel has it, twice, as it is sent."""
    first, second = value >> 8, value & 0xFF
    if channel in ("CC3", "CC4") and first == 0x14 and second < 0x40:
        first = 0x15
    if channel in ("CC2", "CC4"):
        first |= 0x08
    return [pair(first, second)] * 2


def orders(*names: str, channel: str = "CC1") -> Pairs:
    return [sent for name in names for sent in code(ORDERS[name], channel)]


def at_row(row: int, column: int = 0, channel: str = "CC1") -> Pairs:
    """Return the codes that move on to a row, and to a column that is divisible by four."""
    return code(ROWS[row] + (0x10 if column and row not in (14, 15) else 0) + column // 2, channel)


def pop_on(*lines: str, channel: str = "CC1", row: int = 15) -> Pairs:
    """Return a caption loaded and shown; its last line is on `row`, those before on 14."""
    sent = orders("RCL", "ENM", channel=channel)
    for line, place in zip(lines, (14, row)[-len(lines) :], strict=True):
        sent += at_row(place, channel=channel) + letters(line)
    return sent + orders("EOC", channel=channel)


def roll_up(line: str, channel: str = "CC1") -> Pairs:
    """Return a line that rolls in from below, of two that stay."""
    return orders("RU2", "CR", channel=channel) + at_row(15, channel=channel) + letters(line)


def field_of(channel: str) -> int:
    return 0 if channel in ("CC1", "CC2", "T1") else 1


def schedule(sent: Iterable[tuple[int, str, Pairs]], pictures: int) -> list[list[bytes]]:
    """Return what each picture carries: a pair of each field, sent from a picture on."""
    pairs: list[list[bytes]] = [[pair(0, 0)] * 2 for _ in range(pictures)]
    for start, channel, parts in sent:
        for offset, part in enumerate(parts):
            pairs[start + offset] = list(pairs[start + offset])
            pairs[start + offset][field_of(channel)] = part
    return [[bytes((0xFC | field,)) + both[field] for field in (0, 1)] for both in pairs]


def carried(pictures: Sequence[Sequence[bytes]], rate: Fraction = NTSC) -> tuple[Carried, ...]:
    """Return what pictures carry, at their times."""
    return tuple(
        Carried(round(number / rate * 1000), b"".join(threes))
        for number, threes in enumerate(pictures)
    )


def service_packet(number: int, text: bytes, sequence: int = 0) -> list[bytes]:
    """Return a packet of CEA-708 with one block for a service, in threes; at most 30 bytes."""
    head = bytes((number << 5 | len(text),)) if number < 7 else bytes((7 << 5 | len(text), number))
    body = head + text
    body += b"\0" * (1 - len(body) % 2)  # with its header byte the packet is even
    packet = bytes((sequence << 6 | (len(body) + 1) // 2,)) + body
    return [
        bytes((0xFF if at == 0 else 0xFE,)) + packet[at : at + 2] for at in range(0, len(packet), 2)
    ]


def sei(threes: Sequence[bytes]) -> bytes:
    """Return an H.264 NAL unit with an SEI message of captions (A/53 part 4, 6.2.3)."""
    data = bytes((0x40 | len(threes), 0xFF)) + b"".join(threes) + b"\xff"
    body = b"\xb5\x00\x31GA94\x03" + data
    size = b"\xff" * (len(body) // 255) + bytes((len(body) % 255,))
    return b"\0\0\0\x01\x06" + _escaped(b"\x04" + size + body + b"\x80")


def _escaped(payload: bytes) -> bytes:
    written = bytearray()
    for byte in payload:
        if byte <= 3 and written.endswith(b"\0\0"):
            written.append(3)
        written.append(byte)
    return bytes(written)
