"""HLS playlists as text: read strictly, so that what a player might forgive is still found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

# attribute=value, the value quoted or up to the next comma (RFC 8216, 4.2)
ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
BYTE_RANGE = re.compile(r"(\d+)(?:@(\d+))?")

Attributes = Mapping[str, str]


class UnreadablePlaylist(ValueError):
    """The text is not a playlist of the kind it should be; says which line is wrong."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An EXT-X-STREAM-INF and the URI below it."""

    uri: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Multivariant:
    """A multivariant playlist; attribute values come without their quotes."""

    independent_segments: bool
    session_data: tuple[Attributes, ...]
    media: tuple[Attributes, ...]
    variants: tuple[Variant, ...]
    iframe_variants: tuple[Attributes, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A segment of a media playlist, or a byte range (size, offset) of one."""

    uri: str
    duration_s: Fraction
    byte_range: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A media playlist."""

    target_s: int
    playlist_type: str
    ended: bool
    iframes_only: bool
    map_uri: str | None
    items: tuple[Item, ...]
    map_range: tuple[int, int] | None = None
    encrypted: bool = False

    @property
    def duration_s(self) -> Fraction:
        return sum((item.duration_s for item in self.items), Fraction(0))


def read_multivariant(text: str) -> Multivariant:
    """Return the multivariant playlist `text`; raise UnreadablePlaylist if it is none."""
    lists: dict[str, list[Attributes]] = {"MEDIA": [], "I-FRAME-STREAM-INF": [], "SESSION-DATA": []}
    variants = []
    independent = False
    pending: Attributes | None = None
    for number, line in _lines(text):
        tag, _, value = line.partition(":")
        name = tag.removeprefix("#EXT-X-")
        if not line.startswith("#"):
            if pending is None:
                raise UnreadablePlaylist(f"line {number} is a URI without EXT-X-STREAM-INF")
            variants.append(Variant(line, pending))
            pending = None
        elif name == "STREAM-INF":
            pending = _attributes(value, number)
        elif name in lists:
            lists[name].append(_attributes(value, number))
        elif name == "INDEPENDENT-SEGMENTS":
            independent = True
    if not variants:
        raise UnreadablePlaylist("it names no variant stream")
    return Multivariant(
        independent_segments=independent,
        session_data=tuple(lists["SESSION-DATA"]),
        media=tuple(lists["MEDIA"]),
        variants=tuple(variants),
        iframe_variants=tuple(lists["I-FRAME-STREAM-INF"]),
    )


def read_media_playlist(text: str) -> MediaPlaylist:
    """Return the media playlist `text`; raise UnreadablePlaylist if it is none."""
    head: dict[str, str] = {}
    items: list[Item] = []
    target_s: int | None = None
    map_uri: str | None = None
    duration_s: Fraction | None = None
    map_range: tuple[int, int] | None = None
    size: tuple[str, int] | None = None  # of a byte range, and the line that says it
    encrypted = False
    for number, line in _lines(text):
        tag, _, value = line.partition(":")
        if not line.startswith("#"):
            if duration_s is None:
                raise UnreadablePlaylist(f"line {number} is a segment without EXTINF")
            byte_range = _byte_range(*size, line, items) if size is not None else None
            items.append(Item(line, duration_s, byte_range))
            duration_s = size = None
        elif tag == "#EXTINF":
            duration_s = _number(value.partition(",")[0], number)
        elif tag == "#EXT-X-BYTERANGE":
            size = value, number
        elif tag == "#EXT-X-TARGETDURATION":
            target_s = int(_number(value, number))
        elif tag == "#EXT-X-MAP":
            attributes = _attributes(value, number)
            map_uri, span = attributes.get("URI"), attributes.get("BYTERANGE")
            map_range = _byte_range(span, number, "", ()) if span else None
        elif tag == "#EXT-X-KEY":
            encrypted |= _attributes(value, number).get("METHOD") != "NONE"
        else:
            head[tag.removeprefix("#EXT-X-")] = value
    if target_s is None:
        raise UnreadablePlaylist("it has no EXT-X-TARGETDURATION")
    if not items:
        raise UnreadablePlaylist("it names no segment")
    return MediaPlaylist(
        target_s=target_s,
        playlist_type=head.get("PLAYLIST-TYPE", ""),
        ended="ENDLIST" in head,
        iframes_only="I-FRAMES-ONLY" in head,
        map_uri=map_uri,
        items=tuple(items),
        map_range=map_range,
        encrypted=encrypted,
    )


def _byte_range(text: str, number: int, uri: str, before: Sequence[Item]) -> tuple[int, int]:
    """Return size and offset; without one it follows the range before (RFC 8216, 4.3.2.2)."""
    found = BYTE_RANGE.fullmatch(text)
    if not found:
        raise UnreadablePlaylist(f"line {number} has no byte range")
    if found[2] is not None:
        return int(found[1]), int(found[2])
    last = before[-1] if before else None
    if last is None or last.uri != uri or last.byte_range is None:
        raise UnreadablePlaylist(f"line {number} has a byte range that follows none")
    return int(found[1]), sum(last.byte_range)


def _lines(text: str) -> list[tuple[int, str]]:
    lines = text.splitlines()
    if not lines or lines[0] != "#EXTM3U":
        raise UnreadablePlaylist("it does not start with #EXTM3U")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _attributes(value: str, number: int) -> Attributes:
    found: dict[str, str] = {}
    position = 0
    for match in ATTRIBUTE.finditer(value):
        if match.start() != position or match[1] in found:
            break
        found[match[1]] = match[2].strip('"')
        position = match.end()
    if position != len(value):
        raise UnreadablePlaylist(f"line {number} has a malformed attribute list")
    return found


def _number(text: str, number: int) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UnreadablePlaylist(f"line {number} has no number where one belongs") from error
