"""Subtitles and chapters of a whole source, cut to an excerpt of it and put onto its clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from media.text.chapter_files import WrittenChapter
from media.text.cue import Cue
from media.text.word_times import WRITTEN, word_tag, word_time


def within_excerpt(cues: Sequence[Cue], start_ms: int, duration_ms: int) -> tuple[Cue, ...]:
    """Return the cues that show within an excerpt, cut to it.

    What lies elsewhere is not missing, so nothing is said of it.
    """
    moved = (_moved(cue, start_ms) for cue in cues)
    return tuple(
        replace(cue, start_ms=max(cue.start_ms, 0), end_ms=min(cue.end_ms, duration_ms))
        for cue in moved
        if cue.end_ms > 0 and cue.start_ms < duration_ms and cue.end_ms > cue.start_ms
    )


def chapters_within(
    chapters: Iterable[WrittenChapter], start_s: Fraction, duration_s: Fraction
) -> tuple[WrittenChapter, ...]:
    """Return the chapters that an excerpt has part of, cut to it.

    A chapter without an end lasts until the next one starts.
    """
    found = sorted(chapters, key=lambda chapter: chapter.start_s)
    starts_s = [chapter.start_s for chapter in found]
    kept = []
    for chapter in found:
        later = (other for other in starts_s if other > chapter.start_s)
        end_s = next(later, None) if chapter.end_s is None else chapter.end_s
        begins_s = chapter.start_s - start_s
        ends_s = duration_s if end_s is None else end_s - start_s
        if begins_s < duration_s and ends_s > 0:
            kept.append(
                replace(chapter, start_s=max(begins_s, Fraction(0)), end_s=min(ends_s, duration_s))
            )
    return tuple(kept)


def _moved(cue: Cue, start_ms: int) -> Cue:
    """Return a cue so much earlier, with the times of its words."""

    def earlier(match: re.Match[str]) -> str:
        at_ms = word_time(match[0])
        return "" if at_ms is None or at_ms <= start_ms else word_tag(at_ms - start_ms)

    return replace(
        cue,
        start_ms=cue.start_ms - start_ms,
        end_ms=cue.end_ms - start_ms,
        payload=WRITTEN.sub(earlier, cue.payload),
    )
