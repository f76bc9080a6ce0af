"""Where the pieces of a file lie: boxes, elements, chunks, packets, tags, pages, lines.

Good enough for files that FFmpeg has just written; anything odd ends the list, never the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece [start, end) of a file within the piece `parent`, and where its length stands.

    `length` is the span of the bytes that hold it (empty where the format has none), in the order
    `order`; the bits of `mask` belong to it, the rest must stay as it is.
    """

    start: int
    end: int
    parent: int  # where the piece around it starts, -1 for none
    length: tuple[int, int] = (0, 0)
    order: str = "big"
    mask: int = -1


Anatomy = Callable[[bytes], Iterator[Piece]]

# ISO/IEC 14496-12: boxes that hold nothing but boxes, and what stands before these in two others.
BOXES_WITHIN = {
    **dict.fromkeys(
        (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta", b"moof"), 8
    ),
    **dict.fromkeys((b"traf", b"mvex", b"ilst", b"tref"), 8),
    **dict.fromkeys((b"stsd", b"dref"), 16),
    b"meta": 12,
    **dict.fromkeys((b"avc1", b"hvc1", b"mp4v", b"apcn", b"apch"), 86),  # VisualSampleEntry
}
# RFC 9559: segment, cluster, block group, tracks and an entry of it, settings, info, cues and its
# points, chapters and what is within, tags and what is within, attachments.
ELEMENTS_WITHIN = {
    *(0x18538067, 0x1F43B675, 0xA0, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x1549A966, 0x1C53BB6B, 0xBB),
    *(0xB7, 0x1043A770, 0x45B9, 0xB6, 0x80, 0x1254C367, 0x7373, 0x63C0, 0x67C8, 0x114D9B74),
    0x4DBB,
}
TS_PACKET_BYTES = 188


def boxes(data: bytes, start: int = 0, end: int | None = None, parent: int = -1) -> Iterator[Piece]:
    """Give the boxes of ISO-BMFF and QuickTime, those around others first."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        if size < 8 or start + size > end:
            return
        yield Piece(start, start + size, parent, (start, start + 4))
        if within := BOXES_WITHIN.get(kind):
            yield from boxes(data, start + within, start + size, start)
        start += size


def elements(
    data: bytes, start: int = 0, end: int | None = None, parent: int = -1
) -> Iterator[Piece]:
    """Give the elements of EBML (RFC 8794), those around others first."""
    end = len(data) if end is None else end
    while start + 2 <= end and data[start]:
        at = start + 9 - data[start].bit_length()
        if at >= end or not data[at]:
            return
        bits = 7 * (9 - data[at].bit_length())
        body, mask = at + bits // 7, (1 << bits) - 1
        size = int.from_bytes(data[at:body], "big") & mask
        stop = end if size == mask else body + size
        if stop > end:
            return
        yield Piece(start, stop, parent, (at, body), mask=mask)
        if int.from_bytes(data[start:at], "big") in ELEMENTS_WITHIN:
            yield from elements(data, body, stop, start)
        start = stop


def chunks(
    data: bytes, start: int = 0, end: int | None = None, parent: int = -1
) -> Iterator[Piece]:
    """Give the chunks of RIFF (AVI, WAV), which are padded to even lengths."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size = int.from_bytes(data[start + 4 : start + 8], "little")
        stop = min(start + 8 + size + size % 2, end)
        yield Piece(start, stop, parent, (start + 4, start + 8), "little")
        if data[start : start + 4] in (b"RIFF", b"LIST"):
            yield from chunks(data, start + 12, stop, start)
        start = stop


def packets(data: bytes) -> Iterator[Piece]:
    """Give the packets of a transport stream; the length is that of a field or a section."""
    for start in range(0, len(data) - TS_PACKET_BYTES + 1, TS_PACKET_BYTES):
        # With an adaptation field its length stands at 4, else at 6 that of a table (PAT, PMT).
        at = 4 if data[start + 3] & 0x20 else 7
        yield Piece(start, start + TS_PACKET_BYTES, -1, (start + at, start + at + 1))


def tags(data: bytes) -> Iterator[Piece]:
    """Give the tags of FLV, each with the length of itself behind it."""
    start = 13
    while start + 15 <= len(data):
        size = int.from_bytes(data[start + 1 : start + 4], "big") + 15
        if start + size > len(data):
            return
        yield Piece(start, start + size, -1, (start + 1, start + 4))
        start += size


def triplets(data: bytes) -> Iterator[Piece]:
    """Give the key-length-value triplets of MXF (SMPTE ST 336)."""
    start = 0
    while start + 17 <= len(data):
        long = data[start + 16] & 0x7F if data[start + 16] & 0x80 else 0
        length = (start + 17, start + 17 + long) if long else (start + 16, start + 17)
        size = int.from_bytes(data[slice(*length)], "big")
        if length[1] + size > len(data):
            return
        yield Piece(start, length[1] + size, -1, length)
        start = length[1] + size


def pages(data: bytes) -> Iterator[Piece]:
    """Give the pages of Ogg (RFC 3533); the length is the number of segments."""
    start = data.find(b"OggS")
    while start >= 0:
        following = data.find(b"OggS", start + 4)
        end = following if following >= 0 else len(data)
        yield Piece(start, end, -1, (start + 26, start + 27))
        start = following


def blocks(data: bytes) -> Iterator[Piece]:
    """Give the metadata blocks of FLAC (RFC 9639), then its frames as one piece."""
    start, last = 4, False
    while not last and start + 4 <= len(data):
        last = bool(data[start] & 0x80)
        end = start + 4 + int.from_bytes(data[start + 1 : start + 4], "big")
        yield Piece(start, end, -1, (start + 1, start + 4))
        start = end
    yield Piece(start, len(data), -1)


def frames(data: bytes) -> Iterator[Piece]:
    """Give an ID3 tag and the frames of MPEG audio, from one synchronisation word to the next."""
    start = 0
    if data.startswith(b"ID3"):
        # Seven bits of each byte (ID3v2.4, 6.2).
        first, second, third, fourth = data[6:10]
        start = 10 + (first << 21 | second << 14 | third << 7 | fourth)
        yield Piece(0, start, -1, (6, 10))
    while 0 <= start < len(data) - 4:
        following = data.find(data[start : start + 2], start + 4)
        yield Piece(start, following if following >= 0 else len(data), -1)
        start = following


def lines(data: bytes) -> Iterator[Piece]:
    """Give the lines of a text; the length is any number in it."""
    start = 0
    for line in data.splitlines(keepends=True):
        at = next((place for place, byte in enumerate(line) if 0x30 <= byte <= 0x39), 0)
        yield Piece(start, start + len(line), -1, (start + at, start + at + 1))
        start += len(line)


def records(data: bytes) -> Iterator[Piece]:
    """Give the records of EBU STL (Tech 3264): a header, then subtitles of 128 bytes each."""
    yield Piece(0, 1024, -1, (238, 243))  # the number of text blocks
    for start in range(1024, len(data) - 127, 128):
        yield Piece(start, start + 128, -1, (start + 3, start + 4))


def no_pieces(_data: bytes) -> Iterator[Piece]:
    """Give nothing: bytes alone are mutated."""
    return iter(())
