"""Presentations made in memory, for rules that look at times, sizes and rates alone."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.isobmff.fragments import Fragment, Segment
from media.isobmff.header import Header
from qc.conformance.expectations import Expectations
from qc.conformance.hls import Item, MediaPlaylist, Multivariant
from qc.conformance.mpd import Mpd, Representation
from qc.conformance.presentation import MediaFile, Presentation, Track

TIMESCALE = 1000  # ticks are milliseconds
HEADER = Header(TIMESCALE, "avc1.64001f", 0, 0, 0, 0, 4, 640, 360, 2)


def fragment(start: int, *durations: int, sizes: Sequence[int] = (), **changes: Any) -> Fragment:
    """Return a fragment of samples that last so many ticks, each presented when it is decoded."""
    given = Fragment(
        offset=0,
        data_offset=0,
        decode_start_ticks=start,
        first_presented_ticks=start,
        durations_ticks=array("Q", durations),
        sizes_bytes=array("Q", sizes or [1] * len(durations)),
        starts_with_sync=True,
    )
    return replace(given, **changes)


def media_file(name: str, *fragments: Fragment, size_bytes: int = 100) -> MediaFile:
    first = fragments[0]
    return MediaFile(
        Path(name),
        Segment(size_bytes, (), fragments),
        start_s=Fraction(first.decode_start_ticks, TIMESCALE),
        presented_s=Fraction(first.first_presented_ticks, TIMESCALE),
    )


def segments(*durations: int, start: int = 0) -> tuple[MediaFile, ...]:
    """Return segments of one sample each, one after the other."""
    starts = [start + sum(durations[:n]) for n in range(len(durations))]
    return tuple(
        media_file(f"{n}.m4s", fragment(at, duration))
        for n, (at, duration) in enumerate(zip(starts, durations, strict=True), 1)
    )


def playlist(*durations_s: str, **changes: Any) -> MediaPlaylist:
    """Return a finished playlist of segments that are listed with these durations."""
    items = tuple(Item(f"{n}.m4s", Fraction(s), None) for n, s in enumerate(durations_s, 1))
    return replace(MediaPlaylist(6, "VOD", True, False, "init.mp4", items), **changes)


def listed(name: str, *durations_ticks: int, start: int = 0, **changes: Any) -> Representation:
    """Return a representation of segments that begin with each other's end."""
    starts = tuple(start + sum(durations_ticks[:n]) for n in range(len(durations_ticks)))
    given = Representation(
        *(name, "video", "", (), "avc1.64001f", 8000, 640, 360, TIMESCALE, f"{name}/init.mp4"),
        tuple(f"{name}/{n}.m4s" for n in range(1, len(starts) + 1)),
        starts,
        durations_ticks,
    )
    return replace(given, **changes)


def track(name: str, media: Sequence[MediaFile] = (), **changes: Any) -> Track:
    """Return a video track of these segments that no manifest names."""
    return replace(Track(name, "video", None, None, None, HEADER, tuple(media), ()), **changes)


def presentation(*tracks: Track, root: Path = Path(), **changes: Any) -> Presentation:
    """Return a presentation of tracks; its MPD has their representations and a buffer of 1 s."""
    representations = tuple(t.representation for t in tracks if t.representation)
    mpd = Mpd("static", Fraction(10), Fraction(1), representations)
    given = Presentation(root, Multivariant(True, (), (), (), ()), mpd, tracks)
    return replace(given, **changes)


def title(duration_s: str = "10", segment_s: str = "6") -> Expectations:
    """Expect a title of that length, of which nothing else is known."""
    return Expectations(Fraction(duration_s), Fraction(segment_s), (), (), ())
