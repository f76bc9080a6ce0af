"""Cues fitted to a title: in order, inside it, one at a time in each part of the picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import get_args

from media.text.cue import MAX_CHARS, Cue
from media.text.findings import AT_BEGINNING, BEFORE_TITLE, Findings
from media.text.placement import Band, band
from media.text.word_times import OUTSIDE, has_word_times, ordered, without_word_times

_MAX_JOINED_CHARS = 4 * MAX_CHARS  # with markup


def mend(cues: Iterable[Cue], *, duration_ms: int, findings: Findings) -> tuple[Cue, ...]:
    """Return `cues` sorted and clipped to [0, duration_ms), without overlaps.

    Cues that start together in one part of the picture become one; a cue that runs into the next
    ends where that starts. Cues in different parts of the picture may show at the same time.
    """
    inside = list(_inside(cues, duration_ms, findings))
    for before, after in pairwise(inside):
        if after.start_ms < before.start_ms:
            findings.note("put in order of time", after.start_ms)
    inside.sort(key=lambda cue: cue.start_ms)
    bands: dict[Band, list[Cue]] = {}
    for cue in inside:
        _append(bands.setdefault(band(cue.settings), []), cue, findings)
    # From the top down, whichever came first: mending again must change nothing.
    apart = [ordered(cue, findings) for place in get_args(Band) for cue in bands.get(place, ())]
    return tuple(sorted(apart, key=lambda cue: (cue.start_ms, cue.end_ms)))


def _inside(cues: Iterable[Cue], duration_ms: int, findings: Findings) -> Iterator[Cue]:
    """Yield what of `cues` shows within the title."""
    for cue in cues:
        start_ms, end_ms = cue.start_ms, cue.end_ms
        if not cue.payload:
            findings.note("dropped: no text", start_ms)
        elif end_ms <= start_ms:
            findings.note("dropped: no duration", start_ms)
        elif end_ms <= 0:
            findings.note(BEFORE_TITLE, start_ms)
        elif start_ms >= duration_ms:
            findings.note("dropped: after the title's end", start_ms)
        else:
            if start_ms < 0:
                findings.note(AT_BEGINNING, start_ms)
            if end_ms > duration_ms:
                findings.note("clipped to the title's end", start_ms)
            yield replace(cue, start_ms=max(start_ms, 0), end_ms=min(end_ms, duration_ms))


def _append(apart: list[Cue], cue: Cue, findings: Findings) -> None:
    """Add `cue`, which starts no earlier than the last one, so that nothing overlaps."""
    last = apart[-1] if apart else None
    if last is not None and last.start_ms == cue.start_ms:
        apart[-1] = _joined(last, cue, findings)
        return
    if last is not None and last.end_ms > cue.start_ms:
        findings.note("clipped where the next one starts", last.start_ms)
        apart[-1] = replace(last, end_ms=cue.start_ms)
    apart.append(cue)


def _joined(first: Cue, second: Cue, findings: Findings) -> Cue:
    """Return one cue that shows both, once where they say the same (as layers of ASS do)."""
    longest = replace(first, end_ms=max(first.end_ms, second.end_ms))
    if f"\n{second.payload}\n" in f"\n{first.payload}\n":
        findings.note("dropped: the same text twice", second.start_ms)
        return longest
    below = second.payload
    if has_word_times(first.payload) and has_word_times(below):
        findings.note(OUTSIDE, second.start_ms)
        below = without_word_times(below)
    payload = f"{first.payload}\n{below}"
    if len(payload) > _MAX_JOINED_CHARS:
        findings.note("dropped: too much text at once", second.start_ms)
        return longest
    findings.note("joined with a simultaneous one", second.start_ms)
    return replace(longest, payload=payload)
