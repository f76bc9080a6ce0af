"""SubRip and WebVTT as the field has them: joined, renumbered, saved by word processors."""

from __future__ import annotations

import pytest

from media.text.cue import Cue
from media.text.decoding import decode
from media.text.findings import Findings
from media.text.subtitles import read_subtitles

A, B, C = Cue(1000, 2000, "a"), Cue(3000, 4000, "b"), Cue(5000, 6000, "c")
TIMES = ("00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000",
         "00:00:05,000 --> 00:00:06,000")  # fmt: skip
LEFT_OUT = "text before the first cue is left out"


def read(text: str) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    cues = read_subtitles(text.encode(), name="x", language="en", findings=findings).cues
    return list(cues), findings.sentences()


def srt(*texts: str, block: str = "{n}\n{times}\n{text}\n\n") -> str:
    return "".join(
        block.format(n=n, times=TIMES[n - 1], text=text) for n, text in enumerate(texts, 1)
    )


def vtt(*blocks: str) -> str:
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def timed(number: int, text: str) -> str:
    return f"{TIMES[number - 1].replace(',', '.')}\n{text}"


@pytest.mark.parametrize(
    "block",
    [
        "{n}\n{times}\n{text}\n\n",
        "{times}\n{text}\n\n",  # none
        "{n}.\n{times}\n{text}\n\n",
        "{n}\n\n{times}\n\n{text}\n\n",  # an empty line after each
        "{n}\n\n{n}\n{times}\n{text}\n\n",  # twice
        "{n}\n{times}\n{text}\n",  # no empty line at all
        "\ufeff{n}\n{times}\n{text}\n\n",  # every block a file of its own, once
    ],
)
def test_counters_of_every_kind_are_no_text(block: str) -> None:
    assert read(srt("a", "b", "c", block=block)) == ([A, B, C], ())


def test_a_number_that_somebody_says_stays() -> None:
    said = [Cue(1000, 2000, "in\n1984"), B]
    assert read(srt("in\n1984", "b")) == (said, ())
    assert read(srt("in\n1984", "b", block="{times}\n{text}\n\n")) == (said, ())
    assert read(srt("a", "2", "42", block="{times}\n{text}\n\n")) == (
        [A, Cue(3000, 4000, "2"), Cue(5000, 6000, "42")],
        (),
    )
    assert read(srt("a", "b\n3", "c"))[0][1] == Cue(3000, 4000, "b\n3")  # above counter 3


def test_empty_lines_within_a_cue_end_nothing() -> None:
    assert read(srt("a\n\nmore", "b")) == ([Cue(1000, 2000, "a\nmore"), B], ())


def test_an_unreadable_cue_goes_with_its_text_and_is_told() -> None:
    text = srt("a", "b", "c").replace(TIMES[1], "00:00:03;000 --> 00:00:04;000")
    assert read(text) == ([A, C], ("1 cue skipped: unreadable times",))


def test_text_before_the_first_cue_is_told() -> None:
    assert read(f"made by somebody\n\n{srt('a')}") == ([A], (LEFT_OUT,))
    assert read(vtt("made by somebody", timed(1, "a"))) == ([A], (LEFT_OUT,))


def test_coordinates_of_a_screen_nobody_knows_are_told() -> None:
    text = srt("a").replace(TIMES[0], f"{TIMES[0]} X1:100 X2:200")
    sentence = "1 cue lost a setting that cannot be delivered (at 00:00:01.000: X1:100 X2:200)"
    assert read(text) == ([A], (sentence,))


@pytest.mark.parametrize("arrow", ["->", "–>", "-- >", "→", "--&gt;"])
def test_other_arrows_are_read_in_webvtt_too(arrow: str) -> None:
    assert read(vtt(timed(1, "a"), timed(2, "b").replace("-->", arrow))) == ([A, B], ())


def test_an_arrow_is_never_text_in_webvtt() -> None:
    text = vtt(timed(1, "a"), "now --> then\nx", timed(2, "b"))
    assert read(text) == ([A, B], ("1 cue skipped: unreadable times",))


