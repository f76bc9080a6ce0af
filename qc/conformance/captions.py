"""WebVTT segments: their timestamp map and cues (W3C WebVTT; RFC 8216, 3.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

TIMING = re.compile(r"((?:\d+:)?\d\d:\d\d\.\d{3})[ \t]+-->[ \t]+((?:\d+:)?\d\d:\d\d\.\d{3})")
TIMESTAMP_MAP_LINE = re.compile(r"^X-TIMESTAMP-MAP=(.*)$", re.MULTILINE)


class UnreadableText(ValueError):
    """The file is not a WebVTT segment."""


@dataclass(frozen=True, slots=True)
class CaptionCue:
    start_s: Fraction
    end_s: Fraction
    payload: str


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A WebVTT file of a segmented track; `timestamp_map` is None where it has none."""

    timestamp_map: str | None
    cues: tuple[CaptionCue, ...]
    size_bytes: int


def read_text_segment(path: Path) -> TextSegment:
    """Return the cues of the WebVTT file at `path`; raise UnreadableText if it is none."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UnreadableText(f"{path.name} is not UTF-8") from error
    header, *blocks = re.split(r"\n{2,}", text.strip("\n"))
    if header.split("\n")[0].split(" ")[0] != "WEBVTT":
        raise UnreadableText(f"{path.name} does not start with WEBVTT")
    found = TIMESTAMP_MAP_LINE.search(header)
    cues = (_cue(block.split("\n")) for block in blocks)
    return TextSegment(found[1] if found else None, tuple(c for c in cues if c), len(data))


def _cue(lines: list[str]) -> CaptionCue | None:
    """Return the cue of a block, None for NOTE, STYLE and REGION blocks."""
    for index, line in enumerate(lines[:2]):  # an identifier may stand above the timings
        if found := TIMING.match(line):
            payload = "\n".join(lines[index + 1 :])
            return CaptionCue(_seconds(found[1]), _seconds(found[2]), payload)
    return None


def _seconds(timestamp: str) -> Fraction:
    seconds = Fraction(0)
    for part in timestamp.split(":"):
        seconds = seconds * 60 + Fraction(part)
    return seconds
