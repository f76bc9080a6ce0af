"""The manifest pass: from the packager's segments to manifests that say what is really there."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from farm.facts import Packaged, PackagedTrack
from media.packaging.media_playlist import iframe_playlist, media_playlist, target_s
from media.packaging.mpd import manifest
from media.packaging.multivariant import Measured, multivariant
from media.packaging.rates import Rates, buffer_s, measure
from media.packaging.readback import Entry, WrittenTrack, read_back
from media.packaging.title import DASH_NAME, HLS_NAME, IFRAMES_NAME, PLAYLIST_NAME, Title

MIN_BUFFER_S = 2.0  # what players start with anyway (Shaka Packager's and shaka-player's default)


@dataclass(frozen=True, slots=True)
class Manifests:
    """Every playlist and the MPD of a generation by path below it, and what they tell of."""

    files: dict[str, bytes]
    facts: Packaged
    tracks: tuple[WrittenTrack, ...]


def make_manifests(folder: Path, title: Title) -> Manifests:
    """Return the manifests over the segments of `title` that lie below `folder`.

    Raises ToolFailed where the packager left a track out or damaged.
    """
    tracks = read_back(folder, title)
    target = target_s(tracks)
    files: dict[str, bytes] = {}
    for track in tracks:
        files |= _playlists(track, target)
    hls_rates = {track.name: _rates(track.hls_entries, target) for track in tracks}
    measured = {
        track.name: Measured(
            track.codecs,
            hls_rates[track.name],
            _rates(track.iframes, target) if track.iframes else None,
        )
        for track in tracks
    }
    files[HLS_NAME] = multivariant(title, measured).encode()
    dash_rates = {track.name: _rates(track.entries, target) for track in tracks}
    by_name = {track.name: track for track in tracks}
    files[DASH_NAME] = manifest(title, by_name, dash_rates, _min_buffer_s(tracks, dash_rates))
    facts = Packaged(
        HLS_NAME, DASH_NAME, tuple(_facts(track, hls_rates[track.name]) for track in tracks)
    )
    return Manifests(files, facts, tracks)


def _playlists(track: WrittenTrack, target: int) -> dict[str, bytes]:
    playlist = media_playlist(track.hls_entries, target, has_init=track.kind != "text")
    files = {f"{track.name}/{PLAYLIST_NAME}": playlist.encode()}
    if track.iframes:
        iframes = iframe_playlist(track.iframes, target)
        files[f"{track.name}/{IFRAMES_NAME}"] = iframes.encode()
    return files


def _rates(entries: tuple[Entry, ...], target: int) -> Rates:
    return measure([entry.span for entry in entries], target)


def _min_buffer_s(tracks: tuple[WrittenTrack, ...], rates: dict[str, Rates]) -> float:
    needs = (
        buffer_s(track.segments, track.timescale, rates[track.name].peak_bps)
        for track in tracks
        if track.kind != "text"  # a few hundred bytes that arrive before they matter
    )
    return ceil(max(MIN_BUFFER_S, *needs) * 10) / 10


def _facts(track: WrittenTrack, rates: Rates) -> PackagedTrack:
    duration_s = sum(entry.duration_s for entry in track.hls_entries)
    return PackagedTrack(
        name=track.name,
        kind=track.kind,
        codecs=track.codecs,
        average_bps=rates.average_bps,
        peak_bps=rates.peak_bps,
        segments=len(track.hls_entries),
        duration_s=float(duration_s),
    )
