"""However large, endless or untrue a Matroska file is, looking at it ends soon."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

import pytest

from media.matroska import names
from media.matroska.container import read_container
from media.matroska.elements import DamagedMatroska, Elements
from tests.matroska import cluster, element, endless, master, matroska_file, number, sound, text
from tests.unit.test_matroska_container import CHAPTERS, EDITION, ENTRY, TRACKS, said


class Counted(io.BytesIO):
    """Counts what is read."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def test_media_is_passed_over_and_lies_about_lengths_cost_nothing() -> None:
    media = cluster(0, sound(1, 0, 4000))
    stream = Counted(matroska_file(TRACKS, *[media] * 20, CHAPTERS))
    found = read_container(stream)
    assert found is not None
    assert (found.tracks, found.editions) == ((ENTRY,), (EDITION,))
    assert stream.read_bytes < 2000 < 20 * len(media)
    huge = element(names.TRACK_NUMBER, b"", (1 << 56 | 1 << 50).to_bytes(8, "big"))
    assert said(matroska_file(master(names.TRACKS, master(names.TRACK_ENTRY, huge)))) == (
        None,
        (),
        ("the element at byte 72 has 1,125,899,906,842,624 bytes, more than 8",),
    )


class Endless(io.RawIOBase):
    """A file of 100 GB that is all one small element, again and again, behind `head`."""

    def __init__(self, head: bytes, again: bytes) -> None:
        self._head, self._again, self._position = head, again, 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset if whence == os.SEEK_SET else 100 << 30
        return self._position

    def read(self, size: int = -1) -> bytes:
        if self._position < len(self._head):
            data = self._head[self._position : self._position + size]
        else:
            offset = (self._position - len(self._head)) % len(self._again)
            data = (self._again * (size // len(self._again) + 2))[offset : offset + size]
        self._position += len(data)
        return data


def test_a_file_of_nothing_but_small_elements_ends_the_search() -> None:
    header = master(names.EBML, text(names.DOC_TYPE, "matroska"))
    stream: BinaryIO = Endless(header + endless(names.SEGMENT, TRACKS), b"\xec\x80")  # type: ignore[assignment]
    found = read_container(stream)
    assert found is not None
    assert (found.tracks, found.damage) == ((ENTRY,), ("it has more than 200,000 elements",))


def test_no_more_is_looked_at_and_read_than_was_granted() -> None:
    data = number(names.TRACK_NUMBER, 7) * 3
    elements = Elements(io.BytesIO(data), limit=3, limit_bytes=2)
    found = list(elements.within(0, len(data)))
    assert [elements.number(element) for element in found[:2]] == [7, 7]
    with pytest.raises(DamagedMatroska, match="it says more than 2 bytes of itself"):
        elements.number(found[2])
    with pytest.raises(DamagedMatroska, match="it has more than 3 elements"):
        elements.at(0, len(data))
