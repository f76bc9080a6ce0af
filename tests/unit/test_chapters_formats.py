"""Chapters in and out, to the letter: time bases, whole milliseconds, the JSON players get."""

from __future__ import annotations

from fractions import Fraction

import pytest

from farm.mediainfo import Chapter
from media.text.chapter_files import WrittenChapter, read_chapters
from media.text.chapter_formats import apple_chapters, chapters_vtt
from media.text.chapters import fit
from media.text.findings import Findings


def read(data: bytes) -> tuple[WrittenChapter, ...]:
    findings = Findings()
    chapters = read_chapters(data, name="c", findings=findings)
    assert findings.sentences() == ()
    return chapters


def fitted(*chapters: tuple[str, str | None]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    findings = Findings()
    written = [
        WrittenChapter(Fraction(start), None if end is None else Fraction(end), {})
        for start, end in chapters
    ]
    found = fit(written, duration_s=Fraction(100), findings=findings)
    return [(str(each.start_s), str(each.end_s)) for each in found], findings.sentences()


def test_webvtt_counts_in_milliseconds() -> None:
    assert read(b"WEBVTT\n\n00:01.001 --> 01:02:03.004\na\n") == (
        WrittenChapter(Fraction(1001, 1000), Fraction(3_723_004, 1000), {"und": "a"}),
    )


@pytest.mark.parametrize(
    ("section", "start_s", "end_s"),
    [
        ("TIMEBASE=1/1\nSTART=2\nEND=3", Fraction(2), Fraction(3)),
        ("TIMEBASE=3/4\nSTART=2\nEND=5", Fraction(3, 2), Fraction(15, 4)),
        ("START=2\nEND=3", Fraction(2, 10**9), Fraction(3, 10**9)),  # nanoseconds, without any
        ("TIMEBASE=1/1\nSTART=2", Fraction(2), None),
        ("TIMEBASE=1/1\nSTART=2\nEND=x", Fraction(2), None),
        (" timebase = 1/1\nstart=-2\nEnd= 3", Fraction(-2), Fraction(3)),
        ("TIMEBASE=1/1\nSTART=2\nSTART\nEND=3", Fraction(2), Fraction(3)),  # no assignment
    ],
)
def test_ffmetadata_counts_in_its_time_base(
    section: str, start_s: Fraction, end_s: Fraction | None
) -> None:
    data = f";FFMETADATA1\n[CHAPTER]\n{section}\ntitle=a\n".encode()
    assert read(data) == (WrittenChapter(start_s, end_s, {"und": "a"}),)


@pytest.mark.parametrize("base", ["1/0", "0", "x/1", "1/-1", "1.5/2", ""])
def test_a_time_base_that_is_none_costs_its_chapter_only(base: str) -> None:
    findings = Findings()
    lines = f"[CHAPTER]\nTIMEBASE={base}\nSTART=1\n[CHAPTER]\nTIMEBASE=1/2\nSTART=1\n"
    data = f";FFMETADATA1\n{lines}".encode()
    found = read_chapters(data, name="c", findings=findings)
    assert found == (WrittenChapter(Fraction(1, 2), None, {"und": ""}),)
    assert findings.sentences() == ("1 chapter skipped: unreadable times",)


def test_an_open_chapter_that_starts_with_the_title_or_before_ends_with_the_next() -> None:
    note = "1 chapter clipped to the title's beginning (at -00:00:05.000)"
    assert fitted(("0", None), ("10", "20")) == ([("0", "10"), ("10", "20")], ())
    assert fitted(("-5", None), ("10", "20")) == ([("0", "10"), ("10", "20")], (note,))


def test_a_chapter_with_an_end_beside_an_open_one_is_told_when_clipped() -> None:
    assert fitted(("1", "15"), ("10", None), ("20", None)) == (
        [("1", "10"), ("10", "20"), ("20", "100")],
        ("1 chapter clipped where the next one starts (at 00:00:01.000)",),
    )


@pytest.mark.parametrize(("end", "kept"), [("5.0009995", 0), ("5.001", 1), ("5.002", 1)])
def test_what_lasts_less_than_a_millisecond_is_dropped(end: str, kept: int) -> None:
    found, sentences = fitted(("5", end))
    assert (len(found), len(sentences)) == (kept, 1 - kept)


def test_numbers_name_the_chapters_without_titles() -> None:
    written = [WrittenChapter(Fraction(n), None, {"en": "b"} if n == 1 else {}) for n in range(3)]
    found = fit(written, duration_s=Fraction(9), findings=Findings())
    assert [each.titles for each in found] == [
        {"und": "Chapter 1"},
        {"en": "b"},
        {"und": "Chapter 3"},
    ]


@pytest.mark.parametrize(
    ("start_s", "end_s", "timing"),
    [
        ("5", "5.0004", "00:00:05.000 --> 00:00:05.001"),
        ("5.0006", "5.0014", "00:00:05.001 --> 00:00:05.002"),
        ("5", "5.001", "00:00:05.000 --> 00:00:05.001"),
        ("5", "5.002", "00:00:05.000 --> 00:00:05.002"),
    ],
)
def test_a_chapter_is_written_a_millisecond_long_at_least(
    start_s: str, end_s: str, timing: str
) -> None:
    chapter = Chapter(Fraction(start_s), Fraction(end_s), {"en": "a"})
    assert chapters_vtt([chapter]) == f"WEBVTT\n\n{timing}\na\n\n"


def test_apple_s_json_is_laid_out_for_people_and_keeps_their_letters() -> None:
    chapter = Chapter(Fraction(4, 3), Fraction(7, 2), {"de": "Ä"})
    assert apple_chapters([chapter]) == (
        "[\n"
        "  {\n"
        '    "chapter": 1,\n'
        '    "start-time": 1.333,\n'
        '    "duration": 2.167,\n'
        '    "titles": [\n'
        "      {\n"
        '        "language": "de",\n'
        '        "title": "Ä"\n'
        "      }\n"
        "    ]\n"
        "  }\n"
        "]\n"
    )


def test_ffprobes_ticks_are_of_its_time_base_and_its_titles_among_the_tags() -> None:
    ticks = b'{"chapters":[{"time_base":"1/90000","start":45000,"end":135000,%s"tags":%s}]}'
    half, three_halves = Fraction(1, 2), Fraction(3, 2)
    named = (WrittenChapter(half, three_halves, {"und": "a"}),)
    assert read(ticks % (b"", b'{"title":"a"}')) == named
    both = b'"start_time":"0.500000","end_time":"1.500000",'
    assert read(ticks % (both, b'{"title":"a"}')) == named
    assert read(ticks % (b"", b"{}")) == (WrittenChapter(half, three_halves, {"und": ""}),)


@pytest.mark.parametrize("base", ["1/0", "x", "1", ""])
def test_ticks_of_no_time_base_are_told(base: str) -> None:
    findings = Findings()
    data = f'[{{"time_base":"{base}","start":1,"title":"a"}}]'.encode()
    assert read_chapters(data, name="c", findings=findings) == ()
    assert findings.sentences() == ("1 chapter skipped: unreadable times",)
