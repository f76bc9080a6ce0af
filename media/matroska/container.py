"""A Matroska or WebM file without its media: where its parts are, and what the small ones say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from media.matroska import names
from media.matroska.editions import EditionEntry, read_editions
from media.matroska.elements import DamagedMatroska, Element, Elements
from media.matroska.tracks import TrackEntry, read_tracks

MAX_ELEMENTS = 200_000  # ten hours of clusters of a second, and everything beside them
MAX_READ_BYTES = 16 << 20  # of tracks and chapters, payloads of clusters apart
MAX_SEEK_HEADS = 8
DEFAULT_SCALE_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Container:
    """One file: byte positions, tracks and chapters; what could not be read is None."""

    start: int  # of the segment's payload
    end: int
    scale_ns: int  # of a tick of the clusters' clock
    tracks: tuple[TrackEntry, ...] | None
    editions: tuple[EditionEntry, ...] | None
    damage: tuple[str, ...]


def read_container(stream: BinaryIO) -> Container | None:
    """Return what an open file says of itself, None if it is no Matroska or WebM.

    However large it is, heads of elements are all that is read beside tracks and chapters. Damage
    costs the part it is in, and is told.
    """
    elements = _elements(stream)
    try:
        segment = _segment(elements)
    except DamagedMatroska:
        return None
    if segment is None:
        return None
    end = min(segment.end, elements.size_bytes)
    damage: list[str] = []
    found: dict[int, Element] = {}
    try:
        _find(elements, segment.start, end, found)
    except DamagedMatroska as error:
        damage.append(str(error))
    elements = _elements(stream)  # however long the search was
    scale_ns = DEFAULT_SCALE_NS
    tracks: tuple[TrackEntry, ...] | None = None
    editions: tuple[EditionEntry, ...] | None = ()
    try:
        if names.INFO in found:
            scale_ns = _scale_ns(elements, found[names.INFO])
        if names.TRACKS in found:
            tracks = read_tracks(elements, found[names.TRACKS])
    except DamagedMatroska as error:
        damage.append(str(error))
    try:
        if names.CHAPTERS in found:
            editions = read_editions(elements, found[names.CHAPTERS])
    except DamagedMatroska as error:
        damage.append(str(error))
        editions = None
    return Container(segment.start, end, scale_ns, tracks, editions, tuple(damage))


def _elements(stream: BinaryIO) -> Elements:
    return Elements(stream, limit=MAX_ELEMENTS, limit_bytes=MAX_READ_BYTES)


def _segment(elements: Elements) -> Element | None:
    """Return the segment of a file that says it is Matroska or WebM."""
    header = elements.at(0, elements.size_bytes)
    if header.kind != names.EBML:
        return None
    kinds = [elements.text(e) for e in elements.children(header) if e.kind == names.DOC_TYPE]
    if kinds not in (["matroska"], ["webm"]):
        return None
    after = elements.within(header.end, elements.size_bytes)
    return next((element for element in after if element.kind == names.SEGMENT), None)


def _find(elements: Elements, start: int, end: int, found: dict[int, Element]) -> None:
    """Find the first of each part: those before the clusters, and what the seek heads name.

    Without a seek head the clusters are passed over, too, as long as each tells its length.
    """
    for part in elements.within(start, end):
        found.setdefault(part.kind, part)
        if part.kind == names.CLUSTER and (names.SEEK_HEAD in found or part.endless):
            break
    if names.SEEK_HEAD not in found:
        return
    waiting, named = [found[names.SEEK_HEAD]], set()
    for _ in range(MAX_SEEK_HEADS):
        if not waiting:
            break
        for kind, position in _seeks(elements, waiting.pop()):
            named.add(kind)
            if start + position >= end or (kind in found and kind != names.SEEK_HEAD):
                continue
            part = elements.at(start + position, end)
            if part.kind == kind:
                found.setdefault(kind, part)
                if kind == names.SEEK_HEAD:
                    waiting.append(part)
    if named & {names.TRACKS, names.CHAPTERS} - found.keys():
        raise DamagedMatroska("its tracks or chapters are not where it says")


def _seeks(elements: Elements, head: Element) -> list[tuple[int, int]]:
    """Return the ID and the position of each part that a seek head names."""
    named = []
    for seek in elements.children(head):
        if seek.kind != names.SEEK:
            continue
        told = {
            element.kind: elements.number(element)
            for element in elements.children(seek)
            if element.kind in (names.SEEK_ID, names.SEEK_POSITION)
        }
        if len(told) == 2:
            named.append((told[names.SEEK_ID], told[names.SEEK_POSITION]))
    return named


def _scale_ns(elements: Elements, info: Element) -> int:
    told = (elements.number(e) for e in elements.children(info) if e.kind == names.TIMESTAMP_SCALE)
    return next(told, 0) or DEFAULT_SCALE_NS
