"""LRC and enhanced LRC: when lines and words are sung."""

from __future__ import annotations

import pytest

from farm.errors import InvalidSource
from media.text.cue import FOREVER_MS, MAX_CUES, Cue
from media.text.findings import Findings
from media.text.mending import mend
from media.text.subtitles import read_subtitles

ENDLESS = "1 cue clipped to the title's end (at {})"


def read(text: str) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    found = read_subtitles(text.encode(), name="x", language="en", findings=findings)
    assert found.role == "lyrics"
    return list(found.cues), findings.sentences()


def mended(text: str) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    found = read_subtitles(text.encode(), name="x", language="en", findings=findings)
    cues = mend(found.cues, duration_ms=20_000, findings=findings)
    return list(cues), findings.sentences()


def test_a_line_shows_until_the_next_and_one_without_text_ends_it() -> None:
    text = "[00:01.00]Slow is the tide\n[00:02.50]slow is the boat\n[00:04.00]\n[00:06.00] last \n"
    assert read(text) == (
        [
            Cue(1000, 2500, "Slow is the tide"),
            Cue(2500, 4000, "slow is the boat"),
            Cue(6000, FOREVER_MS, "last"),
        ],
        (),
    )
    assert mended(text)[0][-1] == Cue(6000, 20_000, "last")
    assert mended(text)[1] == (ENDLESS.format("00:00:06.000"),)


def test_the_last_line_ends_with_the_song_where_the_file_says_how_long_it_is() -> None:
    assert read("[length: 00:09.5]\n[00:01.00]a") == ([Cue(1000, 9500, "a")], ())
    assert read("[length:0:00]\n[00:01.00]a")[0] == [Cue(1000, FOREVER_MS, "a")]
    assert read("[length:long]\n[00:01.00]a")[0] == [Cue(1000, FOREVER_MS, "a")]


def test_a_line_that_comes_again_has_all_its_times() -> None:
    assert read("[00:05.00][00:01.00] [00:09]again\n[00:03.00]verse\n[00:10]\n")[0] == [
        Cue(1000, 3000, "again"),
        Cue(3000, 5000, "verse"),
        Cue(5000, 9000, "again"),
        Cue(9000, 10_000, "again"),
    ]


@pytest.mark.parametrize(
    ("time", "time_ms"),
    [
        ("0:01", 1000),
        ("00:01.5", 1500),
        ("00:01.25", 1250),
        ("00:01.250", 1250),
        ("00:01.250999", 1250),
        ("00:01,25", 1250),
        ("00:01:25", 1250),
        (" 00:01.25 ", 1250),
        ("100:01.00", 6_001_000),
        ("1:00:01.00", 3_601_000),
        ("00:75.00", 75_000),
    ],
)
def test_times_are_read_as_people_write_them(time: str, time_ms: int) -> None:
    assert read(f"[{time}]a\n")[0] == [Cue(time_ms, FOREVER_MS, "a")]


@pytest.mark.parametrize("signs", ["<>", "[]"])
def test_words_have_times_of_their_own_and_the_last_one_ends_the_line(signs: str) -> None:
    begin, end = signs[0], signs[1]
    text = "[00:01.00]{}00:01.00{} The {}00:01.50{} kettle {}00:02.25{} sings {}00:03.00{}\n"
    assert mended(text.format(*(begin, end) * 4) + "[00:05.00]\n") == (
        [
            Cue(
                1000,
                3000,
                "<c>The </c><00:00:01.500><c>kettle </c><00:00:02.250><c>sings</c>",
            )
        ],
        (),
    )


def test_the_first_word_begins_with_its_line_and_letters_may_be_escaped() -> None:
    text = "[00:01.00]Rock <00:01.50>& <00:02.00>roll <i>\n[00:03.00]\n"
    assert read(text)[0] == [
        Cue(
            1000,
            3000,
            "<c>Rock </c><00:00:01.500><c>&amp; </c><00:00:02.000><c>roll &lt;i&gt;</c>",
        )
    ]


def test_words_of_a_line_that_comes_again_move_with_it() -> None:
    text = "[00:01.00][00:11.00]a <00:01.50>b <00:02.00>\n[00:05.00]"
    assert mended(text)[0] == [
        Cue(1000, 2000, "<c>a </c><00:00:01.500><c>b</c>"),
        Cue(11_000, 12_000, "<c>a </c><00:00:11.500><c>b</c>"),
    ]


@pytest.mark.parametrize(
    ("offset", "cue", "told"),
    [
        ("+500", Cue(500, 2500, "<c>a </c><00:00:01.000><c>b</c>"), "500 ms earlier"),
        ("500", Cue(500, 2500, "<c>a </c><00:00:01.000><c>b</c>"), "500 ms earlier"),
        ("-250", Cue(1250, 3250, "<c>a </c><00:00:01.750><c>b</c>"), "250 ms later"),
    ],
)
def test_an_offset_brings_lines_and_words_forward(offset: str, cue: Cue, told: str) -> None:
    text = f"[offset: {offset}]\n[00:01.00]a <00:01.50>b\n[00:03.00]\n"
    assert mended(text) == ([cue], (f"times are {told} than written, as its offset says",))


def test_an_offset_beyond_the_beginning_is_clipped_and_told() -> None:
    assert mended("[offset:1500]\n[00:01.00]a <00:02.00>b\n[00:03.00]") == (
        [Cue(0, 1500, "<c>a </c><00:00:00.500><c>b</c>")],
        (
            "times are 1500 ms earlier than written, as its offset says",
            "1 cue clipped to the title's beginning (at -00:00:00.500)",
        ),
    )


def test_what_is_no_line_of_the_song_is_left_out_and_told() -> None:
    text = (
        "[ti:The Tide]\n[ar: Nobody]\n[offset: soon]\n[#:a remark]\n[Chorus]\nloose\n\n"
        f"[00:01.00]a\n[00:02.00]\n[00:03.00]{'x' * 8000}\n"
    )
    assert read(text) == (
        [Cue(1000, 2000, "a")],
        (
            "2 lines left out: nothing says when it is sung",
            "1 line left out: it is too long",
            "its offset cannot be read: times are as written",
            "what it says about the song is left out: #, ar, ti",
        ),
    )


def test_two_lines_at_once_show_together_in_the_order_of_the_file() -> None:
    assert mended("[00:01.00]Hello\n[00:01.00]Hallo\n[00:02.00]\n") == (
        [Cue(1000, 2000, "Hello\nHallo")],
        ("1 cue joined with a simultaneous one (at 00:00:01.000)",),
    )


def test_more_lines_than_any_song_has_are_refused() -> None:
    often = "".join(f"[{minute:02d}:00.00]" for minute in range(50)) + "a\n"
    for text in ("[00:01.00]a\n" * (MAX_CUES + 2), often * (MAX_CUES // 50 + 1)):
        with pytest.raises(InvalidSource, match="it has more than 50,000"):
            read(text)
