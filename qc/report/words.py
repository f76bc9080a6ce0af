"""How figures read on the page."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from farm.facts import EncodedVideo
from farm.mediainfo import DynamicRange


def clock(seconds: float | Fraction) -> str:
    """Return a position in the title: 0:07.25, 1:02:03.50."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{rest // 100:02}.{rest % 100:02}"


def minute(seconds: float) -> str:
    """Return a position to the second, for axes: 0:30, 1:05:00."""
    return clock(round(seconds)).removesuffix(".00")


def rate(bps: int | None) -> str:
    """Return a bit rate: 145 kbit/s, 5.93 Mbit/s."""
    if bps is None:
        return "–"
    return f"{bps / 1e6:.2f} Mbit/s" if bps >= 1_000_000 else f"{bps / 1e3:.0f} kbit/s"


def fps(value: Fraction) -> str:
    """Return a frame rate: 24, 29.97."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def score(value: float) -> str:
    return f"{value:.1f}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return "1 check", "2 checks"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


RANGES: Mapping[DynamicRange, str] = {"sdr": "", "hdr10": ", HDR10", "hlg": ", HLG"}


def coding(video: EncodedVideo) -> str:
    """Return how pictures are coded: h264, 8 bits; hevc, 10 bits, HDR10."""
    return f"{video.codec}, {video.bit_depth} bits{RANGES[video.dynamic_range]}"


def size(width: int, height: int) -> str:
    return f"{width} × {height}"
