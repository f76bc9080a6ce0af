"""TTML at the edges: depth, references, thirds of the picture, white space, hidden DTDs."""

from __future__ import annotations

import pytest

from media.text.cue import Cue, NotSubtitles
from media.text.findings import Findings
from media.text.ttml import read_ttml


def read(body: str, head: str = "", root: str = "") -> list[Cue]:
    findings = Findings()
    names = 'xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"'
    cues = read_ttml(f"<tt {names} {root}><head>{head}</head><body>{body}</body></tt>", findings)
    assert findings.sentences() == ()
    return cues


def one(paragraph: str, head: str = "", root: str = "") -> tuple[str, str]:
    (cue,) = read(f'<div begin="1s" end="2s">{paragraph}</div>', head, root)
    assert (cue.start_ms, cue.end_ms) == (1000, 2000)
    return cue.payload, cue.settings


def test_a_paragraph_without_duration_is_kept_for_the_report() -> None:
    assert read('<div><p begin="1s" end="1s">a</p></div>') == [Cue(1000, 1000, "a")]


def test_of_pieces_without_duration_the_first_one_tells_the_time() -> None:
    spans = '<span begin="3s" end="2s">a</span><span begin="5s" end="4s">b</span>'
    assert read(f"<div><p>{spans}</p></div>") == [Cue(3000, 2000, "ab")]


def test_a_piece_without_duration_is_left_out_beside_one_that_shows() -> None:
    spans = '<span begin="3s" end="3s">a</span><span begin="3s" end="4s">b</span>'
    assert read(f"<div><p>{spans}</p></div>") == [Cue(3000, 4000, "b")]


def test_a_paragraph_changes_at_128_moments_at_most() -> None:
    spans = "".join(f'<span begin="{n}s" end="{n + 1}s">x</span>' for n in range(127))
    assert len(read(f"<div><p>{spans}</p></div>")) == 127
    with pytest.raises(NotSubtitles, match="a paragraph of it changes more than 128 times"):
        read(f'<div><p>{spans}<span begin="127s" end="128s">x</span></p></div>')


def test_elements_nest_64_deep() -> None:
    def nested(divs: int) -> list[Cue]:  # within body, around a paragraph
        return read("<div>" * divs + '<p begin="1s" end="2s">a</p>' + "</div>" * divs)

    assert nested(62) == [Cue(1000, 2000, "a")]
    with pytest.raises(NotSubtitles, match="its elements are nested more than 64 deep"):
        nested(63)


def test_the_parser_gives_up_long_before_its_stack_does() -> None:
    document = "<tt><body>" + "<div>" * 9999 + "</div>" * 9999 + "</body></tt>"
    with pytest.raises(NotSubtitles, match="not well-formed XML: Excessive depth"):
        read_ttml(document, Findings())


def test_a_dtd_cannot_hide_in_an_encoding_the_document_declares() -> None:
    """The text is decoded already: "+ADwAIQ-" would be "<!" in UTF-7."""
    declaration = f'<?xml version="1.0"{" " * 300}encoding="UTF-7"?>'
    dtd = '+ADwAIQ-DOCTYPE tt [+ADwAIQ-ENTITY a "ha"+AD4-]+AD4-'
    paragraph = '<tt><body><div><p begin="1s" end="2s">+ADwAIQ-</p></div></body></tt>'
    assert read_ttml(declaration + paragraph, Findings()) == [Cue(1000, 2000, "+ADwAIQ-")]
    with pytest.raises(NotSubtitles, match="not well-formed XML"):
        read_ttml(declaration + dtd + paragraph, Findings())


@pytest.mark.parametrize(
    ("paragraph", "shown"),
    [
        ("<p>a <!-- no --> b</p>", "a b"),
        ("<p>a <?no no?> b</p>", "a b"),
        ("<p>a <metadata>no</metadata>b<metadata/><span>c</span></p>", "a bc"),
        ('<p xml:space="preserve">a\nb<span xml:space="default">c\nd</span></p>', "a\nbc d"),
        ('<p xml:space="preserve">a<span>b\nc</span></p>', "ab\nc"),
        ("<p>a\n\t b</p>", "a b"),
        ("<p><br/>a<br/><br/>b<br/></p>", "a\nb"),
        ("<metadata/><p>a</p>", "a"),
    ],
)
def test_white_space_collapses_unless_kept_and_what_is_no_text_vanishes(
    paragraph: str, shown: str
) -> None:
    assert one(paragraph) == (shown, "")


BOLD_STYLE = '<style xml:id="bold" tts:fontWeight="bold"/>'


