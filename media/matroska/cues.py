"""The text of Matroska blocks as a file that our readers know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from media.matroska.blocks import TextBlock
from media.matroska.tracks import TrackEntry
from media.text.cue import FOREVER_MS, timestamp

# Text that FFmpeg has no name for, or whose name somebody spelled otherwise: our name for it.
READ_HERE = {
    "S_TEXT/WEBVTT": "webvtt",
    **dict.fromkeys(("D_WEBVTT/SUBTITLES", "D_WEBVTT/CAPTIONS"), "webvtt"),
    **dict.fromkeys(("S_TEXT/UTF8", "S_TEXT/UTF-8", "S_TEXT/ASCII"), "subrip"),
    **dict.fromkeys(("S_TEXT/SRT", "S_TEXT/SUBRIP", "S_TEXT/PLAIN"), "subrip"),
}

# A time within a cue, which Matroska counts from the cue's beginning.
_INNER_TIME = re.compile(r"<(?:([0-9]{2,3}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})>")


def text_codec(track: TrackEntry) -> str | None:
    """Return what kind of text a track holds, by FFmpeg's names; None if none that is read here."""
    return READ_HERE.get(track.codec_id.strip().upper())


def written(track: TrackEntry, blocks: Iterable[TextBlock], start_s: Fraction) -> str:
    """Return the blocks of a track as WebVTT or SubRip, on the clock whose zero is at `start_s`.

    WebVTT has its settings beside the block, or, as the first WebM files, in front of the text. A
    cue that does not tell how long it lasts shows until the next one.
    """
    ordered = sorted(blocks, key=lambda block: block.start_s)
    timed = list(zip(ordered, _times(ordered, start_s), strict=True))
    if text_codec(track) == "subrip":
        return "\n".join(_subrip_cue(block, *times) for block, times in timed)
    cues = (_webvtt_cue(block, *times, in_front=_has_all_in_front(track)) for block, times in timed)
    return "\n".join([_header(track.private), *cues])


def without_front(track: TrackEntry, blocks: Iterable[TextBlock]) -> int:
    """Return how many cues lack the lines that belong in front; all they hold is shown as text."""
    return sum(not _has_front(block) for block in blocks) if _has_all_in_front(track) else 0


def _has_all_in_front(track: TrackEntry) -> bool:
    return track.codec_id.strip().upper().startswith("D_")


def _times(blocks: Sequence[TextBlock], start_s: Fraction) -> list[tuple[int, int]]:
    starts = [round((block.start_s - start_s) * 1000) for block in blocks]
    ends = [after_ms for _, after_ms in pairwise([*starts, FOREVER_MS])]
    return [
        (start, after if block.duration_s is None else start + round(block.duration_s * 1000))
        for block, start, after in zip(blocks, starts, ends, strict=True)
    ]


def _subrip_cue(block: TextBlock, start_ms: int, end_ms: int) -> str:
    text = _text(block.payload)
    return f"{_clock(start_ms)} --> {_clock(end_ms)}\n{text}\n" if text else ""


def _webvtt_cue(block: TextBlock, start_ms: int, end_ms: int, *, in_front: bool) -> str:
    payload = block.payload
    if in_front and _has_front(block):  # "identifier\nsettings\ntext"
        _, settings, payload = payload.split(b"\n", 2)
    elif in_front:
        settings = b""
    else:  # "settings\nidentifier\ncomments"
        settings, _, _ = block.beside.partition(b"\n")

    def moved(time: re.Match[str]) -> str:
        hours, minutes, seconds, rest_ms = (int(part or 0) for part in time.groups())
        return f"<{timestamp(start_ms + ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest_ms)}>"

    # Text cannot begin a cue: neither where it has an arrow nor behind an empty line.
    text = _text(payload).replace("-->", "--&gt;")
    if not in_front and start_ms >= 0:
        text = _INNER_TIME.sub(moved, text)
    told = " ".join(settings.decode("utf-8", "replace").split())
    return f"{_clock(start_ms)} --> {_clock(end_ms)} {told}\n{text}\n" if text else ""


def _has_front(block: TextBlock) -> bool:
    return block.payload.count(b"\n") >= 2


def _header(private: bytes) -> str:
    """Return what stands before the first cue; only blocks tell the time, whatever it says."""
    lines = private.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    kept = [line for line in lines if not line.startswith(("WEBVTT", "X-TIMESTAMP-MAP"))]
    return "\n".join(["WEBVTT", "", *(line for line in kept if "-->" not in line), ""])


def _text(payload: bytes) -> str:
    lines = payload.decode("utf-8", "replace").replace("\0", "").splitlines()
    return "\n".join(line for line in lines if line.strip())


def _clock(time_ms: int) -> str:
    return f"{'-' * (time_ms < 0)}{timestamp(abs(time_ms))}"
