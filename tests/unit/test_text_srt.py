"""SubRip as it is found in the wild."""

from __future__ import annotations

import pytest

from media.text.cue import Cue
from media.text.findings import Findings
from media.text.srt import read_srt


def read(text: str) -> list[Cue]:
    findings = Findings()
    cues = read_srt(text, findings)
    assert findings.sentences() == ()
    return cues


def one(text: str) -> tuple[str, str]:
    (cue,) = read(f"1\n00:00:01,000 --> 00:00:02,500\n{text}\n")
    assert (cue.start_ms, cue.end_ms) == (1000, 2500)
    return cue.payload, cue.settings


def test_cues_are_read_in_order_with_their_lines() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\nHello\nworld\n\n2\n01:00:00,250 --> 01:00:01,000\nBye\n"
    )
    assert read(text) == [
        Cue(1000, 2500, "Hello\nworld"),
        Cue(3_600_250, 3_601_000, "Bye"),
    ]


def test_times_without_hours_with_dots_and_with_short_fractions_are_understood() -> None:
    text = "1\n0:01.5 --> 00:02,50\na\n\n2\n123:00:03.000-->123:00:04.000\nb\n"
    assert read(text) == [
        Cue(1500, 2500, "a"),
        Cue(442_803_000, 442_804_000, "b"),
    ]


def test_times_before_zero_are_read_as_such() -> None:
    assert read("1\n-00:00:01,500 --> 00:00:02,000\na\n") == [Cue(-1500, 2000, "a")]


def test_looks_are_mapped_or_dropped() -> None:
    text = '<I>a</I> <strong>b</strong> <u>c</u> <font color="#ff0000">d</font> <s>e</s><br>f'
    assert one(text) == ("<i>a</i> <b>b</b> <u>c</u> d e\nf", "")


def test_tags_left_open_or_crossed_are_balanced() -> None:
    assert one("<b><i>a</b>b") == ("<b><i>a</i></b><i>b</i>", "")


def test_words_in_angle_brackets_and_loose_brackets_stay_text() -> None:
    assert one("<sighs> I <3 you & 1 > 0") == ("&lt;sighs&gt; I &lt;3 you &amp; 1 &gt; 0", "")


def test_whole_character_references_are_resolved() -> None:
    assert one("AT&T &amp; R&B &#8364;&nbsp;5 &lt;i&gt; &copy") == (
        "AT&amp;T &amp; R&amp;B €\u00a05 &lt;i&gt; &amp;copy",
        "",
    )


def test_no_tag_can_hold_the_arrow_that_begins_a_cue() -> None:
    assert one("<v A\x01 -->a<c.x-->b<lang de-->c<v B>d")[0] == "abc<v B>d</v>"


def test_borrowed_ass_overrides_place_and_style() -> None:
    assert one("{\\an8}{\\i1}up{\\i0} here {not one}") == ("<i>up</i> here {not one}", "line:0")


def test_a_cue_may_end_with_a_number_even_the_last_one() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nIn\n1984\n\n2\n00:00:03,000 --> 00:00:04,000\nOr\n1985"
    )
    assert [cue.payload for cue in read(text)] == ["In\n1984", "Or\n1985"]


def test_blank_lines_inside_a_cue_vanish_and_empty_cues_are_kept_for_the_report() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\na\n\n\n\nb\n\n2\n00:00:03,000 --> 00:00:04,000\n\n"
    assert [cue.payload for cue in read(text)] == ["a\nb", ""]


def test_unreadable_times_are_skipped_and_reported_not_shown() -> None:
    findings = Findings()
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\na\n\n"
        "2\n00:00:03,000 --> 00:0x:04,000\nb\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nc --> d\n"
    )
    assert [cue.payload for cue in read_srt(text, findings)] == ["a", "c --&gt; d"]
    assert findings.sentences() == ("1 cue skipped: unreadable times",)


@pytest.mark.parametrize(
    ("written", "time_ms"),
    [
        ("01:02:03,004", 3_723_004),
        ("-01:02:03,004", -3_723_004),
        ("1:2:3,4", 3_723_400),
        ("02:03.04", 123_040),
        ("0100:00:00,001", 360_000_001),
        ("-00:00:00,002", -2),
    ],
)
def test_hours_minutes_seconds_and_fractions_add_up(written: str, time_ms: int) -> None:
    assert read(f"1\n{written} --> 200:00:00,000\na\n") == [Cue(time_ms, 720_000_000, "a")]


def test_cues_after_unreadable_times_are_read() -> None:
    findings = Findings()
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0x,000\na\n\n" for n in range(2))
    assert read_srt(f"{text}3\n00:00:05,000 --> 00:00:06,000\nb\n", findings) == [
        Cue(5000, 6000, "b")
    ]
    assert findings.sentences() == ("2 cues skipped: unreadable times",)
