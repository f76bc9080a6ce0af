"""The languages of an MP4's tracks as BCP-47 tags: `elng` boxes (ISO/IEC 14496-12, 8.4.6).

FFmpeg tells only the three letters of `mdhd`, in which pt-BR and pt-PT are one language. Heads are
all that is read of anything else, and only so many, whatever a file claims.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from media.isobmff.boxes import HEAD_BYTES, LARGE_HEAD_BYTES, DamagedFile, box_at

MAX_BOXES = 20_000  # 64 tracks have some 2,000
MAX_TAG_BYTES = 100
VERSION_BYTES = 4  # of a full box: version and flags


class _Heads:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_BOXES
        self.size_bytes = file.seek(0, 2)

    def within(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Yield type, start and end of the body of each box in [start, end)."""
        while start + HEAD_BYTES <= end:
            self._left -= 1
            if self._left < 0:
                raise DamagedFile(f"more than {MAX_BOXES:,} boxes")
            head = self.read(start, LARGE_HEAD_BYTES)
            kind, body, stop = box_at(head, 0, start, end)
            yield kind, body, stop
            start = stop

    def first(self, kind: str, start: int, end: int) -> tuple[int, int] | None:
        found = (place for place in self.within(start, end) if place[0] == kind)
        return next(((body, stop) for _, body, stop in found), None)

    def read(self, start: int, size_bytes: int) -> bytes:
        self._file.seek(start)
        return self._file.read(size_bytes)


def extended_languages(file: BinaryIO) -> dict[int, str]:
    """Return the language that tracks declare in `elng`, by track ID; as it is written there.

    Of a damaged file, or one with more boxes than anybody needs, what stands before that.
    """
    languages: dict[int, str] = {}
    heads = _Heads(file)
    try:
        moov = heads.first("moov", 0, heads.size_bytes)
        for kind, start, end in heads.within(*moov) if moov else ():
            if kind == "trak" and (found := _language(heads, start, end)):
                languages.setdefault(*found)
    except (DamagedFile, struct.error):
        return languages
    return languages


def _language(heads: _Heads, start: int, end: int) -> tuple[int, str] | None:
    """Return the ID and the language of a track that has both."""
    tkhd = heads.first("tkhd", start, end)
    mdia = heads.first("mdia", start, end)
    elng = heads.first("elng", *mdia) if mdia else None
    if tkhd is None or elng is None:
        return None
    # Times of creation and of change stand before it, 64-bit in version 1.
    version = heads.read(tkhd[0], 1)
    id_at = tkhd[0] + VERSION_BYTES + (16 if version == b"\x01" else 8)
    if id_at + 4 > tkhd[1]:
        return None
    (track_id,) = struct.unpack(">I", heads.read(id_at, 4))
    tag = heads.read(elng[0] + VERSION_BYTES, min(elng[1] - elng[0] - VERSION_BYTES, MAX_TAG_BYTES))
    return track_id, tag.partition(b"\0")[0].decode("ascii", "replace")
