"""The blocks of one text track, found among everything else a Matroska file holds.

Clusters are passed over head by head: what is read of a block of another track is its first bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from media.matroska import names
from media.matroska.container import Container
from media.matroska.elements import DamagedMatroska, Element, Elements
from media.matroska.tracks import HEADER_STRIPPING, ZLIB, TrackEntry
from media.text.cue import MAX_BYTES

# Ten hours of pictures, 60 a second, and ten tracks of sound; a minute and a half to walk over.
MAX_ELEMENTS = 20_000_000
MAX_BLOCK_BYTES = 64 * 1024  # a cue
CHECKED_EVERY = 4096  # elements: some ten milliseconds
LACING = 0x06  # of a block's flags: several frames in one (RFC 9559, section 10.3)
SETTINGS_ID = 1  # BlockAddID of what WebVTT has beside a cue's text

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TextBlock:
    """One block, on the file's clock; `beside` is what it has in BlockAdditions."""

    start_s: Fraction
    duration_s: Fraction | None
    payload: bytes
    beside: bytes


def why_unreadable(track: TrackEntry) -> str | None:
    """Return why a track's blocks cannot be read, None where they can."""
    done = [encoding.algorithm for encoding in track.encodings if encoding.blocks]
    if None in done:
        return "it is encrypted"
    unknown = next((algorithm for algorithm in done if algorithm not in _UNDO), None)
    return f"it is compressed in a way that is not read ({unknown})" if unknown else None


def text_blocks(
    stream: BinaryIO, container: Container, track: TrackEntry, check: Callable[[], None]
) -> Iterator[TextBlock]:
    """Yield the blocks of `track` in the file's order; `check` is called all the while.

    Raises DamagedMatroska where the file is damaged, or holds more text than subtitles are.
    """
    elements = Elements(stream, limit=MAX_ELEMENTS, limit_bytes=2 * MAX_BYTES)
    cluster_ticks, count, position = 0, 0, container.start
    while position < container.end:
        count += 1
        if count % CHECKED_EVERY == 0:
            check()
        element = elements.at(position, container.end)
        # What is in a cluster follows its head, whether it tells its length or not.
        position = element.start if element.kind == names.CLUSTER else element.end
        found: TextBlock | None = None
        match element.kind:
            case names.TIMESTAMP:
                cluster_ticks = elements.number(element)
            case names.SIMPLE_BLOCK:
                found = _block(elements, element, (cluster_ticks, container.scale_ns), track)
            case names.BLOCK_GROUP:
                found = _group(elements, element, (cluster_ticks, container.scale_ns), track)
        if found is not None:
            yield found


def _group(
    elements: Elements, group: Element, clock: tuple[int, int], track: TrackEntry
) -> TextBlock | None:
    block, ticks, beside = None, None, b""
    for element in elements.children(group):
        match element.kind:
            case names.BLOCK:
                block = _block(elements, element, clock, track)
                if block is None:
                    return None
            case names.BLOCK_DURATION:
                ticks = elements.number(element)
            case names.BLOCK_ADDITIONS:
                beside = _beside(elements, element)
    if block is None:
        return None
    duration_s = block.duration_s if ticks is None else Fraction(ticks * clock[1], _SECOND_NS)
    return TextBlock(block.start_s, duration_s, block.payload, beside)


def _beside(elements: Elements, additions: Element) -> bytes:
    for more in elements.children(additions):
        number, data = SETTINGS_ID, b""
        for element in elements.children(more):
            if element.kind == names.BLOCK_ADD_ID:
                number = elements.number(element)
            elif element.kind == names.BLOCK_ADDITIONAL:
                data = elements.data(element, MAX_BLOCK_BYTES)
        if number == SETTINGS_ID:
            return data
    return b""


def _block(
    elements: Elements, element: Element, clock: tuple[int, int], track: TrackEntry
) -> TextBlock | None:
    """Return a block if it is one of `track`: number, time, flags, frame (RFC 9559, section 10)."""
    head = elements.peek(element, 11)
    number, number_bytes = track_number(head)
    if number != track.number or len(head) < number_bytes + 3:
        return None
    relative = int.from_bytes(head[number_bytes : number_bytes + 2], "big", signed=True)
    if head[number_bytes + 2] & LACING:
        raise DamagedMatroska(f"the block at byte {element.start:,} holds several cues")
    payload = elements.data(element, MAX_BLOCK_BYTES)[number_bytes + 3 :]
    for encoding in track.encodings:
        if encoding.blocks:
            payload = _UNDO[encoding.algorithm](payload, encoding.settings)
    ticks, scale_ns = clock
    lasts_ns = track.default_duration_ns
    return TextBlock(
        Fraction((ticks + relative) * scale_ns, _SECOND_NS),
        Fraction(lasts_ns, _SECOND_NS) if lasts_ns else None,
        payload,
        b"",
    )


def track_number(head: bytes) -> tuple[int, int]:
    """Return the number a block begins with and its length; (0, 0) for what is none."""
    length = 9 - head[0].bit_length() if head else 9
    if length > min(8, len(head)):
        return 0, 0
    return int.from_bytes(head[:length], "big") & ((1 << 7 * length) - 1), length


def _inflated(data: bytes, _settings: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_BLOCK_BYTES)
    except zlib.error as error:
        raise DamagedMatroska(f"a compressed cue cannot be unpacked ({error})") from error


_UNDO: dict[int | None, Callable[[bytes, bytes], bytes]] = {
    ZLIB: _inflated,
    HEADER_STRIPPING: lambda data, header: header + data,
}
