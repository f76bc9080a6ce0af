"""How HDR10 pictures were mastered, as a container or their first picture says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from farm.mediainfo import ContentLight, MasteringDisplay

DISPLAY, CONTENT = "Mastering display metadata", "Content light level metadata"
# What a display can be, in the units of `MasteringDisplay` (SMPTE ST 2086; PQ ends at 10,000).
MOST_CHROMATICITY, MOST_LUMINANCE = 50_000, 100_000_000
MOST_LIGHT = 65_535  # CTA-861.3 has 16 bits for each


def mastering_display(side_data: Iterable[Mapping[str, Any]]) -> MasteringDisplay | None:
    """Return the mastering display among ffprobe's side data; None for none, or for nonsense."""
    for entry in side_data:
        if entry.get("side_data_type") == DISPLAY:
            try:
                return _display(entry)
            except (KeyError, ValueError, ZeroDivisionError):
                return None
    return None


def content_light(side_data: Iterable[Mapping[str, Any]]) -> ContentLight | None:
    """Return the content light level among ffprobe's side data; None for none, or for zeros."""
    for entry in side_data:
        if entry.get("side_data_type") == CONTENT:
            levels = (entry.get("max_content", 0), entry.get("max_average", 0))
            if any(levels) and all(isinstance(n, int) and 0 <= n <= MOST_LIGHT for n in levels):
                return ContentLight(*levels)
    return None


def _display(entry: Mapping[str, Any]) -> MasteringDisplay | None:
    found = MasteringDisplay(
        red=_point(entry, "red"),
        green=_point(entry, "green"),
        blue=_point(entry, "blue"),
        white=_point(entry, "white_point"),
        max_luminance=round(Fraction(entry["max_luminance"]) * 10_000),
        min_luminance=round(Fraction(entry["min_luminance"]) * 10_000),
    )
    points = (*found.red, *found.green, *found.blue, *found.white)
    possible = all(0 <= value <= MOST_CHROMATICITY for value in points)
    lit = 0 <= found.min_luminance < found.max_luminance <= MOST_LUMINANCE
    return found if possible and lit else None


def _point(entry: Mapping[str, Any], name: str) -> tuple[int, int]:
    x, y = (round(Fraction(entry[f"{name}_{axis}"]) * 50_000) for axis in "xy")
    return x, y
