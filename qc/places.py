"""Stretches of a title, said in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from farm.found import Span

SHOWN = 3


def said(spans: Sequence[Span]) -> str:
    """Return "6.0 s to 8.0 s, 9.5 s to 11.0 s", and how many more there are."""
    more = f" and {len(spans) - SHOWN} more" if len(spans) > SHOWN else ""
    return ", ".join(f"{span.start_s:.1f} s to {span.end_s:.1f} s" for span in spans[:SHOWN]) + more
