"""Rules about HLS media playlists: finished, of one target duration, true to their segments."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from qc.conformance.expectations import Expectations
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import APPLE, HLS, Finding, rule

GRACE_S = Fraction(1, 2)  # Apple 7.7
SPAN_TOLERANCE_S = Fraction(1, 2)  # a player waits for, or drops, more than this at the end
EXTINF_TOLERANCE_S = Fraction(1, 10)  # summed up: more makes seeks land in the wrong segment


@rule("hls-vod", "Every media playlist is finished", f"{HLS} 4.3.3.4-5", "hls")
def vod(presentation: Presentation, _: Expectations) -> Finding:
    playlists = list(presentation.playlists())
    return Finding(
        seen=f"{len(playlists)} playlists of type VOD end with EXT-X-ENDLIST",
        broken=[f"{name} has no EXT-X-ENDLIST" for name, p in playlists if not p.ended],
        advised=[
            f"{name} is of type {p.playlist_type or 'none'}, not VOD"
            for name, p in playlists
            if p.playlist_type != "VOD"
        ],
    )


@rule("apple-8.2", "Every playlist has the same target duration", f"{APPLE} 8.2-8.3", "hls")
def same_target(presentation: Presentation, _: Expectations) -> Finding:
    targets: dict[int, list[str]] = {}
    for name, playlist in presentation.playlists():
        targets.setdefault(playlist.target_s, []).append(name)
    if not targets:
        return Finding(seen="no playlist could be read")
    common = max(targets, key=lambda target: len(targets[target]))
    return Finding(
        seen=f"{common} s in all {len(targets[common])} playlists",
        broken=[
            f"{name} has a target of {target} s, others {common} s"
            for target, names in targets.items()
            if target != common
            for name in names
        ],
    )


@rule("hls-target", "No segment is longer than the target duration", f"{HLS} 4.3.3.1", "hls")
def within_target(presentation: Presentation, _: Expectations) -> Finding:
    broken, longest_s = [], Fraction(0)
    for name, playlist in presentation.playlists():
        for item in playlist.items:
            longest_s = max(longest_s, item.duration_s)
            if floor(item.duration_s + Fraction(1, 2)) > playlist.target_s:
                broken.append(
                    f"{name}: {item.uri} lasts {float(item.duration_s):.3f} s, "
                    f"the target is {playlist.target_s} s"
                )
    return Finding(seen=f"the longest segment lasts {float(longest_s):.3f} s", broken=broken)


@rule(
    "apple-7.7",
    "Segments exceed the target duration by half a second at most",
    f"{APPLE} 7.7",
    "hls",
)
def measured_within_target(presentation: Presentation, _: Expectations) -> Finding:
    broken, longest_s = [], Fraction(0)
    for track in presentation.of_kind("video", "audio"):
        if track.playlist is None:
            continue
        for media, length_s in zip(track.media, _measured_lengths(track), strict=True):
            longest_s = max(longest_s, length_s)
            if length_s > track.playlist.target_s + GRACE_S:
                broken.append(f"{media.told(track.name)} holds {float(length_s):.3f} s of media")
    return Finding(seen=f"the longest holds {float(longest_s):.3f} s of media", broken=broken)


@rule("hls-extinf", "EXTINF says how long the media of a segment lasts", f"{HLS} 4.3.2.1", "hls")
def true_extinf(presentation: Presentation, _: Expectations) -> Finding:
    broken, worst_s = [], Fraction(0)
    for track in presentation.of_kind("video", "audio"):
        if track.playlist is None:
            continue
        listed_s = measured_s = Fraction(0)
        lengths = _measured_lengths(track)
        for item, length_s in zip(track.playlist.items, lengths, strict=True):
            listed_s, measured_s = listed_s + item.duration_s, measured_s + length_s
            drift_s = abs(listed_s - measured_s)
            worst_s = max(worst_s, drift_s)
            if drift_s > EXTINF_TOLERANCE_S:
                broken.append(
                    f"{track.name}: by {item.uri} the playlist is {float(drift_s):.3f} s "
                    "away from its media"
                )
                break
    return Finding(
        seen=f"playlists and media part by {float(worst_s) * 1000:.1f} ms at most", broken=broken
    )


@rule("apple-8.7", "Every playlist covers the same time range", f"{APPLE} 8.4-8.7", "hls")
def same_range(presentation: Presentation, expected: Expectations) -> Finding:
    lengths = {name: playlist.duration_s for name, playlist in presentation.playlists()}
    title_s = expected.duration_s
    worst_s = max((abs(length_s - title_s) for length_s in lengths.values()), default=Fraction(0))
    return Finding(
        seen=f"{len(lengths)} playlists within {float(worst_s) * 1000:.0f} ms of the title's "
        f"{float(title_s):.3f} s",
        broken=[
            f"{name} covers {float(length_s):.3f} s of {float(title_s):.3f} s"
            for name, length_s in lengths.items()
            if abs(length_s - title_s) > SPAN_TOLERANCE_S
        ],
    )


def _measured_lengths(track: Track) -> list[Fraction]:
    """Return the presentation time each segment adds: the first one starts at zero or later."""
    starts = [max(Fraction(0), media.presented_s) for media in track.media]
    return [end - start for start, end in zip(starts, [*starts[1:], track.end_s], strict=True)]


RULES = (vod, same_target, within_target, measured_within_target, true_extinf, same_range)
