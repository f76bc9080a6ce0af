"""A presentation as it lies on disk: every manifest, playlist and segment, as rules see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote

from media.isobmff.fragments import Segment
from media.isobmff.header import Header
from media.packaging.title import DASH_NAME, HLS_NAME, IFRAMES_NAME
from qc.conformance.captions import TextSegment
from qc.conformance.hls import MediaPlaylist, Multivariant
from qc.conformance.mpd import Mpd, Representation
from qc.conformance.mpd_segments import ABSOLUTE


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A CMAF segment and where its track's header says it belongs."""

    path: Path
    segment: Segment
    start_s: Fraction  # of its first sample's decoding, on the presentation's timeline
    presented_s: Fraction  # of its first presented sample
    uri: str = ""  # below the root

    def told(self, track: str) -> str:
        """Return what evidence calls it: its path, or its name in the track's folder."""
        return self.uri or f"{track}/{self.path.name}"


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
    uri: str = ""  # of its playlist, below the root
    iframes_uri: str = ""

    @property
    def is_opaque(self) -> bool:
        """Return whether nobody reads into it here: a transport stream, or packed audio."""
        has_map = self.playlist is not None and self.playlist.map_uri is not None
        return self.header is None and not has_map and self.representation is None

    @property
    def folder(self) -> str:
        """Return the folder that its playlist's URIs are relative to, below the root."""
        return self.uri.rpartition("/")[0] if self.uri else self.name

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
    """A generation, or somebody else's presentation; `problems` say what could not be read.

    Where it has no HLS, or no DASH, that manifest is empty and its path "".
    """

    root: Path
    multivariant: Multivariant
    mpd: Mpd
    tracks: tuple[Track, ...] = ()
    problems: list[str] = field(default_factory=list)
    hls: str = HLS_NAME  # below the root
    dash: str = DASH_NAME

    def of_kind(self, *kinds: str) -> tuple[Track, ...]:
        """Return the tracks of these kinds that could be read whole."""
        return tuple(t for t in self.tracks if t.kind in kinds and t.header and t.media)

    def track(self, name: str) -> Track | None:
        """Return the track called `name`, None where neither manifest names it."""
        return next((track for track in self.tracks if track.name == name), None)

    def size_bytes(self, path: str) -> int | None:
        """Return the size of the file at a path below the root, None where there is none."""
        try:
            where = self.root / path
            return where.stat().st_size if where.is_file() else None
        except OSError:  # no name of a file here: too long, say
            return None

    def at(self, uri: str) -> Track | None:
        """Return the track whose playlist, or I-frame playlist, a manifest gives this URI."""
        path = below(self.hls, uri)
        found = (t for t in self.tracks if path in (t.uri, t.iframes_uri))
        return next(found, None) or self.track(uri.rpartition("/")[0])

    def playlists(self) -> Iterator[tuple[str, MediaPlaylist]]:
        """Yield each readable media playlist and its path below the generation."""
        for track in self.tracks:
            if track.playlist:
                yield track.uri or f"{track.name}/playlist.m3u8", track.playlist
            if track.iframes:
                yield track.iframes_uri or f"{track.name}/{IFRAMES_NAME}", track.iframes


def is_elsewhere(path: str) -> bool:
    """Return whether a path that `below` gave is none of a file below the root."""
    outside = path.startswith(("/", "../")) or path in ("", "..") or "\0" in path
    return outside or ":" in path.partition("/")[0]


def below(manifest: str, uri: str) -> str:
    """Return the path below the root that a URI in a manifest means, without its query.

    A URL that names its scheme stays one.
    """
    if ABSOLUTE.match(uri):
        return uri
    path = unquote(uri.partition("?")[0].partition("#")[0])
    return normpath(join(manifest.rpartition("/")[0], path)) if path else ""
