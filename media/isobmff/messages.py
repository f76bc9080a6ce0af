"""The SEI messages of H.264 samples: read without the pictures behind them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import Segment

SEI = 6  # nal_unit_type (ITU-T H.264, table 7-1)
_PICTURE = range(1, 6)  # slices; SEI units come before them


def read_sei(path: Path, segment: Segment, length_bytes: int) -> Iterator[bytes]:
    """Yield every SEI unit of a segment's samples, in decoding order, without its length."""
    with path.open("rb") as file:
        for fragment in segment.fragments:
            at = fragment.data_offset
            for size_bytes in fragment.sizes_bytes:
                yield from _sei_of(file, path.name, at, at + size_bytes, length_bytes)
                at += size_bytes


def _sei_of(file: BinaryIO, name: str, at: int, end: int, length_bytes: int) -> Iterator[bytes]:
    while at < end:
        file.seek(at)
        head = file.read(length_bytes + 1)
        if len(head) <= length_bytes:
            raise DamagedFile(f"{name} ends inside a sample")
        size_bytes, kind = int.from_bytes(head[:-1], "big"), head[-1] & 0x1F
        if kind in _PICTURE:
            return
        if kind == SEI:
            yield head[-1:] + file.read(size_bytes - 1)
        at += length_bytes + size_bytes
