"""Whether text can be read: its speed, its times, its language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import Check, TextTrack
from farm.found import Span
from farm.text_found import TextFound
from media.text.reading import MAX_CPS, TOLD, family
from qc.places import said

TEXT_SOURCE = "text preparation"


def reading_checks(texts: Sequence[TextTrack]) -> Iterable[Check]:
    """Yield the checks of each track that is in the title, as far as its text was looked at."""
    for text in texts:
        found = text.found
        if found is None or text.dropped:
            continue
        if found.fastest_cps is not None:
            yield _speed(text.name, found, found.fastest_cps)
            yield _timing(text.name, found)
        if found.language is not None:
            yield _language(text, found.language)


def _speed(name: str, found: TextFound, fastest_cps: float) -> Check:
    fastest = f"up to {fastest_cps:.0f} characters a second"
    return Check(
        f"reading-{name}",
        f"Text can be read (up to {MAX_CPS:g} characters a second)",
        "warn" if found.fast else "pass",
        f"{fastest}: {said(found.fast)}" if found.fast else fastest,
        TEXT_SOURCE,
        places=found.fast,
    )


def _timing(name: str, found: TextFound) -> Check:
    kinds: tuple[tuple[str, tuple[Span, ...]], ...] = (
        ("gaps that flicker", found.brief),
        ("several at once", found.overlapping),
        ("past the title's end", found.past_end),
    )
    seen = [f"{kind}: {said(spans)}" for kind, spans in kinds if spans]
    return Check(
        f"timing-{name}",
        "Cues come one after the other, within the title",
        "warn" if seen else "pass",
        "; ".join(seen) or "they do",
        TEXT_SOURCE,
        places=tuple(span for _, spans in kinds for span in spans),
    )


def _language(text: TextTrack, language: str) -> Check:
    declared = family(text.language)
    wrong = declared in TOLD and declared != language
    return Check(
        f"language-{text.name}",
        "Text is in the language it is declared to be in",
        "warn" if wrong else "pass",
        f"declared {text.language}, it reads as {language}",
        TEXT_SOURCE,
    )
