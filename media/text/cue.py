"""A cue, and how much of one ReelFarm takes."""

from __future__ import annotations

from dataclasses import dataclass

# A feature film's subtitles are 100 KB and 2,000 cues: these caps only stop hostile files.
MAX_BYTES = 16 * 1024 * 1024
MAX_CUES = 50_000
MAX_CHARS = 2_000  # of one cue, as shown
MAX_TAG_DEPTH = 16

FOREVER_MS = 100 * 3_600_000 - 1  # 99:59:59.999: an end that the title's end will replace


class NotSubtitles(ValueError):
    """The text is not what its reader reads; the message says why, without naming the file."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue over [start_ms, end_ms): its WebVTT payload and WebVTT cue settings.

    The payload is escaped, its tags balance, and it has no blank line. An empty one shows nothing.
    """

    start_ms: int
    end_ms: int
    payload: str
    settings: str = ""


def timestamp(time_ms: int) -> str:
    """Return `time_ms` as WebVTT writes it, with hours: "00:01:02.500"."""
    hours, rest = divmod(time_ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, milliseconds = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
