"""The tracks of a Matroska file, as far as FFmpeg does not tell (RFC 9559, section 5.1.4)."""

from __future__ import annotations

from dataclasses import dataclass

from media.matroska import names
from media.matroska.elements import DamagedMatroska, Element, Elements

MAX_TRACKS = 256  # FFmpeg is told to take fewer
MAX_ENCODINGS = 8
MAX_PRIVATE_BYTES = 64 * 1024  # a style sheet; what is longer is of no kind that is read here
MAX_HEADER_BYTES = 1024  # that were taken from the front of every block

VIDEO, AUDIO, SUBTITLE, METADATA = 1, 2, 17, 33  # TrackType
ZLIB, HEADER_STRIPPING = 0, 3  # ContentCompAlgo


@dataclass(frozen=True, slots=True)
class ContentEncoding:
    """What was done to a track's blocks; `algorithm` is None for what is no compression."""

    order: int  # the highest was done last
    blocks: bool  # that, and not only to the track's private data
    algorithm: int | None
    settings: bytes


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """One track."""

    number: int  # in its blocks
    kind: int  # TrackType
    codec_id: str
    language: str  # BCP-47 as declared, "" where it is not
    default_duration_ns: int
    private: bytes  # of text: what stands before its first block
    encodings: tuple[ContentEncoding, ...]  # in the order in which to undo them

    @property
    def is_stream(self) -> bool:
        """Return whether FFmpeg makes a stream of it: its matroska demuxer, `parse_tracks`."""
        letters = {VIDEO: "V", AUDIO: "A", SUBTITLE: "SD", METADATA: "SD"}.get(self.kind, "")
        return self.codec_id[:1] != "" and self.codec_id[0] in letters


def read_tracks(elements: Elements, tracks: Element) -> tuple[TrackEntry, ...]:
    """Return the tracks in their order; raises DamagedMatroska."""
    entries = []
    for entry in elements.children(tracks):
        if entry.kind == names.TRACK_ENTRY:
            entries.append(_track(elements, entry))
        if len(entries) > MAX_TRACKS:
            raise DamagedMatroska(f"it has more than {MAX_TRACKS} tracks")
    return tuple(entries)


def _track(elements: Elements, entry: Element) -> TrackEntry:
    number = kind = duration_ns = 0
    codec_id = language = ""
    private = b""
    encodings: list[ContentEncoding] = []
    for element in elements.children(entry):
        match element.kind:
            case names.TRACK_NUMBER:
                number = elements.number(element)
            case names.TRACK_TYPE:
                kind = elements.number(element)
            case names.CODEC_ID:
                codec_id = elements.text(element)
            case names.TRACK_LANGUAGE_BCP47:
                language = elements.text(element)
            case names.DEFAULT_DURATION:
                duration_ns = elements.number(element)
            case names.CODEC_PRIVATE if element.end - element.start <= MAX_PRIVATE_BYTES:
                private = elements.data(element, MAX_PRIVATE_BYTES)
            case names.CONTENT_ENCODINGS:
                encodings = _encodings(elements, element)
    return TrackEntry(number, kind, codec_id, language, duration_ns, private, tuple(encodings))


def _encodings(elements: Elements, parent: Element) -> list[ContentEncoding]:
    found = [
        _encoding(elements, element)
        for element in elements.children(parent)
        if element.kind == names.CONTENT_ENCODING
    ]
    if len(found) > MAX_ENCODINGS:
        raise DamagedMatroska(f"a track is encoded more than {MAX_ENCODINGS} times")
    return sorted(found, key=lambda encoding: -encoding.order)


def _encoding(elements: Elements, parent: Element) -> ContentEncoding:
    order, scope, encrypted = 0, 1, False
    algorithm, settings = ZLIB, b""
    for element in elements.children(parent):
        match element.kind:
            case names.CONTENT_ENCODING_ORDER:
                order = elements.number(element)
            case names.CONTENT_ENCODING_SCOPE:
                scope = elements.number(element)
            case names.CONTENT_ENCODING_TYPE:
                encrypted = elements.number(element) != 0
            case names.CONTENT_COMPRESSION:
                algorithm, settings = _compression(elements, element)
    return ContentEncoding(order, bool(scope & 1), None if encrypted else algorithm, settings)


def _compression(elements: Elements, parent: Element) -> tuple[int, bytes]:
    algorithm, settings = ZLIB, b""
    for element in elements.children(parent):
        match element.kind:
            case names.CONTENT_COMP_ALGO:
                algorithm = elements.number(element)
            case names.CONTENT_COMP_SETTINGS:
                settings = elements.data(element, MAX_HEADER_BYTES)
    return algorithm, settings
