"""The manifest pass: from the packager's segments to manifests that say what is really there."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from farm.facts import Packaged, PackagedTrack
from workers.packaging.media_playlist import iframe_playlist, media_playlist, target_s
from workers.packaging.mpd import manifest
from workers.packaging.multivariant import Measured, multivariant
from workers.packaging.rates import Rates, buffer_s, measure
from workers.packaging.text_segments import anchor
from workers.packaging.title import DASH_NAME, HLS_NAME, IFRAMES_NAME, PLAYLIST_NAME, Title
from workers.packaging.written import Entry, WrittenTrack, read_back

MIN_BUFFER_S = 2.0  # what players start with anyway (Shaka Packager's and shaka-player's default)


def write_manifests(folder: Path, title: Title) -> tuple[Packaged, tuple[WrittenTrack, ...]]:
    """Write every playlist and the MPD of `title` below `folder`, over the packager's raw MPD.

    Returns the facts and the tracks as read back. Raises ToolFailed where the packager left a
    track out or damaged.
    """
    for text in title.texts:
        for path in (folder / text.name).glob("*.vtt"):
            path.write_text(anchor(path.read_text("utf-8")), "utf-8", newline="\n")
    tracks = read_back(folder, title)
    target = target_s(tracks)
    for track in tracks:
        _write_playlists(folder / track.name, track, target)
    hls_rates = {track.name: _rates(track.hls_entries, target) for track in tracks}
    measured = {
        track.name: Measured(
            track.codecs,
            hls_rates[track.name],
            _rates(track.iframes, target) if track.iframes else None,
        )
        for track in tracks
    }
    _write(folder / HLS_NAME, multivariant(title, measured).encode())
    dash_rates = {track.name: _rates(track.entries, target) for track in tracks}
    by_name = {track.name: track for track in tracks}
    mpd = manifest(title, by_name, dash_rates, _min_buffer_s(tracks, dash_rates))
    _write(folder / DASH_NAME, mpd)
    facts = Packaged(
        HLS_NAME, DASH_NAME, tuple(_facts(track, hls_rates[track.name]) for track in tracks)
    )
    return facts, tracks


def _write_playlists(folder: Path, track: WrittenTrack, target: int) -> None:
    playlist = media_playlist(track.hls_entries, target, has_init=track.kind != "text")
    _write(folder / PLAYLIST_NAME, playlist.encode())
    if track.iframes:
        _write(folder / IFRAMES_NAME, iframe_playlist(track.iframes, target).encode())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)  # the scratch directory is ours alone: nobody reads it half-written


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
