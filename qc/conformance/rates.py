"""Rules about bit rates: what manifests declare against what the files weigh.

Measured from the playlists as published and the files on disk, with code of its own: the packaging
module that writes the figures must not be the one that approves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from qc.conformance.expectations import Expectations
from qc.conformance.hls import Attributes, MediaPlaylist
from qc.conformance.presentation import MediaFile, Presentation, Track, below
from qc.conformance.rule import APPLE, DASH, Finding, rule

TOLERANCE = Fraction(1, 10)  # Apple 1.26, 1.27
MAX_PEAK_TO_AVERAGE = 2.0  # Apple 1.30


@dataclass(frozen=True, slots=True)
class Load:
    """What a playlist takes from a network, in bit/s."""

    average_bps: float
    peak_bps: float


SILENCE = Load(0, 0)


@rule("apple-1.26", "Average rates are within 10 % of AVERAGE-BANDWIDTH", f"{APPLE} 1.26", "hls")
def average_bandwidth(presentation: Presentation, expected: Expectations) -> Finding:
    measured = [(name, declared, load.average_bps) for name, declared, load in _all(presentation)]
    # RFC 8216, 4.3.4.2, leaves it to others.
    return _compare(measured, "AVERAGE-BANDWIDTH", optional=not expected.is_ours)


@rule("apple-1.27", "Peak rates are within 10 % of BANDWIDTH", f"{APPLE} 1.27", "hls")
def peak_bandwidth(presentation: Presentation, _: Expectations) -> Finding:
    measured = [(name, declared, load.peak_bps) for name, declared, load in _all(presentation)]
    return _compare(measured, "BANDWIDTH")


@rule("apple-1.30", "Peaks stay within 200 % of the average", f"{APPLE} 1.30", "hls")
def peak_to_average(presentation: Presentation, _: Expectations) -> Finding:
    ratios = {
        name: load.peak_bps / load.average_bps
        for name, _, load in _variants(presentation)
        if load.average_bps
    }
    return Finding(
        seen=f"the highest peak is {max(ratios.values(), default=0):.0%} of its average",
        advised=[
            f"{name} peaks at {ratio:.0%} of its average"
            for name, ratio in ratios.items()
            if ratio > MAX_PEAK_TO_AVERAGE
        ],
    )


@rule(
    "dash-bandwidth",
    "minBufferTime at @bandwidth delivers every sample in time",
    f"{DASH} 5.3.5",
    "dash",
)
def dash_bandwidth(presentation: Presentation, _: Expectations) -> Finding:
    promised_s = float(presentation.mpd.min_buffer_s)
    advised, broken, worst_s = [], [], 0.0
    for track in presentation.of_kind("video", "audio"):
        if track.representation is None:
            continue
        bps = track.representation.bandwidth_bps
        if bps <= 0:
            broken.append(f"{track.name} has no @bandwidth")
            continue
        needed_s = _buffer_s(track, bps)
        worst_s = max(worst_s, needed_s)
        if needed_s > promised_s + 0.001:
            advised.append(
                f"{track.name} needs {needed_s:.2f} s of buffer at its {bps} bit/s, "
                f"minBufferTime is {promised_s:.2f} s"
            )
    return Finding(
        seen=f"{worst_s:.2f} s of buffer are enough, minBufferTime is {promised_s:.2f} s",
        broken=broken,
        advised=advised,
    )


def _compare(
    measured: list[tuple[str, Attributes, float]], attribute: str, *, optional: bool = False
) -> Finding:
    broken, advised, worst = list[str](), list[str](), 0.0
    for name, declared, bps in measured:
        if not declared.get(attribute, "").isdigit():
            told = advised if optional and attribute not in declared else broken
            told.append(f"{name} declares no {attribute}")
            continue
        stated = int(declared[attribute])
        off = bps / stated - 1 if stated else float("inf")
        worst = max(worst, abs(off))
        sentence = f"{name} declares {stated} bit/s and takes {bps:.0f} bit/s ({off:+.0%})"
        if bps > stated * (1 + TOLERANCE):
            broken.append(sentence)  # a player chooses what it cannot carry, and stalls
        elif bps < stated * (1 - TOLERANCE):
            advised.append(sentence)
    return Finding(
        seen=f"{len(measured)} variants, at most {worst:.1%} off", broken=broken, advised=advised
    )


def _all(presentation: Presentation) -> Iterator[tuple[str, Attributes, Load]]:
    yield from _variants(presentation)
    loads = _loads(presentation, iframes=True)
    for declared in presentation.multivariant.iframe_variants:
        track = presentation.at(declared.get("URI", ""))
        if track is not None and track.name in loads:
            yield f"I-frames of {track.name}", declared, loads[track.name]


def _variants(presentation: Presentation) -> Iterator[tuple[str, Attributes, Load]]:
    """Yield (name, attributes, load) of each variant with its dearest audio and text."""
    loads = _loads(presentation, iframes=False)
    for variant in presentation.multivariant.variants:
        track = presentation.at(variant.uri)
        if track is None or track.name not in loads:
            continue
        name = track.name
        groups = {kind: _group(presentation, loads, variant.attributes, kind) for kind in GROUPS}
        if track.kind == "video":
            parts = [loads[name], _dearest(groups["AUDIO"])]
        else:
            parts = [_dearest([loads[name], *groups["AUDIO"]])]  # its own playlist is one of them
        parts.append(_dearest(groups["SUBTITLES"]))
        sound = variant.attributes.get("AUDIO")
        yield (
            f"{name} with {sound}" if sound else name,
            variant.attributes,
            Load(sum(p.average_bps for p in parts), sum(p.peak_bps for p in parts)),
        )


GROUPS = ("AUDIO", "SUBTITLES")


def _group(
    presentation: Presentation, loads: dict[str, Load], attributes: Attributes, kind: str
) -> list[Load]:
    tracks = [
        presentation.at(media["URI"])
        for media in presentation.multivariant.media
        if media.get("TYPE") == kind
        and media.get("GROUP-ID") == attributes.get(kind)
        and "URI" in media
    ]
    return [loads[track.name] for track in tracks if track and track.name in loads]


def _dearest(loads: list[Load]) -> Load:
    known = loads or [SILENCE]
    return Load(max(load.average_bps for load in known), max(load.peak_bps for load in known))


def _loads(presentation: Presentation, *, iframes: bool) -> dict[str, Load]:
    found = {}
    for track in presentation.tracks:
        playlist = track.iframes if iframes else track.playlist
        folder = f"{track.folder}/" if track.folder else ""
        sizes = [
            item.byte_range[0]
            if item.byte_range
            else presentation.size_bytes(below(folder, item.uri))
            for item in (playlist.items if playlist else ())
        ]
        if playlist and None not in sizes:
            found[track.name] = _load(playlist, [size or 0 for size in sizes])
    return found


def _load(playlist: MediaPlaylist, sizes_bytes: Sequence[int]) -> Load:
    """Return the load of a playlist, its peak over 0.5 to 1.5 target durations (RFC 8216bis, 1)."""
    bits = [8 * size for size in sizes_bytes]
    seconds = [float(item.duration_s) for item in playlist.items]
    average_bps = sum(bits) / max(sum(seconds), 0.001)
    peak_bps = average_bps
    for first in range(len(bits)):
        for last in range(first + 1, len(bits) + 1):
            length_s = sum(seconds[first:last])
            if length_s > 1.5 * playlist.target_s:
                break
            if length_s >= 0.5 * playlist.target_s:
                peak_bps = max(peak_bps, sum(bits[first:last]) / length_s)
    return Load(average_bps, peak_bps)


def _buffer_s(track: Track, bps: int) -> float:
    """Return the longest any sample comes after its decoding time, whatever segment is first.

    One pass backwards: what the samples of all later segments need, seen from each start.
    """
    assert track.header is not None
    own_s = [max(_lateness(media, bps, track.header.timescale)) for media in track.media]
    needed_s = [own_s.pop()]
    for media, following in reversed(list(pairwise(track.media))):
        lasts_s = float(following.start_s - media.start_s)
        later_s = needed_s[-1] + media.segment.size_bytes * 8 / bps - lasts_s
        needed_s.append(max(own_s.pop(), later_s))
    return max(needed_s)


def _lateness(media: MediaFile, bps: int, timescale: int) -> Iterator[float]:
    """Yield by how long each sample arrives after its decoding, reading from the segment on."""
    first_ticks = media.segment.fragments[0].decode_start_ticks
    for fragment in media.segment.fragments:
        position = fragment.data_offset - media.segment.offset
        ticks = fragment.decode_start_ticks - first_ticks
        for size, duration in zip(fragment.sizes_bytes, fragment.durations_ticks, strict=True):
            position += size
            yield position * 8 / bps - ticks / timescale
            ticks += duration


RULES = (average_bandwidth, peak_bandwidth, peak_to_average, dash_bandwidth)
