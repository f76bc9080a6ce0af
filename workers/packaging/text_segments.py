"""WebVTT on both sides of the packager: padded to the title's length before, anchored after."""

from __future__ import annotations

from fractions import Fraction

# Presentation time 0 of the fragmented MP4 beside it is local time 0 (RFC 8216, 3.5).
TIMESTAMP_MAP = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"


def pad(text: str, duration_s: Fraction) -> str:
    """Return the WebVTT `text` with an empty last cue that ends with the title.

    The packager stops at the last cue, and players (ExoPlayer) stop a title where its text stops.
    A cue without payload shows nothing and makes it write segments to the end.
    """
    end_ms = max(1, int(duration_s * 1000))
    return f"{text.rstrip()}\n\n{_time(end_ms - 1)} --> {_time(end_ms)}\n\n"


def anchor(segment: str) -> str:
    """Return a WebVTT segment with the timestamp map that ties its cues to the video.

    Apple HLS Authoring Specification 5.3 asks for one in every segment.
    """
    head, line_break, rest = segment.partition("\n")
    return f"{head}{line_break or chr(10)}{TIMESTAMP_MAP}\n{rest}"


def _time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"
