"""One clock for a title: time zero is where its container starts, whichever stream is read.

FFmpeg moves zero to the first stream in use when a format's timestamps may jump (the flag
AVFMT_TS_DISCONT; `correct_input_start_times` in fftools). A command that reads only the pictures
of an MPEG-TS would so disagree with one that reads only its sound, by up to a second. For these
formats timestamps stay as they are (-copyts) and the graph subtracts the container's start.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from farm.mediainfo import MediaInfo

REBASED_FORMATS = frozenset({"mpegts", "mpeg", "ogg"})
INDEXLESS_FORMATS = frozenset({"mpegts", "mpeg"})  # a seek lands between key frames


def explicit_start(media: MediaInfo) -> Fraction | None:
    """Return the start to subtract where FFmpeg would choose another zero, otherwise None."""
    return media.start_s if _formats(media) & REBASED_FORMATS else None


def seeks_blindly(media: MediaInfo) -> bool:
    """Return whether a seek may land where nothing can be decoded before the next key frame."""
    return bool(_formats(media) & INDEXLESS_FORMATS)


def clock_options(start_s: Fraction | None) -> tuple[str, ...]:
    """Return the options, before -i, that `on_title_clock` relies on."""
    return () if start_s is None else ("-copyts",)


def on_title_clock(
    stream: Any, start_s: Fraction | None, *, seek_s: Fraction = Fraction(0), audio: bool = False
) -> Any:
    """Return the stream with PTS 0 at the title's zero, or at `seek_s` after a seek to it."""
    if start_s is None:
        return stream
    zero = start_s + seek_s
    # Rounded, since setpts truncates: 2.9999 ticks of a division would become 2.
    expression = f"round(PTS-({zero.numerator}/{zero.denominator})/TB)"
    return stream.filter("asetpts" if audio else "setpts", expression)


def _formats(media: MediaInfo) -> set[str]:
    return set(media.format.split(","))
