"""HLS media playlists of finished titles (RFC 8216, 4.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from media.packaging.readback import Entry, WrittenTrack
from media.packaging.title import INIT_NAME

# 6 is the least that has EXT-X-MAP outside I-frame playlists (RFC 8216, 7); one for all of them.
VERSION = 6
EXTINF_DIGITS = 6  # milliseconds would drift by half a second over the segments of a film


def target_s(tracks: Iterable[WrittenTrack]) -> int:
    """Return the one target duration of a presentation: its longest segment, rounded.

    RFC 8216, 4.3.3.1 compares rounded durations, so that 6.016 s fits a target of 6; Apple wants
    the same target in every playlist (HLS Authoring Specification 8.2).
    """
    longest = max(entry.duration_s for track in tracks for entry in track.hls_entries)
    return max(1, int(round(longest, EXTINF_DIGITS) + Fraction(1, 2)))


def media_playlist(entries: Sequence[Entry], target: int, *, has_init: bool) -> str:
    """Return the playlist of a track's segments, below its directory."""
    lines = _head(target)
    if has_init:
        lines.append(f'#EXT-X-MAP:URI="{INIT_NAME}"')
    for entry in entries:
        lines += [_extinf(entry), entry.uri]
    return _finished(lines)


def iframe_playlist(iframes: Sequence[Entry], target: int) -> str:
    """Return the playlist of a track's I-frames, each a byte range of a segment."""
    lines = [*_head(target), "#EXT-X-I-FRAMES-ONLY", f'#EXT-X-MAP:URI="{INIT_NAME}"']
    for frame in iframes:
        lines += [_extinf(frame), f"#EXT-X-BYTERANGE:{frame.size_bytes}@{frame.offset}", frame.uri]
    return _finished(lines)


def _head(target: int) -> list[str]:
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]


def _extinf(entry: Entry) -> str:
    return f"#EXTINF:{float(entry.duration_s):.{EXTINF_DIGITS}f},"


def _finished(lines: list[str]) -> str:
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])
