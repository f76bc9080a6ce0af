"""Chapters fitted to a title: in order, inside it, one after the other, each with a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from farm.language import UNDETERMINED, declared_language
from farm.mediainfo import Chapter
from media.text.chapter_files import WrittenChapter
from media.text.findings import Findings

MAX_TITLE_CHARS = 200
SHORTEST_S = Fraction(1, 1000)  # what WebVTT can tell from nothing

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")


def as_written(chapters: Iterable[Chapter], start_s: Fraction) -> tuple[WrittenChapter, ...]:
    """Return a container's chapters on the title's clock, whose zero is at `start_s` there."""
    return tuple(
        WrittenChapter(chapter.start_s - start_s, chapter.end_s - start_s, chapter.titles)
        for chapter in chapters
    )


def fit(
    written: Sequence[WrittenChapter], *, duration_s: Fraction, findings: Findings
) -> tuple[Chapter, ...]:
    """Return `written` sorted and clipped to [0, duration_s), none reaching into the next.

    A missing end is where the next chapter starts. Chapters that start together become one if they
    are titled in different languages. Those without a title are called by their number.
    """
    open_ended = {max(each.start_s, Fraction(0)) for each in written if each.end_s is None}
    inside = sorted(_inside(written, duration_s, findings), key=lambda chapter: chapter.start_s)
    apart: list[Chapter] = []
    for chapter in inside:
        last = apart[-1] if apart else None
        if last is not None and last.start_s == chapter.start_s:
            apart[-1] = _joined(last, chapter, findings)
            continue
        if last is not None and last.end_s > chapter.start_s:
            if last.start_s not in open_ended:
                _note("clipped where the next one starts", last.start_s, findings)
            apart[-1] = replace(last, end_s=chapter.start_s)
        apart.append(chapter)
    return tuple(_named(apart))


def _inside(
    written: Iterable[WrittenChapter], duration_s: Fraction, findings: Findings
) -> Iterator[Chapter]:
    """Yield what of `written` lies in the title; an open end becomes the title's."""
    for chapter in written:
        start_s = max(chapter.start_s, Fraction(0))
        end_s = duration_s if chapter.end_s is None else min(chapter.end_s, duration_s)
        if chapter.start_s >= duration_s:
            _note("dropped: after the title's end", chapter.start_s, findings)
        elif end_s - start_s < SHORTEST_S:
            _note("dropped: no duration", chapter.start_s, findings)
        else:
            if start_s != chapter.start_s:
                _note("clipped to the title's beginning", chapter.start_s, findings)
            if chapter.end_s is not None and chapter.end_s > duration_s:
                _note("clipped to the title's end", chapter.start_s, findings)
            yield Chapter(start_s, end_s, _titles(chapter.titles))


def _joined(first: Chapter, second: Chapter, findings: Findings) -> Chapter:
    """Return `first` with the titles `second` has in further languages."""
    if second.titles.keys() <= first.titles.keys():
        _note("dropped: another one starts there", second.start_s, findings)
        return first
    return replace(
        first, end_s=max(first.end_s, second.end_s), titles={**second.titles, **first.titles}
    )


def _named(chapters: Iterable[Chapter]) -> Iterator[Chapter]:
    for number, chapter in enumerate(chapters, 1):
        yield replace(chapter, titles=chapter.titles or {UNDETERMINED: f"Chapter {number}"})


def _titles(written: Mapping[str, str]) -> dict[str, str]:
    """Return the titles that say something, on one line each, by well-formed language."""
    titles: dict[str, str] = {}
    for language, title in written.items():
        shown = " ".join(_UNSHOWABLE.sub(" ", title).split())[:MAX_TITLE_CHARS]
        if shown:
            titles.setdefault(declared_language(language) or UNDETERMINED, shown)
    return titles


def _note(what: str, at_s: Fraction, findings: Findings) -> None:
    findings.note(what, round(at_s * 1000), thing="chapter")
