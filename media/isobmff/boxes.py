"""ISO base media boxes, in bytes and in files (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

HEAD_BYTES = 8  # size and type
LARGE_HEAD_BYTES = 16  # with a 64-bit size


class DamagedFile(ValueError):
    """The bytes are not a whole, readable ISO base media file."""


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int, int]]:
    """Yield (type, body start, body end) of each box in `data[start:end]`."""
    end = len(data) if end is None else end
    while start + HEAD_BYTES <= end:
        kind, body, stop = box_at(data, start, start, end)
        yield kind, body, stop
        start = stop


def box_at(data: bytes, offset: int, start: int, end: int) -> tuple[str, int, int]:
    """Return type, body start and body end of the box at byte `start` of its file.

    Its head lies at `offset` of `data`; its parent ends at byte `end`. Raises DamagedFile where it
    would not fit.
    """
    size, kind = struct.unpack_from(">I4s", data, offset)
    body = start + HEAD_BYTES
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, offset + HEAD_BYTES)
        body = start + LARGE_HEAD_BYTES
    stop = start + size if size else end
    if stop < body or stop > end:
        raise DamagedFile(f"box {kind!r} at byte {start} runs past its parent")
    return kind.decode("latin-1"), body, stop


def child(data: bytes, path: str, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """Return (start, end) of the body of the box at a path such as "moov/trak"; else KeyError."""
    for name in path.split("/"):
        for kind, body, stop in boxes(data, start, end):
            if kind == name:
                start, end = body, stop
                break
        else:
            raise KeyError(name)
    return start, len(data) if end is None else end


def file_boxes(file: BinaryIO) -> Iterator[tuple[str, int, int, int]]:
    """Yield (type, start, body start, end) of each box at the top of an open file.

    Only heads are read; the file's position afterwards is unspecified.
    """
    size = file.seek(0, 2)
    start = 0
    while start < size:
        file.seek(start)
        head = file.read(LARGE_HEAD_BYTES)
        if len(head) < HEAD_BYTES:
            raise DamagedFile(f"{len(head)} stray bytes at byte {start}")
        length, kind = struct.unpack_from(">I4s", head)
        body = start + HEAD_BYTES
        if length == 1 and len(head) == LARGE_HEAD_BYTES:
            (length,) = struct.unpack_from(">Q", head, HEAD_BYTES)
            body = start + LARGE_HEAD_BYTES
        end = start + length if length else size
        if end < body or end > size:
            raise DamagedFile(f"box {kind!r} at byte {start} runs past the end of the file")
        yield kind.decode("latin-1"), start, body, end
        start = end
