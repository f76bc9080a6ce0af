"""Clocks that jump, as one flipped bit makes them, or recordings that were joined.

Whatever is made constant afterwards (pictures by `fps`, sound by `aresample`) fills a hole with one
picture and with silence, and drops what comes before the place it has reached. So a file of a
second could keep a worker for a day, and sound be lost without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.mediainfo import MediaInfo
from media.graphs.metadata import read_frames

# How long a stream may pause: slides stand for hours, but what `aresample` fills a hole with lies
# in memory, 23 MB a minute of stereo and 69 of 5.1.
LONGEST_PICTURE_S = 4 * 3600
LONGEST_SILENCE_S = 600
MOST_BACK_S = 2
# A pause that takes pictures past the end their file declares is none, from this length on.
LATE_S = 60


def jumps_name(stream_index: int) -> str:
    """Return the name of the file that tells where the clock of a stream jumps."""
    return f"jumps-{stream_index}.txt"


def declared_end(media: MediaInfo) -> Fraction | None:
    """Return how long a source says it lasts, where this is told by its end or by an index of all.

    Of a fragmented MP4 it is often what the first fragments last.
    """
    return None if "mov" in media.format.split(",") else media.duration_s or None


def steady_pictures(stream: Any, stream_index: int, end_s: Fraction | None) -> Any:
    """Return pictures as `steady_sound` does sound; hardly one pauses until after `end_s`."""

    def too_long(now: str, before: str) -> str:
        pause = f"{now}-{before}"
        late = "" if end_s is None else f"+gt({pause},{LATE_S})*gt({now},{float(end_s) + LATE_S})"
        return f"gt({pause},{LONGEST_PICTURE_S}){late}"

    return _steady(stream, stream_index, "", too_long)


def steady_sound(stream: Any, stream_index: int) -> Any:
    """Return sound without pauses that are too long; where its clock jumps is written down."""
    return _steady(
        stream, stream_index, "a", lambda now, before: f"gt({now}-{before},{LONGEST_SILENCE_S})"
    )


def _steady(stream: Any, stream_index: int, kind: str, too_long: Callable[[str, str], str]) -> Any:
    """Do it for pictures or for sound ("a"); `too_long` is an expression of two times."""
    # ld(0) is the time of the frame before, at first the title's zero; ld(1) that of this one, as
    # FFmpeg may ask twice. What has no time never jumps: comparisons with what is no number are
    # false, and isnan keeps it out of the sum.
    remember = "0*isnan(if(eq(t,ld(1)),0,st(0,ld(1))+st(1,t)))"
    jumps = f"{remember}+{too_long('t', 'ld(0)')}+lt(t-ld(0),-{MOST_BACK_S})"
    stream = stream.filter(f"{kind}metadata", "add", key="jump", value=1, enable=jumps)
    name = jumps_name(stream_index)
    stream = stream.filter(f"{kind}metadata", "print", key="jump", file=name)
    # What lies behind a pause, the end of the stream too, falls on what lies before it: nothing is
    # filled.
    last_s, last = (f"if(isnan(PREV_OUT{it}),0,PREV_OUT{it})" for it in ("T", "PTS"))
    return stream.filter(f"{kind}setpts", f"if({too_long('T', last_s)},{last},PTS)")


def jumps(folder: Path, stream_index: int) -> bool:
    """Return whether the clock of a stream jumps, from what was written."""
    path = folder / jumps_name(stream_index)
    return path.exists() and any(read_frames(path))
