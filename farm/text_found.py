"""What was found in the text of a track that a viewer may mind."""

from __future__ import annotations

from dataclasses import dataclass

from farm.found import Span


@dataclass(frozen=True, slots=True)
class TextFound:
    """Of one track: cues as they show, but `overlapping` and `past_end` as they were delivered."""

    fastest_cps: float | None  # characters a second; None where it is not judged
    fast: tuple[Span, ...] = ()  # too fast to be read
    brief: tuple[Span, ...] = ()  # gaps so short that they flicker
    overlapping: tuple[Span, ...] = ()  # from where one starts to where the one before ends
    past_end: tuple[Span, ...] = ()
    language: str | None = None  # it is in, by its letters; None where that cannot be told
