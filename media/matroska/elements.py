"""EBML elements of a file, with bounds: nothing a file claims makes this read or wait for long.

`ebmlite` decodes what an element is and how long it claims to be. The walk is ours, since its own
reads whatever a file claims, numbers of any length among it, and measures elements that tell no
length by walking through them, each time it is asked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

MAX_NUMBER_BYTES = 8  # RFC 8794, section 7.2
MAX_TEXT_BYTES = 64 * 1024  # a codec's name, a title


class DamagedMatroska(ValueError):
    """The bytes are not the elements they should be, or are more than anybody needs."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its payload lies in [start, end) of the file."""

    kind: int  # its ID, marker bits included, as in `names`
    start: int
    end: int
    endless: bool  # it tells no length: `end` is its parent's, others may follow before


class Elements:
    """The elements of an open file: at most so many are looked at, so much of payloads is read."""

    def __init__(self, stream: BinaryIO, *, limit: int, limit_bytes: int) -> None:
        self._stream = stream
        self._limit = self._left = limit
        self._limit_bytes = self._left_bytes = limit_bytes
        self.size_bytes = stream.seek(0, SEEK_END)

    def within(self, start: int, end: int) -> Iterator[Element]:
        """Yield what lies in [start, end), one after the other, reading heads only.

        Raises DamagedMatroska at what is no element.
        """
        while start < end:
            element = self.at(start, end)
            yield element
            start = element.end

    def at(self, start: int, end: int) -> Element:
        """Return the element whose head is at `start` of the file; raises DamagedMatroska."""
        from ebmlite.decoding import readElementID, readElementSize

        self._left -= 1
        if self._left < 0:
            raise DamagedMatroska(f"it has more than {self._limit:,} elements")
        stream = self._stream
        stream.seek(start)
        try:
            kind, id_bytes = readElementID(stream)
            size_bytes, length_bytes = readElementSize(stream)
        # The file ends within the head, or there is none: TypeError is what no byte makes of `ord`.
        except (OSError, TypeError, struct.error) as error:
            raise DamagedMatroska(f"no element at byte {start:,}") from error
        payload = start + id_bytes + length_bytes
        if payload > end:
            raise DamagedMatroska(f"the element at byte {start:,} is cut short")
        if size_bytes is None:
            return Element(kind, payload, end, endless=True)
        # Where a file was cut short, its last elements run past its end: those before are sound.
        if payload + size_bytes > end and end < self.size_bytes:
            raise DamagedMatroska(f"the element at byte {start:,} runs past its parent")
        return Element(kind, payload, payload + size_bytes, endless=False)

    def children(self, parent: Element) -> Iterator[Element]:
        """Yield the elements in a payload."""
        return self.within(parent.start, parent.end)

    def number(self, element: Element) -> int:
        """Return an unsigned integer."""
        return int.from_bytes(self.data(element, MAX_NUMBER_BYTES), "big")

    def text(self, element: Element) -> str:
        """Return a string, which a zero byte may end (RFC 8794, section 7.5)."""
        data = self.data(element, MAX_TEXT_BYTES)
        return data.partition(b"\0")[0].decode("utf-8", "replace")

    def peek(self, element: Element, size_bytes: int) -> bytes:
        """Return the beginning of a payload."""
        self._stream.seek(element.start)
        return self._stream.read(min(size_bytes, element.end - element.start))

    def data(self, element: Element, at_most_bytes: int) -> bytes:
        """Return a payload; raise DamagedMatroska for a longer one than that."""
        size_bytes = element.end - element.start
        if size_bytes > at_most_bytes:
            raise DamagedMatroska(
                f"the element at byte {element.start:,} has {size_bytes:,} bytes, more than"
                f" {at_most_bytes:,}"
            )
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise DamagedMatroska(f"it says more than {self._limit_bytes:,} bytes of itself")
        self._stream.seek(element.start)
        data = self._stream.read(size_bytes)
        if len(data) < size_bytes:
            raise DamagedMatroska(f"the element at byte {element.start:,} is cut short")
        return data
