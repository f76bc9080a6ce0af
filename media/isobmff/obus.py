"""AV1 samples: the open bitstream units of a temporal unit (AV1 specification, 5.3 and 5.9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media.isobmff.boxes import DamagedFile

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6  # obu_type, section 6.2.2
KEY_FRAME = 0  # frame_type, section 6.8.2
HEADS_BYTES = 1 << 16  # of a sample: what comes before its first frame is a few hundred bytes


@dataclass(frozen=True, slots=True)
class Obu:
    """A unit by its type; of a frame or its header also what kind of frame it is."""

    kind: int
    frame_type: int | None = None  # None too where a frame is shown that was decoded before


def read_obus(path: Path, offset: int, size_bytes: int) -> tuple[Obu, ...]:
    """Return the units of one sample up to its first frame; raise DamagedFile where they end."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(min(size_bytes, HEADS_BYTES))
    try:
        return tuple(_obus(data))
    except IndexError as error:
        raise DamagedFile(f"{path.name} ends inside a sample") from error


def _obus(data: bytes) -> Iterator[Obu]:
    position = 0
    while position < len(data):
        head = data[position]
        kind = (head >> 3) & 15
        position += 2 if head & 4 else 1  # with an extension
        size = len(data) - position
        if head & 2:
            size, position = _leb128(data, position)
        if kind in (FRAME, FRAME_HEADER):
            first = data[position]
            yield Obu(kind, None if first & 0x80 else (first >> 5) & 3)
            return
        yield Obu(kind)
        position += size


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return value, position
