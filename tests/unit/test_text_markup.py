"""Tags of cue text and override tags, one by one: what is kept, closed, and cut."""

from __future__ import annotations

import pytest

from media.text.findings import Findings
from media.text.markup import cue_runs
from media.text.overrides import Look, Overrides, ass_runs
from media.text.payload import BOLD, ITALIC, UNDERLINE, OpenTags, Tag, TextRun, payload

BOTH = (BOLD, ITALIC)


def runs(text: str) -> list[TextRun]:
    return list(cue_runs(text, "vtt", Overrides()))


def shown(*pieces: TextRun) -> str:
    findings = Findings()
    text = payload(pieces, findings, 0)
    assert findings.sentences() == ()
    return text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a", [TextRun("a")]),
        ("<b><i>a", [TextRun("a", BOTH)]),
        ("<strong><em>a", [TextRun("a", BOTH)]),
        ("<u>a", [TextRun("a", (UNDERLINE,))]),
        ("a<br>b", [TextRun("a"), TextRun("\n"), TextRun("b")]),
        ("<b>a</strong>b", [TextRun("a", (BOLD,)), TextRun("b")]),
        ("<B>a</b>b", [TextRun("a", (BOLD,)), TextRun("b")]),
        ("</b>a", [TextRun("a")]),
        ("<c.x>a</c>b", [TextRun("a", (Tag("c", "<c.x>"),)), TextRun("b")]),
        ("a &lt;&#65;&#x42;&nosuch; b", [TextRun("a <AB&nosuch; b")]),
    ],
)
def test_text_between_tags_is_one_run_with_the_tags_open_there(
    written: str, kept: list[TextRun]
) -> None:
    assert runs(written) == kept


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        (f"<v {'n' * 100}>", Tag("v", f"<v {'n' * 100}>")),
        (f"<v {'n' * 101}>", Tag("v", f"<v {'n' * 100}>")),
        ("<v.loud\tA \n B>", Tag("v", "<v.loud A B>")),
        (f"<lang {'d' * 35}>", Tag("lang", f"<lang {'d' * 35}>")),
        ("<c.a.b what>", Tag("c", "<c.a.b>")),
    ],
)
def test_an_annotation_is_one_line_of_a_hundred_characters(written: str, tag: Tag) -> None:
    assert runs(f"{written}a") == [TextRun("a", (tag,))]


@pytest.mark.parametrize("tag", ["<v>", "<v.x>", "<lang>", f"<lang {'d' * 36}>", "<x de>"])
def test_a_tag_that_says_nothing_webvtt_knows_is_dropped(tag: str) -> None:
    assert runs(f"{tag}a") == [TextRun("a")]


# SSA v4: 1 to 3 below, the same plus 4 at the top, plus 8 in the middle. A keypad counts upwards.
SSA_ALIGNMENTS = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}


@pytest.mark.parametrize("where", range(13))
def test_an_ssa_alignment_stands_for_one_of_the_keypad_and_nonsense_for_below(where: int) -> None:
    overrides = Overrides()
    overrides.apply(f"\\a{where}")
    assert overrides.alignment == SSA_ALIGNMENTS.get(where, 2)


@pytest.mark.parametrize("where", range(1, 10))
def test_an_ass_alignment_is_one_of_the_keypad(where: int) -> None:
    overrides = Overrides()
    overrides.apply(f"\\an{where}")
    assert overrides.alignment == where


@pytest.mark.parametrize(
    ("block", "tags"),
    [
        (r"\b0\i0\u0", ()),
        (r"\b1\i1\u1", (BOLD, ITALIC, UNDERLINE)),
        (r"\b2\i2\u599", ()),
        (r"\b0\i0\u0\b\i\u", (BOLD, ITALIC, UNDERLINE)),  # without a value: as the style has it
        (r"\rPlain", ()),
        (r"\r Plain ", ()),
        (r"\rPlain\b", (BOLD,)),
    ],
)
def test_overrides_change_what_the_style_says(block: str, tags: tuple[Tag, ...]) -> None:
    styled = Overrides(Look(True, True, True), {"Plain": Look()})
    styled.apply(block)
    assert styled.tags() == tags


def test_a_look_of_its_own_stands_below() -> None:
    assert Look() == Look(bold=False, italic=False, underline=False, alignment=2)
    assert Overrides().base == Look()


def test_a_drawing_lasts_until_it_is_ended() -> None:
    text = r"a{\p1}m 0 0{\b1}l 1 1{\p4}n{\p0}b"
    assert list(ass_runs(text, Overrides())) == [TextRun("a"), TextRun("b", (BOLD,))]


def test_closing_when_nothing_is_open_changes_nothing() -> None:
    tags = OpenTags()
    tags.close("b")
    assert tags() == ()


def test_only_the_outer_ends_of_a_line_are_trimmed() -> None:
    pieces = (TextRun(" a ", (BOLD,)), TextRun(" b ", (ITALIC,)), TextRun(" c ", (UNDERLINE,)))
    assert shown(*pieces) == "<b>a </b><i> b </i><u> c</u>"


def test_blank_runs_around_a_line_leave_no_tags() -> None:
    pieces = (TextRun(" ", (BOLD,)), TextRun("a"), TextRun(" ", (ITALIC,)), TextRun("\n"))
    assert shown(*pieces) == "a"


def test_a_line_break_stays_inside_the_tags_of_the_runs_on_both_sides() -> None:
    pieces = (TextRun("a", (BOLD,)), TextRun("b\nc", BOTH), TextRun("d"))
    assert shown(*pieces) == "<b>a<i>b\nc</i></b>d"


@pytest.mark.parametrize(
    ("texts", "cut"),
    [
        (("x" * 2000, "y"), "x" * 1999 + "…"),
        (("x" * 1000, "y" * 1000, "z"), "x" * 1000 + "\n" + "y" * 999 + "…"),
        (("x" * 1998, "y", "z", "z"), "x" * 1998 + "\ny\n…"),
    ],
)
def test_what_is_cut_ends_with_an_ellipsis_as_its_2000th_character(
    texts: tuple[str, ...], cut: str
) -> None:
    assert payload([TextRun(f"{text}\n") for text in texts], Findings(), 0) == cut


def test_overrides_beyond_the_cut_have_no_say() -> None:
    for runs_before, alignment in ((4000, 8), (4001, None)):
        overrides = Overrides()
        text = "x{}" * runs_before + r"{\an8}y"
        payload(ass_runs(text, overrides), Findings(), 0)
        assert overrides.alignment == alignment
