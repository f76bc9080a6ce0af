"""What FFmpeg's `metadata=print` and `ametadata=print` filters write, read back.

The format: a line "frame:0 pts:0 pts_time:0" for a frame, then a line "key=value" for each entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

UNTIMED = "NOPTS"  # FFmpeg's av_ts2timestr


def read_frames(path: Path) -> Iterator[tuple[float, dict[str, str]]]:
    """Yield the time in seconds and the entries of every frame that was printed."""
    time_s, values = 0.0, dict[str, str]()
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("frame:"):
                if values:
                    yield time_s, values
                time_s, values = _seconds(line), {}
            else:
                key, _, value = line.strip().partition("=")
                values[key] = value
    if values:
        yield time_s, values


def read_values(path: Path) -> list[float]:
    """Return the values of a file that holds one key, in order."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        return [_number(line.partition("=")[2]) for line in lines if "=" in line]


def _seconds(line: str) -> float:
    """Return the time of a frame; before all others where it has none, as padding of nothing."""
    time = line.rpartition("pts_time:")[2].strip()
    return -math.inf if time == UNTIMED else _number(time)


def _number(text: str) -> float:
    value = float(text.strip())
    return -math.inf if math.isnan(value) else value  # ebur128 calls nothing at all "nan"
