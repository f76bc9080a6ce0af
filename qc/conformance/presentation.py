"""A generation as it lies on disk: each manifest, playlist and segment, read once for all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TypeVar

from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import Segment, read_segment
from media.isobmff.header import Header, read_header
from media.packaging.title import DASH_NAME, HLS_NAME, IFRAMES_NAME
from qc.conformance.captions import TextSegment, UnreadableText, read_text_segment
from qc.conformance.hls import (
    MediaPlaylist,
    Multivariant,
    UnreadablePlaylist,
    read_media_playlist,
    read_multivariant,
)
from qc.conformance.mpd import Mpd, Representation, UnreadableManifest, read_mpd

UNREADABLE = (DamagedFile, UnreadablePlaylist, UnreadableManifest, UnreadableText, OSError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A CMAF segment and where its track's header says it belongs."""

    path: Path
    segment: Segment
    start_s: Fraction  # of its first sample's decoding, on the presentation's timeline
    presented_s: Fraction  # of its first presented sample


@dataclass(frozen=True, slots=True)
class Track:
    """One track with everything either protocol says about it; None or empty where unreadable."""

    name: str
    kind: str  # "video", "audio", "text"
    playlist: MediaPlaylist | None
    iframes: MediaPlaylist | None
    representation: Representation | None
    header: Header | None
    media: tuple[MediaFile, ...]
    texts: tuple[TextSegment, ...]

    @property
    def end_s(self) -> Fraction:
        """Return when its last sample has been presented."""
        assert self.header is not None
        first, last = self.media[0], self.media[-1]
        decoded = (
            last.segment.fragments[-1].decode_end_ticks
            - first.segment.fragments[0].decode_start_ticks
        )
        return first.presented_s + Fraction(decoded, self.header.timescale)


@dataclass(slots=True)
class Presentation:
    """A generation; `problems` are sentences about whatever could not be read."""

    root: Path
    multivariant: Multivariant
    mpd: Mpd
    tracks: tuple[Track, ...] = ()
    problems: list[str] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> tuple[Track, ...]:
        """Return the tracks of these kinds that could be read whole."""
        return tuple(t for t in self.tracks if t.kind in kinds and t.header and t.media)

    def track(self, name: str) -> Track | None:
        """Return the track called `name`, None where neither manifest names it."""
        return next((track for track in self.tracks if track.name == name), None)

    def playlists(self) -> Iterator[tuple[str, MediaPlaylist]]:
        """Yield each readable media playlist and its path below the generation."""
        for track in self.tracks:
            if track.playlist:
                yield f"{track.name}/playlist.m3u8", track.playlist
            if track.iframes:
                yield f"{track.name}/{IFRAMES_NAME}", track.iframes


def load(root: Path) -> Presentation:
    """Return the generation below `root`.

    Raises UnreadablePlaylist, UnreadableManifest or OSError where one of the two manifests cannot
    be read; anything below them that cannot is noted in `problems`.
    """
    multivariant = read_multivariant((root / HLS_NAME).read_text("utf-8"))
    mpd = read_mpd((root / DASH_NAME).read_bytes())
    presentation = Presentation(root, multivariant, mpd)
    reader = _Reader(root, presentation.problems)
    presentation.tracks = tuple(reader.track(named) for named in _named(multivariant, mpd))
    return presentation


@dataclass(slots=True)
class _Named:
    """A track as the manifests name it."""

    name: str
    kind: str
    playlist: str = ""
    iframes: str = ""
    representation: Representation | None = None


def _named(multivariant: Multivariant, mpd: Mpd) -> list[_Named]:
    found: dict[str, _Named] = {}

    def at(uri: str, kind: str) -> _Named:
        name = PurePosixPath(uri).parent.name
        return found.setdefault(name, _Named(name, kind))

    for representation in mpd.representations:  # first, because it says what kind a track is
        at(representation.initialization, representation.kind).representation = representation
    for variant in multivariant.variants:
        kind = "video" if "RESOLUTION" in variant.attributes else "audio"
        at(variant.uri, kind).playlist = variant.uri
    for media in multivariant.media:
        if media.get("TYPE") == "CLOSED-CAPTIONS":
            continue  # inside the pictures
        kind = "text" if media.get("TYPE") == "SUBTITLES" else "audio"
        at(media.get("URI", ""), kind).playlist = media.get("URI", "")
    for iframe_variant in multivariant.iframe_variants:
        at(iframe_variant.get("URI", ""), "video").iframes = iframe_variant.get("URI", "")
    return list(found.values())


class _Reader:
    """Reads tracks, turning what cannot be read into sentences."""

    def __init__(self, root: Path, problems: list[str]) -> None:
        self._root = root
        self._problems = problems

    def track(self, named: _Named) -> Track:
        playlist = self._playlist(named.playlist)
        folder = self._root / named.name
        init = self._root / named.representation.initialization if named.representation else None
        if playlist and playlist.map_uri:
            init = folder / playlist.map_uri
        header = self._try(read_header, init) if init else None
        if named.kind == "text" or playlist is None:
            media = named.representation.media if named.representation else ()
            paths = [self._root / uri for uri in media]
        else:
            paths = [folder / item.uri for item in playlist.items]
        texts = playlist.items if playlist and named.kind == "text" else ()
        return Track(
            name=named.name,
            kind=named.kind,
            playlist=playlist,
            iframes=self._playlist(named.iframes),
            representation=named.representation,
            header=header,
            media=self._media(paths, header) if header else (),
            texts=self._whole(self._try(read_text_segment, folder / item.uri) for item in texts),
        )

    def _playlist(self, uri: str) -> MediaPlaylist | None:
        def read(path: Path) -> MediaPlaylist:
            return read_media_playlist(path.read_text("utf-8"))

        return self._try(read, self._root / uri) if uri else None

    def _media(self, paths: Iterable[Path], header: Header) -> tuple[MediaFile, ...]:
        def read(path: Path) -> MediaFile:
            segment = read_segment(path, header)
            first = segment.fragments[0]
            zero, scale = header.edit_start_ticks, header.timescale
            return MediaFile(
                path,
                segment,
                start_s=Fraction(first.decode_start_ticks - zero, scale),
                presented_s=Fraction(first.first_presented_ticks - zero, scale),
            )

        return self._whole(self._try(read, path) for path in paths)

    def _whole(self, parts: Iterable[T | None]) -> tuple[T, ...]:
        """Return all parts, or none of them where one is unreadable."""
        known = list(parts)
        readable = tuple(part for part in known if part is not None)
        return readable if len(readable) == len(known) else ()

    def _try(self, read: Callable[[Path], T], path: Path) -> T | None:
        try:
            return read(path)
        except UNREADABLE as error:
            name = path.relative_to(self._root).as_posix()
            why = "is not there" if isinstance(error, FileNotFoundError) else str(error)
            self._problems.append(f"{name}: {why}")
            return None
