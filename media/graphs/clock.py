"""One clock for a title: time zero is where its container starts, whichever stream is read.

It is less than a frame later where the first picture lies between two frames of the timeline
counted from the container's start: every picture would be shown up to half a frame early or late.

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
EXACT_FORMATS = frozenset({"mov", "matroska", "mpegts", "wav", "flac"})
INDEXLESS_FORMATS = frozenset({"mpegts", "mpeg"})  # a seek lands between key frames

UNSEEKABLE_FORMATS = frozenset({"webp_anim"})  # nothing at all comes after a seek


def explicit_start(media: MediaInfo) -> Fraction | None:
    """Return the start to subtract where FFmpeg would choose another zero, otherwise None."""
    zero_s = title_zero(media)
    rebased = bool(_formats(media) & REBASED_FORMATS)
    return zero_s if rebased or zero_s != media.start_s else None


def title_zero(media: MediaInfo) -> Fraction:
    """Return the title's zero on the container's clock."""
    picture = media.picture
    if picture is None or picture.start_s <= media.start_s:
        return media.start_s
    frames = int((picture.start_s - media.start_s) * picture.frame_rate)
    return picture.start_s - frames / picture.frame_rate


def seeks_blindly(media: MediaInfo) -> bool:
    """Return whether a seek may land where nothing can be decoded before the next key frame."""
    return bool(_formats(media) & INDEXLESS_FORMATS)


def seeks_nowhere(media: MediaInfo) -> bool:
    """Return whether a source is decoded from its beginning, whatever of it is wanted."""
    return bool(_formats(media) & UNSEEKABLE_FORMATS)


def seeks_exactly(media: MediaInfo) -> bool:
    """Return whether a seek in sound ends where it should, by an index or by timestamps."""
    return bool(_formats(media) & EXACT_FORMATS)


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