@pytest.mark.parametrize(
    ("references", "shown"),
    [
        ("bold", "<b>a</b>"),
        ("absent bold", "<b>a</b>"),
        ("bold absent", "<b>a</b>"),
        ("absent", "a"),
        ("plain bold", "<b>a</b>"),
        ("bold plain", "a"),  # the last one counts
        (f"{'absent ' * 15}bold", "<b>a</b>"),
        (f"{'absent ' * 16}bold", "a"),
    ],
)
def test_an_element_may_refer_to_sixteen_styles(references: str, shown: str) -> None:
    head = f'<styling>{BOLD_STYLE}<style xml:id="plain" tts:fontWeight="normal"/></styling>'
    assert one(f'<p style="{references}">a</p>', head) == (shown, "")


@pytest.mark.parametrize(("links", "shown"), [(15, "<b>a</b>"), (16, "a")])
def test_styles_refer_to_one_another_sixteen_long(links: int, shown: str) -> None:
    chain = "".join(f'<style xml:id="s{n}" style="s{n + 1}"/>' for n in range(links))
    head = f'<styling>{chain}<style xml:id="s{links}" tts:fontWeight="bold"/></styling>'
    assert one('<p style="s0">a</p>', head) == (shown, "")


def test_a_style_may_refer_to_sixteen_others() -> None:
    for absent, shown in ((15, "<b>a</b>"), (16, "a")):
        head = f'<styling>{BOLD_STYLE}<style xml:id="s" style="{"x " * absent}bold"/></styling>'
        assert one('<p style="s">a</p>', head) == (shown, "")


def test_only_styles_are_styles_and_only_regions_are_regions() -> None:
    head = (
        '<styling><style tts:fontWeight="bold"/></styling>'
        '<layout><region tts:textAlign="left"/>'
        '<region xml:id="r" tts:fontStyle="italic" tts:extent="100% 9%"/></layout>'
    )
    assert one("<p>a</p>", head) == ("a", "")
    assert one('<p style="r">a</p>', head) == ("a", "")
    assert one('<p xml:id="p" region="p" tts:textAlign="center">a</p>', head) == ("a", "")
    assert one('<p region="r">a</p>', head) == ("<i>a</i>", "line:0")


@pytest.mark.parametrize(
    ("region", "settings"),
    [
        ('tts:origin="0% 33.9%"', "line:0"),
        ('tts:origin="0% 34%"', "line:45%"),
        ('tts:origin="0% 66.9%"', "line:45%"),
        ('tts:origin="0% 67%"', ""),
        ('tts:origin="auto" tts:displayAlign="center"', "line:45%"),
        ('tts:displayAlign="after"', ""),
        ('tts:displayAlign="before"', "line:0"),
        ('tts:origin="0% 20%" tts:extent="1% 40%" tts:displayAlign="center"', "line:45%"),
        ('tts:origin="0% 20%" tts:extent="1% 40%" tts:displayAlign="after"', "line:45%"),
        ('tts:origin="0px 540px"', "line:45%"),
        ('tts:origin="50% 540px"', "line:45%"),
        ('tts:origin="540px 50%"', "line:45%"),
        ('tts:origin=" 0%  -5% "', "line:0"),
    ],
)
def test_a_region_stands_in_a_third_of_the_picture(region: str, settings: str) -> None:
    head = f'<layout><region xml:id="r" tts:textAlign="center" {region}/></layout>'
    assert one('<p region="r">a</p>', head, 'tts:extent="1920px 1080px"') == ("a", settings)


def test_pixels_say_nothing_of_a_picture_measured_in_shares() -> None:
    head = '<layout><region xml:id="r" tts:origin="0px 90px"/></layout>'
    assert one('<p region="r">a</p>', head, 'tts:extent="100% 100%"') == ("a", "line:0")


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        ('tts:fontStyle="oblique"', "<i>a</i>"),
        ('tts:fontStyle="normal"', "a"),
        ('tts:textDecoration="noOverline underline"', "<u>a</u>"),
        ('tts:textDecoration="noUnderline"', "a"),
        ('tts:fontWeight="bold" tts:fontStyle="italic"', "<b><i>a</i></b>"),
    ],
)
def test_looks_webvtt_has_are_kept(look: str, shown: str) -> None:
    assert one(f"<p {look}>a</p>") == (shown, "")


@pytest.mark.parametrize("align", ["start", "end", "left", "right", "center", "justify"])
def test_alignments_webvtt_has_are_kept(align: str) -> None:
    kept = f"align:{align}" if align in {"start", "end", "left", "right"} else ""
    assert one(f'<p tts:textAlign="{align}">a</p>') == ("a", kept)
