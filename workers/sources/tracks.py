"""Text tracks of a source that FFmpeg cannot take out of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from media.matroska.blocks import TextBlock, text_blocks, why_unreadable
from media.matroska.container import read_container
from media.matroska.cues import without_front, written
from media.matroska.elements import DamagedMatroska


def text_of_track(
    source: Path, number: int, start_s: Fraction, check: Callable[[], None]
) -> tuple[str | None, str | None]:
    """Return the text of a Matroska track as a subtitle file, and what is wrong with it, if any.

    Its clock's zero is at `start_s` of the container's. Where it cannot be read at all, there is no
    text but the reason. The file is passed over once; `check` is called all the while.
    """
    with source.open("rb") as stream:
        container = read_container(stream)
        tracks = container.tracks if container is not None else None
        track = next((each for each in tracks or () if each.number == number), None)
        if container is None or track is None:
            return None, f"track {number} is not in the source"
        if reason := why_unreadable(track):
            return None, reason
        blocks: list[TextBlock] = []
        issues = []
        try:
            for block in text_blocks(stream, container, track, check):
                blocks.append(block)
        except DamagedMatroska as error:
            issues.append(f"text may be missing: the source is damaged ({error})")
    if count := without_front(track, blocks):
        lack = "1 cue lacks" if count == 1 else f"{count} cues lack"
        issues.append(f"{lack} the lines for name and settings: what was there is shown as text")
    return written(track, blocks, start_s), "; ".join(issues) or None