def test_paragraphs_cut_off_by_an_empty_line_are_of_the_cue_before() -> None:
    assert read(vtt(timed(1, "a"), "more\nand more", timed(2, "b"))) == (
        [Cue(1000, 2000, "a\nmore\nand more"), B],
        (),
    )


def test_identifiers_are_no_text_wherever_they_stand() -> None:
    assert read(vtt(f"one\n{timed(1, 'a')}", "2", timed(2, "b"))) == ([A, B], ())
    assert read(vtt(f"{timed(1, 'a')}\n2\n{timed(2, 'b')}")) == ([A, B], ())  # no empty line
    assert read(vtt(f"{timed(1, 'a')}\nmore\n{timed(2, 'b')}"))[0][0] == Cue(1000, 2000, "a\nmore")


@pytest.mark.parametrize("between", ["\n", "\n\n", ""])
def test_files_that_were_joined_are_read_as_one(between: str) -> None:
    first, second = vtt(timed(1, "a")), vtt(timed(2, "b"))
    assert read(f"{first.rstrip()}\n{between}{second}") == ([A, B], ())


@pytest.mark.parametrize("said", ["WEBVTT is a format", "WEBVTT", "WEBVTT - a format"])
def test_webvtt_may_be_something_that_somebody_says(said: str) -> None:
    assert read(vtt(timed(1, said))) == ([Cue(1000, 2000, said)], ())


def test_notes_and_looks_are_left_and_cues_right_below_them_are_not() -> None:
    looks = "style sheets and regions are not kept: viewers set their own look"
    note = f"NOTE by me\n{timed(1, 'a')}"
    assert read(vtt(note, "STYLE\n::cue { color: red }", "NOTE\nb", timed(2, "b"))) == (
        [A, B],
        (looks,),
    )
    assert read(f"WEBVTT\n{timed(1, 'a')}\n")[0] == [A]
    assert read(vtt(timed(1, "NOTE\nNOTES")))[0] == [Cue(1000, 2000, "NOTE\nNOTES")]


def test_a_timestamp_map_moves_the_times_of_words_too() -> None:
    text = (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:10.000\n\n"
        "00:11.000 --> 00:13.000\nThe <00:12.000>kettle\n"
    )
    assert read(text)[0] == [Cue(1000, 3000, "The <00:00:02.000>kettle")]


def test_a_timestamp_map_says_from_where_times_count() -> None:
    header = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:10.000\n\n"
    text = header + "00:11.000 --> 00:12.000\na\n\n00:13.000 --> 00:14.000\nb\n"
    told = ("times are counted from 00:00:10.000, as X-TIMESTAMP-MAP says",)
    assert read(text) == ([A, B], told)
    unmoved = text.replace("00:00:10.000", "00:00:00.000")
    assert read(unmoved) == ([Cue(11_000, 12_000, "a"), Cue(13_000, 14_000, "b")], ())


def test_webvtt_borrows_the_places_of_ass() -> None:
    assert read(vtt(timed(1, r"{\an8}a"), timed(2, r"{b}")))[0] == [
        Cue(1000, 2000, "a", "line:0"),
        Cue(3000, 4000, "{b}"),
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\r", "\n"])
def test_line_ends_of_every_kind_end_one_line(end: str) -> None:
    text = decode(f"a{end}b{end}{end}c".encode(), "en").text
    assert text == "a\nb\n\nc"


def test_text_that_is_hidden_is_left_out_and_told() -> None:
    told = ("text that the file hides is left out",)
    assert read(srt(r"{\alpha&HFF&}x", "b")) == ([Cue(1000, 2000, ""), B], told)
    assert read(srt(r"a{\1a&HFF&\3a&HFF&\4a&HFF&} x{\r}", "b")) == ([A, B], told)
    assert read(srt(r"{\1a&HFF&}a", "b")) == ([A, B], ())  # its outline shows
