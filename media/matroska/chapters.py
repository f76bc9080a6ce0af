"""Which chapters of a Matroska file are for viewers (RFC 9559, section 20.2), and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from farm.language import UNDETERMINED, declared_language
from farm.mediainfo import Chapter
from media.matroska.editions import ChapterAtom, EditionEntry
from media.text.chapter_files import MAX_CHAPTERS
from media.text.findings import Findings


def shown_chapters(
    editions: Sequence[EditionEntry], *, start_s: Fraction, end_s: Fraction, findings: Findings
) -> tuple[Chapter, ...]:
    """Return the chapters of the edition that plays by default, on the file's clock.

    The title lies in [start_s, end_s) there. Whatever is left out goes to `findings`.
    """
    edition = _chosen(editions, findings)
    if edition is None:
        return ()
    if edition.ordered:
        findings.say(
            "the chapters are of an ordered edition: the title plays the file from beginning to end"
        )
    atoms = sorted(_visible(edition.chapters, start_s, findings), key=lambda atom: atom.start_s)
    for atom in atoms[MAX_CHAPTERS:]:
        _leave_out(f"there are more than {MAX_CHAPTERS:,}", atom, start_s, findings)
    kept = atoms[:MAX_CHAPTERS]
    next_s = [*(atom.start_s for atom in kept[1:]), end_s]
    return tuple(
        Chapter(
            atom.start_s,
            after_s if atom.end_s is None else atom.end_s,
            _titles(atom, start_s, findings),
        )
        for atom, after_s in zip(kept, next_s, strict=False)
    )


def _chosen(editions: Iterable[EditionEntry], findings: Findings) -> EditionEntry | None:
    """Return the edition to show: the default one, else the first, sooner one in plain order."""
    filled = [edition for edition in editions if edition.chapters]
    visible = [edition for edition in filled if not edition.hidden]
    if hidden := len(filled) - len(visible):
        findings.say(f"{_editions(hidden)} left out: hidden in the source")
    if len(visible) > 1:
        findings.say(f"{_editions(len(visible) - 1)} left out: not the default one")
    return min(visible, key=lambda edition: (not edition.default, edition.ordered), default=None)


def _editions(count: int) -> str:
    return "1 edition of the chapters" if count == 1 else f"{count} editions of the chapters"


def _visible(
    atoms: Sequence[ChapterAtom], start_s: Fraction, findings: Findings
) -> Iterator[ChapterAtom]:
    """Yield the chapters to show: those at the top, or those inside the only one at the top."""
    visible = list(_sound(atoms, start_s, findings))
    if len(visible) == 1 and len(visible[0].inside) > 1:  # it is the title
        yield from _visible(visible[0].inside, start_s, findings)
        return
    for atom in visible:
        for inner in atom.inside:
            _leave_out("inside another chapter", inner, start_s, findings)
    yield from visible


def _sound(
    atoms: Sequence[ChapterAtom], start_s: Fraction, findings: Findings
) -> Iterator[ChapterAtom]:
    """Yield the chapters a viewer may see; one that is hidden does not hide those inside it."""
    for atom in atoms:
        if atom.hidden:
            _leave_out("hidden in the source", atom, start_s, findings)
            yield from _sound(atom.inside, start_s, findings)
        elif not atom.enabled:
            _leave_out("disabled in the source", atom, start_s, findings)
        elif atom.elsewhere:
            _leave_out("of another file", atom, start_s, findings)
        else:
            yield atom


def _titles(atom: ChapterAtom, start_s: Fraction, findings: Findings) -> dict[str, str]:
    titles: dict[str, str] = {}
    for told, title in atom.titles:
        language = declared_language(told) or UNDETERMINED
        if title.strip() and titles.setdefault(language, title.strip()) != title.strip():
            at_ms = round((atom.start_s - start_s) * 1000)
            findings.note("lost a second title in one language", at_ms, thing="chapter")
    return titles


def _leave_out(why: str, atom: ChapterAtom, start_s: Fraction, findings: Findings) -> None:
    at_ms = round((atom.start_s - start_s) * 1000)
    findings.note(f"left out: {why}", at_ms, thing="chapter")
