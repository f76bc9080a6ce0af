"""Clocks that jump, as one flipped bit makes them, or recordings that were joined.

Whatever is made constant afterwards (pictures by `fps`, sound by `aresample`) fills a hole with one
picture and with silence, and drops what comes before the place it has reached. So a file of a
second could keep a worker for a day, and sound be lost without a word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from media.graphs.metadata import read_frames

# How long a stream may pause: slides stand for hours, but what `aresample` fills a hole with lies
# in memory, 23 MB a minute of stereo and 69 of 5.1.
LONGEST_PICTURE_S = 4 * 3600
LONGEST_SILENCE_S = 600
MOST_BACK_S = 2


def jumps_name(stream_index: int) -> str:
    """Return the name of the file that tells where the clock of a stream jumps."""
    return f"jumps-{stream_index}.txt"


def steady(stream: Any, stream_index: int, *, audio: bool = False) -> Any:
    """Return a stream without pauses that are too long; where its clock jumps is written down."""
    a, pause_s = ("a", LONGEST_SILENCE_S) if audio else ("", LONGEST_PICTURE_S)
    # ld(0) is the time of the frame before, at first the title's zero; ld(1) that of this one, as
    # FFmpeg may ask twice. What has no time never jumps: comparisons with what is no number are
    # false, and isnan keeps it out of the sum.
    remember = "0*isnan(if(eq(t,ld(1)),0,st(0,ld(1))+st(1,t)))"
    jumps = f"{remember}+gt(t-ld(0),{pause_s})+lt(t-ld(0),-{MOST_BACK_S})"
    stream = stream.filter(f"{a}metadata", "add", key="jump", value=1, enable=jumps)
    name = jumps_name(stream_index)
    stream = stream.filter(f"{a}metadata", "print", key="jump", file=name)
    # What lies behind a pause, the end of the stream too, falls on what lies before it: nothing is
    # filled.
    last_s, last = (f"if(isnan(PREV_OUT{it}),0,PREV_OUT{it})" for it in ("T", "PTS"))
    return stream.filter(f"{a}setpts", f"if(gt(T-{last_s},{pause_s}),{last},PTS)")


def jumps(folder: Path, stream_index: int) -> bool:
    """Return whether the clock of a stream jumps, from what `steady` wrote."""
    path = folder / jumps_name(stream_index)
    return path.exists() and any(read_frames(path))
