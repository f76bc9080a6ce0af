"""The table of docs/events.md: of every type of event its meaning, and the fields of its data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/events.md"


@dataclass(frozen=True, slots=True)
class Row:
    """What the page says of one type."""

    meaning: str
    fields: frozenset[str]


def _read() -> dict[str, Row]:
    found = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    return {
        name: Row(meaning, frozenset(re.findall(r"`(\w+)`", fields)))
        for name, meaning, fields in found
    }


ROWS = _read()


def fields_of(kind: str) -> frozenset[str]:
    """Return the names of all fields that the data of such an event may have."""
    return ROWS[kind].fields
