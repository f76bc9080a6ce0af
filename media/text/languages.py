"""A file with text in several languages: the one that is wanted of it."""

from __future__ import annotations

from collections.abc import Iterable

from farm.language import UNDETERMINED, declared_language
from media.text.cue import Cue
from media.text.findings import Findings


def in_one_language(
    written: Iterable[tuple[str, Cue]], wanted: str, findings: Findings
) -> list[Cue]:
    """Return the cues in the language `wanted` (BCP-47), and those that say no language.

    Where none is in it, or nobody asked for one, all are kept, and several are told.
    """
    cues = [(declared_language(tag) or UNDETERMINED, cue) for tag, cue in written]
    shown = dict.fromkeys(language for language, cue in cues if cue.payload)
    shown.pop(UNDETERMINED, None)
    if len({_primary(language) for language in shown}) < 2:
        return [cue for _, cue in cues]
    if _primary(wanted) not in map(_primary, shown):
        findings.say(f"text in several languages at once: {', '.join(shown)}")
        return [cue for _, cue in cues]
    others = [language for language in shown if _primary(language) != _primary(wanted)]
    findings.say(
        f"text in {', '.join(others)} is left out: give the file once more for that language"
    )
    kept = {UNDETERMINED, _primary(wanted)}
    return [cue for language, cue in cues if _primary(language) in kept]


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
