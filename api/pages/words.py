"""How pages say times, sizes, rates and counts: one unit a kind, the exact value beside it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from markupsafe import Markup

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
LEAST_PRICE = 0.001
UNITS = (("GB", 1e9, 2), ("MB", 1e6, 1), ("kB", 1e3, 0))


def duration(seconds: float | None) -> str:
    """Return a length of time: "0.4 s", "48 s", "2 min 10 s", "3 h 5 min", "4 d 2 h"."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    for size, name, small, small_name in (
        (DAY_S, "d", HOUR_S, "h"),
        (HOUR_S, "h", MINUTE_S, "min"),
        (MINUTE_S, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def instant(seconds: float) -> str:
    """Return a moment of a title to a tenth of a second: "1:02.5"."""
    tenths = round(seconds * 10)
    return f"{timecode(tenths // 10)}.{tenths % 10}"


def timecode(seconds: float) -> str:
    """Return a place in a title: "1:02:03" or "2:03"."""
    whole = int(seconds)
    hours, minutes, rest = whole // HOUR_S, whole % HOUR_S // MINUTE_S, whole % MINUTE_S
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(then: datetime, now: datetime) -> str:
    """Return how long ago, or how soon: "just now", "3 min ago", "in 2 h"."""
    seconds = (now - then).total_seconds()
    distance = abs(seconds)
    if distance < 10:
        return "just now"
    for size, name in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min"), (1, "s")):
        if distance >= size:
            count = int(distance // size)
            return f"{count} {name} ago" if seconds > 0 else f"in {count} {name}"
    return "just now"


def exact(moment: datetime) -> str:
    """Return a time in full: "2026-11-27 14:03:22 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment_tag(moment: datetime | None, now: datetime) -> Markup:
    """Return a time as an element: relative, the exact one on hover and for programs."""
    if moment is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}" data-relative>{}</time>').format(
        moment.astimezone(UTC).isoformat(), exact(moment), age(moment, now)
    )


def clock_tag(moment: datetime) -> Markup:
    """Return a time of day as an element; scripts show it in the reader's own zone.

    The zone is shown where there are none, so that lines break as they will.
    """
    return Markup(
        '<time datetime="{}" title="{}" data-clock>{}<span class="zone"> UTC</span></time>'
    ).format(moment.astimezone(UTC).isoformat(), exact(moment), f"{moment.astimezone(UTC):%H:%M}")


def size(size_bytes: float | None) -> str:
    """Return an amount of data: "4.14 GB", "12.0 MB", "310 kB"."""
    if size_bytes is None:
        return "–"
    for name, unit, places in UNITS:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.{places}f} {name}"
    return f"{size_bytes:.0f} B"


def rate(bps: float | None) -> str:
    """Return a bit rate in Mbit/s, the one unit of rates: "4.50 Mbit/s"."""
    return "–" if bps is None else f"{bps / 1e6:.2f} Mbit/s"


def money(amount: float, currency: str) -> str:
    """Return a price: "12.40 EUR", "0.042 EUR"; of small ones two digits, or that it is small."""
    if 0 < amount < LEAST_PRICE:
        return f"< {LEAST_PRICE} {currency}"
    places = 2 if amount >= 0.1 or not amount else 1 - math.floor(math.log10(amount))
    return f"{amount:,.{places}f} {currency}"


def count(number: int) -> str:
    """Return a number with its thousands apart: "3,408"."""
    return f"{number:,}"


def many(number: int, one: str, more: str | None = None) -> str:
    """Return a number with its noun: "1 title", "3,408 titles"."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def percent(share: float) -> str:
    """Return a share of one: "62 %"; all of it only where it is all."""
    return f"{int(share * 100 + 1e-9)} %"


def last_name(uri: str) -> str:
    """Return the file's own name of a location."""
    return uri.rstrip("/").rpartition("/")[2] or uri
