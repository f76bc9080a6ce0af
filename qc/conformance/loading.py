"""Reading a presentation from a directory: manifests first, then every track they name.

What cannot be read is a sentence among the problems, and the track is left without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import Segment, read_segment
from media.isobmff.header import Header, read_header
from media.packaging.title import DASH_NAME, HLS_NAME
from qc.conformance.captions import UnreadableText, read_text_segment
from qc.conformance.hls import (
    Item,
    MediaPlaylist,
    Multivariant,
    UnreadablePlaylist,
    Variant,
    read_media_playlist,
    read_multivariant,
)
from qc.conformance.mpd import Mpd, Representation, UnreadableManifest, read_mpd
from qc.conformance.mpd_segments import ByteRange
from qc.conformance.naming import NamedTrack, named_tracks
from qc.conformance.presentation import MediaFile, Presentation, Track, below, is_elsewhere

UNREADABLE = (
    *(DamagedFile, UnreadablePlaylist, UnreadableManifest, UnreadableText),
    *(OSError, UnicodeDecodeError),
)
NO_HLS = Multivariant(True, (), (), (), ())
NO_DASH = Mpd("static", Fraction(0), Fraction(0), ())

T = TypeVar("T")


def load(
    root: Path, hls: str = HLS_NAME, dash: str = DASH_NAME, *, strict: bool = True
) -> Presentation:
    """Return the presentation below `root` whose manifests have these paths; "" for none.

    Raises UnreadablePlaylist, UnreadableManifest or OSError where a manifest cannot be read;
    anything below them that cannot is noted in `problems`. If not `strict`, a manifest is, too, and
    the presentation is without it; and what MP4 allows and CMAF does not is read.
    """
    problems: list[str] = []

    def manifest(path: str, read: Callable[[], T], absent: T) -> tuple[str, T]:
        try:
            return (path, read()) if path else (path, absent)
        except UNREADABLE as error:
            if strict:
                raise
            problems.append(f"{path}: {error}")
            return "", absent

    hls, multivariant = manifest(hls, lambda: _multivariant(root, hls), NO_HLS)
    dash, mpd = manifest(dash, lambda: read_mpd((root / dash).read_bytes()), NO_DASH)
    presentation = Presentation(root, multivariant, mpd, (), problems, hls, dash)
    reader = _Reader(root, presentation.problems, lenient=not strict)
    if mpd.periods > 1:
        presentation.problems.append(f"{dash} has {mpd.periods} periods: only the first was read")
    presentation.tracks = tuple(reader.tracks(named_tracks(multivariant, mpd, hls, dash)))
    return presentation


def _multivariant(root: Path, hls: str) -> Multivariant:
    """Return the multivariant playlist; a media playlist alone is its own only variant."""
    text = (root / hls).read_text("utf-8")
    if "#EXTINF" in text:
        return replace(NO_HLS, variants=(Variant(hls.rpartition("/")[2], {}),))
    return read_multivariant(text)


class _Reader:
    """Reads tracks, turning what cannot be read into sentences."""

    def __init__(self, root: Path, problems: list[str], *, lenient: bool) -> None:
        self._root = root
        self._problems = problems
        self._lenient = lenient
        self._whole_files: dict[Path, Segment | None] = {}

    def tracks(self, named: Sequence[NamedTrack]) -> list[Track]:
        """Return the tracks, those of both manifests as one that begin with the same file."""
        found = [self._track(each) for each in named if each.playlist or each.iframes]
        by_map = {
            below(track.uri, track.playlist.map_uri): place
            for place, track in enumerate(found)
            if track.playlist and track.playlist.map_uri and track.representation is None
        }
        for each in named:
            listed = each.representation
            if each.playlist or each.iframes or listed is None:
                continue
            place = by_map.get(listed.initialization)
            if place is None:
                found.append(self._track(each))
            else:
                media, header = found[place].media, found[place].header
                if listed.indexed and media and header:
                    listed = _by_its_index(listed, media, header.timescale)
                found[place] = replace(found[place], kind=each.kind, representation=listed)
        return found

    def _track(self, named: NamedTrack) -> Track:
        playlist = self._playlist(named.playlist)
        listed = named.representation
        header = self._header(named, playlist)
        kind = "video" if header and header.width and named.kind == "audio" else named.kind
        is_webvtt = kind == "text" and playlist is not None and playlist.map_uri is None
        if playlist is None or is_webvtt:
            media = self._of_representation(listed, header) if listed and header else ()
            if listed and listed.indexed and media:
                listed = _by_its_index(listed, media, header.timescale if header else 1)
        else:
            media = self._of_items(playlist.items, named.playlist, header) if header else ()
        texts = playlist.items if playlist and is_webvtt else ()
        return Track(
            name=named.name,
            kind=kind,
            playlist=playlist,
            iframes=self._playlist(named.iframes),
            representation=listed,
            header=header,
            media=media,
            texts=self._whole(
                self._try(read_text_segment, below(named.playlist, item.uri)) for item in texts
            ),
            uri=named.playlist,
            iframes_uri=named.iframes,
        )

    def _header(self, named: NamedTrack, playlist: MediaPlaylist | None) -> Header | None:
        if playlist and playlist.map_uri:
            return self._try(self._read_header, below(named.playlist, playlist.map_uri))
        listed = named.representation
        if listed and listed.initialization:
            return self._try(self._read_header, listed.initialization)
        return None  # a transport stream, or packed audio: nobody reads into those here

    def _playlist(self, path: str) -> MediaPlaylist | None:
        def read(where: Path) -> MediaPlaylist:
            return read_media_playlist(where.read_text("utf-8"))

        return self._try(read, path) if path else None

    def _of_items(
        self, items: Sequence[Item], playlist: str, header: Header
    ) -> tuple[MediaFile, ...]:
        return self._whole(
            self._media(below(playlist, item.uri), item.byte_range, header) for item in items
        )

    def _of_representation(self, listed: Representation, header: Header) -> tuple[MediaFile, ...]:
        if listed.indexed:
            ranges = self._indexed(listed.media[0], header)
            return self._whole(self._media(listed.media[0], each, header) for each in ranges)
        spans = listed.ranges or (None,) * len(listed.media)
        return self._whole(
            self._media(path, span, header) for path, span in zip(listed.media, spans, strict=True)
        )

    def _indexed(self, path: str, header: Header) -> list[ByteRange | None]:
        """Return the ranges that the index of a single file names; the whole without one."""
        whole = self._whole_file(path, header)
        if whole is None or not whole.references:
            return [None]
        return [(each.size_bytes, each.offset) for each in whole.references]

    def _media(self, path: str, span: ByteRange | None, header: Header) -> MediaFile | None:
        if span is None:
            segment = self._try(lambda where: self._read(where, header), path)
        else:
            whole = self._whole_file(path, header)
            segment = None if whole is None else self._slice(path, whole, span)
        if segment is None:
            return None
        first = segment.fragments[0]
        zero, scale = header.edit_start_ticks, header.timescale
        return MediaFile(
            self._root / path,
            segment,
            start_s=Fraction(first.decode_start_ticks - zero, scale),
            presented_s=Fraction(first.first_presented_ticks - zero, scale),
            uri=path,
        )

    def _read_header(self, where: Path) -> Header:
        return read_header(where, lenient=self._lenient)

    def _read(self, where: Path, header: Header) -> Segment:
        return read_segment(where, header, lenient=self._lenient)

    def _whole_file(self, path: str, header: Header) -> Segment | None:
        where = self._root / path
        if where not in self._whole_files:
            self._whole_files[where] = self._try(lambda each: self._read(each, header), path)
        return self._whole_files[where]

    def _slice(self, path: str, whole: Segment, span: ByteRange) -> Segment | None:
        size, offset = span
        own = tuple(f for f in whole.fragments if offset <= f.offset < offset + size)
        if not own or offset + size > whole.size_bytes:
            self._problems.append(f"{path}: bytes {offset} to {offset + size} hold no fragment")
            return None
        return Segment(size, (), own, offset)

    def _whole(self, parts: Iterable[T | None]) -> tuple[T, ...]:
        """Return all parts, or none of them where one is unreadable."""
        known = list(parts)
        readable = tuple(part for part in known if part is not None)
        return readable if len(readable) == len(known) else ()

    def _try(self, read: Callable[[Path], T], path: str) -> T | None:
        try:
            return read(self._inside(path))
        except UNREADABLE as error:
            why = "is not there" if isinstance(error, FileNotFoundError) else str(error)
            self._problems.append(f"{path}: {why}")
            return None

    def _inside(self, path: str) -> Path:
        if is_elsewhere(path):
            raise UnreadablePlaylist("leads out of the presentation")
        return self._root / path


def _by_its_index(listed: Representation, media: Sequence[MediaFile], scale: int) -> Representation:
    """Return a representation of one file with the times and ranges of its index."""
    ticks = [sum(sum(f.durations_ticks) for f in each.segment.fragments) for each in media]
    # As they are presented: what an edit list hides before zero is in no index.
    first = int(media[0].presented_s * scale)
    starts = [max(0, start) for start in accumulate(ticks[:-1], initial=first)]
    return replace(
        listed,
        timescale=scale,
        media=listed.media * len(media),
        ranges=tuple((each.segment.size_bytes, each.segment.offset) for each in media),
        starts_ticks=tuple(starts),
        durations_ticks=tuple(ticks),
    )
