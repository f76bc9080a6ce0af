"""Chapters at the edges: every way to write a time, and what just fits a title."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from farm.errors import InvalidSource
from farm.mediainfo import Chapter
from media.text.chapter_files import WrittenChapter, read_chapters
from media.text.chapters import fit
from media.text.cue import MAX_BYTES
from media.text.findings import Findings


def read(data: bytes) -> tuple[WrittenChapter, ...]:
    return read_chapters(data, name="c", findings=Findings())


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ('"1:02:03.5"', Fraction("3723.5")),
        ('"02:03,25"', Fraction("123.25")),
        ('"-00:01"', Fraction(-1)),
        ('"-1:00:00"', Fraction(-3600)),
        ('" 00:05 "', Fraction(5)),
        ("1.5e1", Fraction(15)),
        ("15E-1", Fraction(3, 2)),
        ("-2.5", Fraction(-5, 2)),
        ('"7"', Fraction(7)),
    ],
)
def test_a_chapter_starts_at_a_clock_time_or_at_so_many_seconds(
    written: str, seconds: Fraction
) -> None:
    data = f'[{{"start": {written}, "title": "a"}}]'.encode()
    assert read(data) == (WrittenChapter(seconds, None, {"und": "a"}),)


@pytest.mark.parametrize(
    "entry",
    [
        {"start": 5, "end": 7},
        {"start-time": 5, "duration": 2},
        {"startTime": 5, "end": 7, "duration": 9},
        {"start_time": 5, "end_time": 7, "title": ""},
    ],
)
def test_an_end_wins_over_a_duration(entry: dict[str, object]) -> None:
    found = read(json.dumps({"chapters": [entry]}).encode())
    assert found == (WrittenChapter(Fraction(5), Fraction(7), {"und": ""}),)


def test_titles_that_are_no_text_are_left_out() -> None:
    titles = [{"title": "a"}, {"language": "de", "title": 7.5}, {"language": 8, "title": "b"}, "x"]
    entries = [{"start": 0, "titles": titles}, {"start": 1, "titles": "x", "title": "c"}]
    assert [chapter.titles for chapter in read(json.dumps(entries).encode())] == [
        # "8" is text, as all numbers are while they are read exactly.
        {"und": "a", "de": "7.5", "8": "b"},
        {"und": "c"},
    ]


def test_a_thousand_chapters_are_read() -> None:
    assert len(read(b"[" + b'{"start": 1},' * 999 + b'{"start": 1}]')) == 1000
    cue = b"00:01.000 --> 00:02.000\na\n\n"
    assert len(read(b"WEBVTT\n\n" + cue * 1000)) == 1000


def test_a_file_of_chapters_holds_16_mib() -> None:
    head = b'[{"start": 1}]'
    assert len(read(head + b" " * (MAX_BYTES - len(head)))) == 1
    with pytest.raises(InvalidSource, match=r"^c: 16,777,217 bytes are too many for chapters"):
        read(head + b" " * (MAX_BYTES - len(head) + 1))


def test_sections_that_are_no_chapters_are_passed_over() -> None:
    text = b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=2/5\nSTART=5\nEND=10\n[STREAM]\nSTART=1\n"
    text += b"[CHAPTER]\n;START=7\n#START=8\nSTART=0\ntitle\n"
    assert read(text) == (
        WrittenChapter(Fraction(2), Fraction(4), {"und": ""}),
        WrittenChapter(Fraction(0), None, {"und": ""}),
    )


def fitted(*chapters: tuple[str, str | None, str]) -> tuple[list[tuple[str, str, str]], int]:
    findings = Findings()
    written = [
        WrittenChapter(Fraction(start), Fraction(end) if end else None, {"en": title})
        for start, end, title in chapters
    ]
    found: tuple[Chapter, ...] = fit(written, duration_s=Fraction(100), findings=findings)
    shown = [(str(c.start_s), str(c.end_s), c.titles["en"]) for c in found]
    return shown, len(findings.sentences())


def test_a_chapter_lasts_a_millisecond_at_least() -> None:
    assert fitted(("5", "5.001", "a")) == ([("5", "5001/1000", "a")], 0)
    assert fitted(("5", "5.0009", "a")) == ([], 1)


def test_a_chapter_may_start_and_end_with_the_title() -> None:
    assert fitted(("0", "100", "a")) == ([("0", "100", "a")], 0)
    assert fitted(("100", None, "a")) == ([], 1)


def test_of_three_chapters_that_start_together_the_middle_ones_go() -> None:
    assert fitted(("1", "5", "a"), ("9", "20", "b"), ("9", "30", "c"), ("9", "40", "d")) == (
        [("1", "5", "a"), ("9", "20", "b")],
        1,
    )


def test_a_title_is_cut_to_200_characters() -> None:
    found, _ = fitted(("0", None, "x" * 201))
    assert found == [("0", "100", "x" * 200)]
