"""Of a Matroska file's chapters viewers get those meant for them, and the record the rest."""

from __future__ import annotations

from fractions import Fraction

from farm.mediainfo import Chapter
from media.matroska.chapters import shown_chapters
from media.matroska.editions import ChapterAtom, EditionEntry
from media.text.findings import Findings

ENGLISH = "eng"


def atom(
    start_s: int,
    title: str = "",
    *,
    end_s: int | None = None,
    hidden: bool = False,
    enabled: bool = True,
    elsewhere: bool = False,
    titles: tuple[tuple[str, str], ...] = (),
    inside: tuple[ChapterAtom, ...] = (),
) -> ChapterAtom:
    told = titles or ((ENGLISH, title),)
    end = None if end_s is None else Fraction(end_s)
    return ChapterAtom(Fraction(start_s), end, hidden, enabled, elsewhere, told, inside)


def edition(
    *chapters: ChapterAtom, hidden: bool = False, default: bool = False, ordered: bool = False
) -> EditionEntry:
    return EditionEntry(hidden, default, ordered, chapters)


def shown(
    *editions: EditionEntry, start_s: int = 0
) -> tuple[list[tuple[int, int, str | dict[str, str]]], tuple[str, ...]]:
    findings = Findings()
    chapters = shown_chapters(
        editions, start_s=Fraction(start_s), end_s=Fraction(start_s + 60), findings=findings
    )
    return [
        (int(each.start_s), int(each.end_s), each.titles.get("en", each.titles))
        for each in chapters
    ], findings.sentences()


def test_chapters_end_where_the_next_one_starts_or_where_they_say() -> None:
    assert shown(edition(atom(20, "Two"), atom(5, "One", end_s=8), atom(40, "Three"))) == (
        [(5, 8, "One"), (20, 40, "Two"), (40, 60, "Three")],
        (),
    )


def test_a_title_is_kept_in_every_language() -> None:
    titles = (("ger", "Kai"), ("pt-BR", " Cais "), ("und", "Q"), ("xx-nobody-knows-it", "R"))
    findings = Findings()
    (chapter,) = shown_chapters(
        (edition(atom(0, titles=(*titles, ("de", "Der Kai"), ("deu", "Kai"), ("fre", " ")))),),
        start_s=Fraction(0),
        end_s=Fraction(9),
        findings=findings,
    )
    assert chapter == Chapter(Fraction(0), Fraction(9), {"de": "Kai", "pt-BR": "Cais", "und": "Q"})
    assert findings.sentences() == (
        "2 chapters lost a second title in one language (first at 00:00:00.000)",
    )


def test_what_is_hidden_disabled_or_of_another_file_is_left_out_by_name() -> None:
    assert shown(
        edition(
            atom(0, "One"),
            atom(11, "Note", hidden=True, inside=(atom(12, "Shown all the same"),)),
            atom(14, "Off", enabled=False),
            atom(15, "Other file", elsewhere=True),
        ),
        start_s=10,
    ) == (
        [(0, 12, "One"), (12, 70, "Shown all the same")],
        (
            "1 chapter left out: hidden in the source (at 00:00:01.000)",
            "1 chapter left out: disabled in the source (at 00:00:04.000)",
            "1 chapter left out: of another file (at 00:00:05.000)",
        ),
    )


def test_of_several_editions_the_default_one_is_shown() -> None:
    first, second = edition(atom(0, "First")), edition(atom(0, "Second"), default=True)
    hidden = edition(atom(0, "Hidden"), hidden=True, default=True)
    assert shown(first, second, hidden, edition()) == (
        [(0, 60, "Second")],
        (
            "1 edition of the chapters left out: hidden in the source",
            "1 edition of the chapters left out: not the default one",
        ),
    )
    assert shown(hidden, hidden) == (
        [],
        ("2 editions of the chapters left out: hidden in the source",),
    )
    assert shown() == ([], ())


def test_an_ordered_edition_counts_only_where_it_is_the_default_or_the_only_one() -> None:
    ordered = edition(atom(30, "Late"), atom(0, "Early"), ordered=True)
    told = "the chapters are of an ordered edition: the title plays the file from beginning to end"
    assert shown(ordered) == ([(0, 30, "Early"), (30, 60, "Late")], (told,))
    assert shown(ordered, edition(atom(7, "Plain"))) == (
        [(7, 60, "Plain")],
        ("1 edition of the chapters left out: not the default one",),
    )
    chosen = edition(atom(3, "Chosen"), ordered=True, default=True)
    assert shown(edition(atom(7, "Plain")), chosen) == (
        [(3, 60, "Chosen")],
        ("1 edition of the chapters left out: not the default one", told),
    )


def test_chapters_inside_others_are_left_out_unless_one_is_the_whole_title() -> None:
    inside = (atom(0, "One"), atom(30, "Two"))
    assert shown(edition(atom(0, "Film", inside=inside))) == (
        [(0, 30, "One"), (30, 60, "Two")],
        (),
    )
    assert shown(edition(atom(0, "Act I", inside=inside), atom(40, "Act II"))) == (
        [(0, 40, "Act I"), (40, 60, "Act II")],
        ("2 chapters left out: inside another chapter (first at 00:00:00.000)",),
    )
    assert shown(edition(atom(0, "Only", inside=inside[:1]))) == (
        [(0, 60, "Only")],
        ("1 chapter left out: inside another chapter (at 00:00:00.000)",),
    )


def test_more_chapters_than_a_menu_holds_are_left_out() -> None:
    chapters, issues = shown(edition(*(atom(second, "x") for second in range(1001))))
    assert (len(chapters), issues) == (
        1000,
        ("1 chapter left out: there are more than 1,000 (at 00:16:40.000)",),
    )
