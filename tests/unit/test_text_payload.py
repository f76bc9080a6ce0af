"""Runs of tagged text to payloads that every WebVTT reader reads the same way."""

from __future__ import annotations

import webvtt
from hypothesis import example, given
from hypothesis import strategies as st

from media.text.cue import MAX_CHARS, MAX_TAG_DEPTH, Cue
from media.text.findings import Findings
from media.text.markup import cue_runs
from media.text.overrides import Overrides
from media.text.payload import BOLD, ITALIC, OpenTags, Tag, TextRun, payload
from media.text.track import track_cues, track_text

ANY_TEXT = st.text(max_size=60)
MARKUP = st.text(alphabet="ab <>/biuvc.&;{}\\N10an-\n\r\t\x00\u2028\ud800", max_size=80)


def shown(*runs: TextRun) -> str:
    return payload(runs, Findings(), 0)


def read(text: str) -> str:
    return shown(*cue_runs(text, "vtt", Overrides()))


def test_markup_characters_are_escaped() -> None:
    assert shown(TextRun("a < b && c --> d")) == "a &lt; b &amp;&amp; c --&gt; d"


def test_blank_lines_spare_spaces_and_controls_vanish() -> None:
    assert shown(TextRun(" \n one \t more\r\n\n\u2028 \ttwo\x00\x1b\n \n")) == "one more\ntwo"


def test_tags_open_and_close_once_around_what_they_share() -> None:
    runs = [
        TextRun("a", (BOLD,)),
        TextRun("b", (BOLD, ITALIC)),
        TextRun("\nc", (BOLD,)),
        TextRun("d"),
    ]
    assert shown(*runs) == "<b>a<i>b</i>\nc</b>d"


def test_tags_around_nothing_vanish() -> None:
    assert shown(TextRun("", (BOLD,)), TextRun("  ", (ITALIC,)), TextRun("a")) == "a"


def test_a_line_break_between_two_voices_belongs_to_neither() -> None:
    one, other = Tag("v", "<v Emo>"), Tag("v", "<v Proog>")
    assert shown(TextRun("a\n", (one,)), TextRun("b", (other,))) == "<v Emo>a</v>\n<v Proog>b</v>"


def test_closing_an_outer_tag_leaves_the_inner_one_open() -> None:
    tags = OpenTags()
    tags.open(BOLD)
    tags.open(ITALIC)
    tags.close("b")
    tags.close("u")
    assert tags() == (ITALIC,)


def test_text_beyond_the_cap_is_cut_and_reported() -> None:
    findings = Findings()
    text = payload([TextRun("x" * 1500 + "\n"), TextRun("y" * 1500, (BOLD,))], findings, 61_000)
    assert text == f"{'x' * 1500}\n<b>{'y' * 499}…</b>"
    assert findings.sentences() == (f"1 cue cut to {MAX_CHARS} characters (at 00:01:01.000)",)


def test_tags_nest_only_so_deep() -> None:
    text = read("<b>" * 1000 + "deep")
    assert text == "<b>" * MAX_TAG_DEPTH + "deep" + "</b>" * MAX_TAG_DEPTH


@given(MARKUP)
def test_reading_a_payload_again_changes_nothing(text: str) -> None:
    assert read(read(text)) == read(text)


@given(MARKUP | ANY_TEXT)
def test_no_text_can_break_out_of_its_cue(text: str) -> None:
    one = read(text)
    document = track_text([Cue(1000, 2000, one), Cue(3000, 4000, "next")], 5000)
    captions = webvtt.from_string(document, strict=True).captions
    assert [caption.raw_text for caption in captions] == [one, "next", ""]


@given(st.lists(ANY_TEXT, max_size=5))
@example(["WEBVTT", "said\nWEBVTT - that"])
def test_plain_text_survives_escaping(texts: list[str]) -> None:
    payloads = [text for text in (shown(TextRun(text)) for text in texts) if text]
    cues = tuple(Cue(n * 1000, n * 1000 + 500, text) for n, text in enumerate(payloads))
    assert track_cues(track_text(cues, 60_000)) == cues
