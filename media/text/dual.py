"""Two languages in one track, one above the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from media.text.cue import Cue
from media.text.word_times import has_word_times, ordered, without_word_times


@dataclass(frozen=True, slots=True)
class _Change:
    """A cue that appears or disappears; `layer` 0 is above."""

    at_ms: int
    layer: int
    cue: Cue
    appears: bool


def overlay(above: Iterable[Cue], below: Iterable[Cue]) -> tuple[Cue, ...]:
    """Return cues that show at any time the text of both tracks, `above` first, at the bottom.

    Where only one of them changes, the other's text goes on in the next cue. The positions of
    single cues give way: both languages stand together. Where both say when their words are sung,
    `above` alone does: times in a cue may only grow.
    """
    changes = sorted(_changes(above, 0) + _changes(below, 1), key=lambda change: change.at_ms)
    merged: list[Cue] = []
    for cue in _stretches(changes):
        last = merged[-1] if merged else None
        if last and last.end_ms == cue.start_ms and last.payload == cue.payload:
            merged[-1] = Cue(last.start_ms, cue.end_ms, cue.payload)
        else:
            merged.append(cue)
    return tuple(merged)


def _changes(cues: Iterable[Cue], layer: int) -> list[_Change]:
    return [
        change
        for cue in cues
        for change in (
            _Change(cue.start_ms, layer, cue, True),
            _Change(cue.end_ms, layer, cue, False),
        )
    ]


def _stretches(changes: list[_Change]) -> Iterator[Cue]:
    """Yield a cue for every stretch between two changes in which something shows."""
    shown: tuple[list[Cue], list[Cue]] = ([], [])
    for change, following in pairwise(changes):
        layer = shown[change.layer]
        if change.appears:
            layer.append(change.cue)
        else:
            layer.remove(change.cue)
        texts = [cue.payload for layer in shown for cue in layer]
        if texts and change.at_ms < following.at_ms:
            yield ordered(Cue(change.at_ms, following.at_ms, "\n".join(_times_of_one(texts))))


def _times_of_one(texts: list[str]) -> Iterator[str]:
    timed = next((at for at, text in enumerate(texts) if has_word_times(text)), None)
    for at, text in enumerate(texts):
        yield text if at == timed else without_word_times(text)
