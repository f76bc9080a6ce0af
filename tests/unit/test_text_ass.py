"""ASS and SSA: words, bold, italic, underline and where they stand."""

from __future__ import annotations

import pytest

from media.text.ass import read_ass
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.placement import settings_for

STYLES = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Sign,Arial,20,&H00FFFFFF,&H0,&H0,&H0,-1,0,0,0,100,100,0,0,1,2,2,9,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def read(*events: str, head: str = STYLES) -> list[Cue]:
    findings = Findings()
    cues = read_ass(head + "\n".join(events), findings)
    assert findings.sentences() == ()
    return cues


def one(text: str, style: str = "Default") -> tuple[str, str]:
    (cue,) = read(f"Dialogue: 0,0:00:01.00,0:00:02.50,{style},,0,0,0,,{text}")
    assert (cue.start_ms, cue.end_ms) == (1000, 2500)
    return cue.payload, cue.settings


def test_text_with_commas_breaks_and_hard_spaces_is_read() -> None:
    assert one("Well, you know,\\Nit's\\hfine\\nhere") == (
        "Well, you know,\nit's\u00a0fine here",
        "",
    )


def test_overrides_for_look_are_mapped_and_the_rest_dropped() -> None:
    text = (
        "{\\i1\\c&H0000FF&\\fs40}a{\\i0} {\\b700}b{\\b0}{\\u1}c{\\r}d "
        "{\\pos(10,20)\\blur2\\bord3\\clip(0,0,1,1)\\k20}e{a comment}"
    )
    assert one(text) == ("<i>a</i> <b>b</b><u>c</u>d e", "")


def test_styles_hold_until_they_are_overridden() -> None:
    assert one("a {\\b0}b{\\b} c {\\rDefault}d", "Sign") == (
        "<b>a </b>b<b> c </b>d",
        "line:0 align:right",
    )


def test_alignment_of_an_event_wins_over_its_style_and_the_first_one_counts() -> None:
    assert one("{\\an8}a{\\an1}b", "Sign") == ("<b>ab</b>", "line:0")
    assert one("{\\a11}a") == ("a", "line:45% align:right")


def test_drawings_show_nothing() -> None:
    assert one("{\\p1}m 0 0 l 100 0{\\p0}") == ("", "")


def test_braces_without_end_and_angle_brackets_are_text() -> None:
    assert one("a {b <i>c") == ("a {b &lt;i&gt;c", "")


def test_comments_are_left_behind_and_negative_times_kept() -> None:
    events = (
        "Comment: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,hidden",
        "Dialogue: 0,-0:00:01.00,0:00:02.00,Default,,0,0,0,,seen",
    )
    assert read(*events) == [Cue(-1000, 2000, "seen")]


def test_fields_are_taken_in_the_order_the_file_states() -> None:
    head = (
        "[V4+ Styles]\nFormat: Name, Italic, Alignment\nStyle: Top,-1,8\n"
        "[Events]\nFormat: Start, End, Style, Text\n"
    )
    cues = read("Dialogue: 0:00:01.00,0:00:02.00,Top,a, b", head=head)
    assert cues == [Cue(1000, 2000, "<i>a, b</i>", "line:0")]


def test_ssa_counts_alignments_its_own_way() -> None:
    head = (
        "[V4 Styles]\nFormat: Name, Fontname, Bold, Alignment\nStyle: Top,Arial,0,6\n"
        "[Events]\nFormat: Marked, Start, End, Style, Text\n"
    )
    cues = read("Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Top,a", head=head)
    assert cues == [Cue(1000, 2000, "a", "line:0")]


def test_nonsense_in_numbers_does_not_cost_the_file() -> None:
    findings = Findings()
    text = (
        STYLES
        + "Style: Odd,Arial,big,red,,,,yes,,,,,,,,,,,77,,,,\n"
        + "Dialogue: x,0:00:01.00,0:00:02.00,Odd,,,,,,a\n"
        + "Dialogue: 0,later,0:00:03.00,Default,,0,0,0,,b\n"
        + "Dialogue: 0\n"
    )
    assert read_ass(text, findings) == [Cue(1000, 2000, "<b>a</b>")]
    assert findings.sentences() == ("2 cues skipped: unreadable times",)


@pytest.mark.parametrize(
    ("written", "time_ms"),
    [
        ("0:00:01", 1000),  # without a fraction
        ("0:1:2.50", 62_500),  # without leading zeros
        ("1:02:03.04", 3_723_040),
        ("-0:00:00.50", -500),
        (" 0:00:01.00 ", 1000),
    ],
)
def test_a_time_has_hours_minutes_and_seconds(written: str, time_ms: int) -> None:
    event = f"Dialogue: 0,{written},9:00:00.00,Default,,0,0,0,,a"
    assert read(event) == [Cue(time_ms, 32_400_000, "a")]


@pytest.mark.parametrize("alignment", range(1, 10))
def test_ass_styles_count_alignments_like_a_keypad(alignment: int) -> None:
    head = (
        f"[V4+ Styles]\nFormat: Name, Alignment\nStyle: Default,{alignment}\n"
        "[Events]\nFormat: Start, End, Style, Text\n"
    )
    (cue,) = read("Dialogue: 0:00:01.00,0:00:02.00,Default,a", head=head)
    assert cue.settings == settings_for(alignment)


def test_without_styles_text_is_plain_and_stands_below() -> None:
    head = "[Events]\nFormat: Start, End, Text\n"
    assert read("Dialogue: 0:00:01.00,0:00:02.00,a", head=head) == [Cue(1000, 2000, "a")]


def test_the_order_of_fields_counts_from_its_section_on() -> None:
    head = "Format: Text, End, Start\n[Events]\n"
    assert read("Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,a", head=head) == [Cue(1000, 2000, "a")]


@pytest.mark.parametrize(("padding", "read_whole"), [(0, True), (1, False)])
def test_an_order_of_fields_has_2000_characters(padding: int, read_whole: bool) -> None:
    names = f"Start, End, {' ' * padding}Text"
    findings = Findings()
    text = f"[Events]\nFormat:{names:>{2000 + padding}}\nDialogue: 0:00:01.00,0:00:02.00,a\n"
    assert read_ass(text, findings) == ([Cue(1000, 2000, "a")] if read_whole else [])
    assert findings.sentences() == (() if read_whole else ("1 cue skipped: unreadable times",))
