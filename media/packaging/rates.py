"""Bit rates as HLS and DASH define them, from real sizes and exact durations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from media.isobmff.fragments import Segment


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one playlist, in bit/s, container overhead included."""

    average_bps: int
    peak_bps: int

    def __add__(self, other: Rates) -> Rates:
        return Rates(self.average_bps + other.average_bps, self.peak_bps + other.peak_bps)


SILENT = Rates(0, 0)

SegmentSpan = tuple[int, Fraction]  # size in bytes, duration in seconds


def measure(spans: Sequence[SegmentSpan], target_s: int) -> Rates:
    """Return the rates of a playlist whose target duration is `target_s`.

    The peak is the largest rate of any contiguous set of segments that lasts 0.5 to 1.5 target
    durations (RFC 8216bis, 4.4.6.2 and the definition in 1); a playlist too short to hold such a
    set has its average for a peak.
    """
    total = sum(size for size, _ in spans), sum((d for _, d in spans), Fraction(0))
    average_bps = _bps(total)
    peak_bps = max((_bps(window) for window in _windows(spans, target_s)), default=average_bps)
    return Rates(average_bps, max(average_bps, peak_bps))


def highest(rates: Iterable[Rates]) -> Rates:
    """Return the largest average and the largest peak among renditions, of which one plays."""
    known = list(rates) or [SILENT]
    return Rates(max(r.average_bps for r in known), max(r.peak_bps for r in known))


def buffer_s(segments: Sequence[Segment], timescale: int, bps: int) -> float:
    """Return how long a player must buffer so that `bps` delivers every sample in time.

    This is the least MPD@minBufferTime for Representation@bandwidth `bps`: reading may start at
    any segment, and each sample must be there when it is decoded (ISO/IEC 23009-1, 5.3.5.2).
    """
    lead_s = needed_s = 0.0
    base_bytes = 0
    for index, segment in enumerate(segments):
        start_s = segment.fragments[0].decode_start_ticks / timescale
        arrival_s = base_bytes * 8 / bps - start_s
        lead_s = arrival_s if index == 0 else min(lead_s, arrival_s)
        for fragment in segment.fragments:
            position = base_bytes + fragment.data_offset
            ticks = fragment.decode_start_ticks
            columns = zip(fragment.sizes_bytes, fragment.durations_ticks, strict=True)
            for size_bytes, duration_ticks in columns:
                position += size_bytes
                needed_s = max(needed_s, position * 8 / bps - ticks / timescale - lead_s)
                ticks += duration_ticks
        base_bytes += segment.size_bytes
    return needed_s


def _windows(spans: Sequence[SegmentSpan], target_s: int) -> Iterator[SegmentSpan]:
    for start in range(len(spans)):
        size_bytes, duration_s = 0, Fraction(0)
        for index in range(start, len(spans)):
            size_bytes += spans[index][0]
            duration_s += spans[index][1]
            if 2 * duration_s > 3 * target_s:
                break
            if 2 * duration_s >= target_s:
                yield size_bytes, duration_s


def _bps(span: SegmentSpan) -> int:
    size_bytes, duration_s = span
    return ceil(size_bytes * 8 / duration_s) if duration_s else 0
