"""What the step `thumbnails` leaves: pictures for a seek bar, many to a file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Of `thumbnails`: files "poster.jpg", "thumbnails.vtt", "sprite-00.jpg" ..."""

    interval_s: Fraction
    columns: int
    rows: int
    tile_width: int
    tile_height: int
    count: int
