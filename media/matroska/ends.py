"""When the media of a Matroska file ends that does not say so, as its last blocks show."""

from __future__ import annotations

from fractions import Fraction
from typing import BinaryIO

from farm.mediainfo import AudioStream, MediaInfo, VideoStream
from media.matroska import names
from media.matroska.blocks import track_number
from media.matroska.container import Container
from media.matroska.elements import DamagedMatroska, Element, Elements

MAX_ELEMENTS = 1_000_000  # the blocks of five hours in one cluster without a length: some seconds
_SECOND_NS = 1_000_000_000


def lacks_ends(media: MediaInfo) -> bool:
    """Return whether a stream of sound or pictures does not tell how long it is."""
    streams: list[VideoStream | AudioStream] = [*media.video, *media.audio]
    return any(stream.duration_s is None for stream in streams)


def last_blocks(stream: BinaryIO, container: Container) -> dict[int, Fraction]:
    """Return when the last block of a track begins, in seconds on the file's clock.

    Tracks are known by their numbers; those without a block in the last cluster are left out. Where
    the file is damaged, or too long, nothing is known.
    """
    elements = Elements(stream, limit=MAX_ELEMENTS, limit_bytes=MAX_ELEMENTS)
    try:
        start = _last_cluster(elements, container)
        return {} if start is None else _last_times(elements, container, start)
    except DamagedMatroska:
        return {}


def _last_cluster(elements: Elements, container: Container) -> int | None:
    """Return where the payload of the last cluster begins."""
    position, found = container.start, None
    while position < container.end:
        element = elements.at(position, container.end)
        position = element.end
        if element.kind == names.CLUSTER:
            found = element.start
            # What it holds follows, and then others: its length is not told.
            position = element.start if element.endless else element.end
    return found


def _last_times(elements: Elements, container: Container, start: int) -> dict[int, Fraction]:
    cluster_ticks, last_ticks = 0, dict[int, int]()
    for element in elements.within(start, container.end):
        if element.kind == names.TIMESTAMP:
            cluster_ticks = elements.number(element)
        elif (block := _block(elements, element)) is not None:
            head = elements.peek(block, 10)
            number, number_bytes = track_number(head)
            relative = int.from_bytes(head[number_bytes : number_bytes + 2], "big", signed=True)
            ticks = cluster_ticks + relative
            last_ticks[number] = max(ticks, last_ticks.get(number, ticks))
    return {
        number: Fraction(ticks * container.scale_ns, _SECOND_NS)
        for number, ticks in last_ticks.items()
    }


def _block(elements: Elements, element: Element) -> Element | None:
    if element.kind == names.BLOCK_GROUP:
        inside = elements.children(element)
        return next((child for child in inside if child.kind == names.BLOCK), None)
    return element if element.kind == names.SIMPLE_BLOCK else None
