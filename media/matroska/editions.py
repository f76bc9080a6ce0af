"""The editions of a Matroska file: its lists of chapters (RFC 9559, sections 5.1.7 and 20)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media.matroska import names
from media.matroska.elements import DamagedMatroska, Element, Elements

MAX_EDITIONS = 100
MAX_DEPTH = 8  # of chapters within chapters
MAX_DISPLAYS = 100  # languages of a title
DEFAULT_LANGUAGE = "eng"  # RFC 9559, section 5.1.7.1.4.11

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ChapterAtom:
    """One chapter, with those inside it; times are seconds of the file's clock."""

    start_s: Fraction
    end_s: Fraction | None  # None where the next one starts
    hidden: bool
    enabled: bool
    elsewhere: bool  # it is of another file
    titles: tuple[tuple[str, str], ...]  # language, as the file tells it, and title
    inside: tuple[ChapterAtom, ...]


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """One list of chapters."""

    hidden: bool
    default: bool
    ordered: bool  # to be played chapter by chapter, in whatever order
    chapters: tuple[ChapterAtom, ...]


def read_editions(elements: Elements, chapters: Element) -> tuple[EditionEntry, ...]:
    """Return the editions in their order; raises DamagedMatroska."""
    editions = []
    for entry in elements.children(chapters):
        if entry.kind == names.EDITION_ENTRY:
            editions.append(_edition(elements, entry))
        if len(editions) > MAX_EDITIONS:
            raise DamagedMatroska(f"it has more than {MAX_EDITIONS} editions")
    return tuple(editions)


def _edition(elements: Elements, entry: Element) -> EditionEntry:
    flags: set[int] = set()
    chapters = []
    for element in elements.children(entry):
        match element.kind:
            case (
                names.EDITION_FLAG_HIDDEN | names.EDITION_FLAG_DEFAULT | names.EDITION_FLAG_ORDERED
            ):
                if elements.number(element):
                    flags.add(element.kind)
            case names.CHAPTER_ATOM:
                chapters.append(_chapter(elements, element, MAX_DEPTH))
    return EditionEntry(
        hidden=names.EDITION_FLAG_HIDDEN in flags,
        default=names.EDITION_FLAG_DEFAULT in flags,
        ordered=names.EDITION_FLAG_ORDERED in flags,
        chapters=tuple(chapters),
    )


def _chapter(elements: Elements, atom: Element, depth: int) -> ChapterAtom:
    if not depth:
        raise DamagedMatroska(f"it has chapters within chapters, more than {MAX_DEPTH} deep")
    start_s, end_s = Fraction(0), None
    hidden, enabled, elsewhere = False, True, False
    titles: list[tuple[str, str]] = []
    inside = []
    for element in elements.children(atom):
        match element.kind:
            case names.CHAPTER_TIME_START:
                start_s = Fraction(elements.number(element), _SECOND_NS)
            case names.CHAPTER_TIME_END:
                end_s = Fraction(elements.number(element), _SECOND_NS)
            case names.CHAPTER_FLAG_HIDDEN:
                hidden = elements.number(element) != 0
            case names.CHAPTER_FLAG_ENABLED:
                enabled = elements.number(element) != 0
            case names.CHAPTER_SEGMENT_UUID:
                elsewhere = True
            case names.CHAPTER_DISPLAY:
                titles += _titles(elements, element)
            case names.CHAPTER_ATOM:
                inside.append(_chapter(elements, element, depth - 1))
    return ChapterAtom(
        start_s, end_s, hidden, enabled, elsewhere, tuple(titles[:MAX_DISPLAYS]), tuple(inside)
    )


def _titles(elements: Elements, display: Element) -> list[tuple[str, str]]:
    """Return a title once for each of its languages: the BCP-47 ones, where there are any."""
    title = ""
    languages: dict[int, list[str]] = {}
    for element in elements.children(display):
        match element.kind:
            case names.CHAP_STRING:
                title = elements.text(element)
            case names.CHAP_LANGUAGE | names.CHAP_LANGUAGE_BCP47:
                languages.setdefault(element.kind, []).append(elements.text(element))
    told = languages.get(names.CHAP_LANGUAGE_BCP47) or languages.get(names.CHAP_LANGUAGE)
    return [(language, title) for language in told or [DEFAULT_LANGUAGE]]
