"""A text track as Shaka Packager wants it: WebVTT that spans the whole title."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from media.text.cue import Cue
from media.text.findings import Findings
from media.text.vtt import read_vtt, write_vtt


def milliseconds(duration_s: Fraction) -> int:
    """Return `duration_s` in whole milliseconds, never beyond it."""
    return int(duration_s * 1000)


def track_text(cues: Iterable[Cue], duration_ms: int) -> str:
    """Return the WebVTT file of a track, ending with an empty cue in the title's last millisecond.

    Shaka Packager ends text with its last cue, and players stop there (shaka-packager#356). The
    empty cue makes it write segments to the title's end, and shows up in none of them.
    """
    return write_vtt([*cues, Cue(max(duration_ms - 1, 0), duration_ms, "")])


def track_cues(text: str) -> tuple[Cue, ...]:
    """Return the cues that show something of a file `track_text` made."""
    return tuple(cue for cue in read_vtt(text, Findings(), ours=True) if cue.payload)
