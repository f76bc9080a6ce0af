"""Chapter lists: read from what teams deliver, fitted to the title, written for players."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import InvalidSource
from farm.mediainfo import Chapter
from media.text.chapter_files import WrittenChapter, read_chapters
from media.text.chapter_formats import apple_chapters, chapters_vtt
from media.text.chapters import as_written, fit
from media.text.findings import Findings


def read(data: bytes) -> tuple[WrittenChapter, ...]:
    findings = Findings()
    written = read_chapters(data, name="c.bin", findings=findings)
    assert findings.sentences() == ()
    return written


def written(start: str, end: str | None, **titles: str) -> WrittenChapter:
    return WrittenChapter(Fraction(start), None if end is None else Fraction(end), titles)


def test_webvtt_chapters_are_read_as_plain_text() -> None:
    text = "WEBVTT\r\n\r\nid\r\n00:00.000 --> 00:26.500 \r\n<b>One</b> &amp; two\r\n"
    assert read(text.encode("utf-8-sig")) == (written("0", "26.5", und="One & two"),)


def test_ffmetadata_chapters_are_read_with_their_time_base_and_escapes() -> None:
    text = (
        b";FFMETADATA1\ntitle=A film\n; a comment\n[STREAM]\ntitle=no\n"
        b"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=a\\=b \\; c\\\nd\n"
        b"[CHAPTER]\nSTART=1500000000\nEND=2000000000\n"
    )
    assert read(text) == (
        written("0", "1.5", und="a=b ; c\rd"),
        written("1.5", "2", und=""),
    )


def test_apple_s_json_is_read_with_every_language() -> None:
    listed = [
        {
            "chapter": 1,
            "start-time": 0,
            "duration": 12.5,
            "titles": [{"language": "en", "title": "Birth"}, {"language": "es", "title": "Nacer"}],
        },
        {"start-time": 500.1, "titles": [{"title": "?"}]},
    ]
    assert read(json.dumps(listed).encode()) == (
        written("0", "12.5", en="Birth", es="Nacer"),
        written("500.1", None, und="?"),
    )


def test_plain_json_is_read_with_seconds_or_clock_times() -> None:
    text = (
        b'{"chapters": [{"start": "00:01:02.5", "end": "1:03", "title": "a"},'
        b' {"startTime": 1e2}, {"start_time": "120.25", "end_time": "130", "title": 7}]}'
    )
    assert read(text) == (
        written("62.5", "63", und="a"),
        written("100", None, und=""),
        written("120.25", "130", und="7"),
    )


def test_chapters_without_a_readable_start_are_skipped_and_reported() -> None:
    findings = Findings()
    json_text = b'[{"title": "a"}, {"start": true}, {"start": 1e999}, {"start": NaN}, {"start": 2}]'
    ffmetadata = b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/0\nSTART=1\n[CHAPTER]\nSTART=x\n"
    assert read_chapters(json_text, name="c", findings=findings) == (written("2", None, und=""),)
    assert read_chapters(ffmetadata, name="c", findings=findings) == ()
    assert findings.sentences() == ("6 chapters skipped: unreadable times",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Chapter one begins at 00:00", "neither WebVTT, FFMETADATA nor JSON"),
        (b'{"a": 1', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a": 1}', "not a list of chapters"),
        (b"[1, 2]", "not a list of chapters"),
        (b"[" + b'{"start": 1},' * 1000 + b'{"start": 1}]', "more than 1,000 chapters"),
        (b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\na\n\n" * 1001, "more than 1,000 chapters"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" * 9, "binary data"),
    ],
)
def test_what_is_no_list_of_chapters_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidSource, match=f"^c.bin: not usable as chapters, .*{reason}"):
        read(data)


def fitted(*chapters: WrittenChapter) -> tuple[tuple[Chapter, ...], tuple[str, ...]]:
    findings = Findings()
    return fit(chapters, duration_s=Fraction(100), findings=findings), findings.sentences()


def chapter(start: int, end: int, **titles: str) -> Chapter:
    return Chapter(Fraction(start), Fraction(end), titles)


def test_chapters_are_sorted_and_open_ends_closed() -> None:
    assert fitted(
        written("60", None, und="c"), written("0", "10", en="a"), written("20", None)
    ) == (
        (chapter(0, 10, en="a"), chapter(20, 60, und="Chapter 2"), chapter(60, 100, und="c")),
        (),
    )


def test_chapters_are_clipped_to_the_title_and_to_each_other() -> None:
    chapters = (
        written("-5", "10", und="a"),
        written("-9", "-5", und="gone"),
        written("8", "40", und="b"),
        written("30", "30", und="nothing"),
        written("40", "120", und="c"),
        written("100", "130", und="late"),
    )
    assert fitted(*chapters) == (
        (chapter(0, 8, und="a"), chapter(8, 40, und="b"), chapter(40, 100, und="c")),
        (
            "1 chapter clipped to the title's beginning (at -00:00:05.000)",
            "2 chapters dropped: no duration (first at -00:00:09.000)",
            "1 chapter clipped to the title's end (at 00:00:40.000)",
            "1 chapter dropped: after the title's end (at 00:01:40.000)",
            "1 chapter clipped where the next one starts (at 00:00:00.000)",
        ),
    )


def test_chapters_that_start_together_join_their_languages() -> None:
    chapters = (
        written("0", "50", en="One"),
        written("0", "50", de="Eins"),
        written("0", "60", en="Uno"),
    )
    assert fitted(*chapters) == (
        (chapter(0, 50, de="Eins", en="One"),),
        ("1 chapter dropped: another one starts there (at 00:00:00.000)",),
    )


def test_titles_become_one_shown_line_in_a_known_language() -> None:
    titles = {"EN-us": " a\n\x00b ", "de": " ", "not a language": "x" * 300}
    (found,), _ = fitted(WrittenChapter(Fraction(0), None, titles))
    assert found.titles == {"en-US": "a b", "und": "x" * 200}


def test_a_container_s_chapters_are_moved_to_the_title_s_clock() -> None:
    assert as_written([chapter(3, 5, und="a")], Fraction(3, 2)) == (written("1.5", "3.5", und="a"),)


CHAPTERS = (
    Chapter(Fraction(0), Fraction(1001, 30), {"en": "A <b>", "de": "Ä"}),
    Chapter(Fraction(40), Fraction(100), {"und": "B"}),
)


def test_apple_s_json_is_written_in_seconds() -> None:
    assert json.loads(apple_chapters(CHAPTERS)) == [
        {
            "chapter": 1,
            "start-time": 0,
            "duration": 33.367,
            "titles": [
                {"language": "en", "title": "A <b>"},
                {"language": "de", "title": "Ä"},
            ],
        },
        {
            "chapter": 2,
            "start-time": 40,
            "duration": 60,
            "titles": [{"language": "und", "title": "B"}],
        },
    ]


def test_what_is_written_for_apple_reads_back() -> None:
    findings = Findings()
    again = read_chapters(apple_chapters(CHAPTERS).encode(), name="c", findings=findings)
    assert [entry.titles for entry in again] == [chapter.titles for chapter in CHAPTERS]
    assert [entry.start_s for entry in again] == [0, 40]


def test_webvtt_is_written_with_escaped_titles() -> None:
    assert chapters_vtt(CHAPTERS) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:33.367\nA &lt;b&gt;\n\n"
        "00:00:40.000 --> 00:01:40.000\nB\n\n"
    )


def test_real_chapters_fitted_to_thirty_seconds(shared: Path) -> None:
    findings = Findings()
    data = (shared / "media" / "elephants-dream-chapters-en.vtt").read_bytes()
    chapters = read_chapters(data, name="c", findings=findings)
    assert fit(chapters, duration_s=Fraction(30), findings=findings) == (
        chapter(0, 26, und="Introduction"),
        Chapter(Fraction(28_206, 1000), Fraction(30), {"und": "Watch out!"}),
    )
    assert findings.sentences() == (
        "1 chapter clipped to the title's end (at 00:00:28.206)",
        "5 chapters dropped: after the title's end (first at 00:01:02.034)",
    )
