"""TTML, DFXP and IMSC1 text: times, containers, styles, regions, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.text.cue import FOREVER_MS, Cue, NotSubtitles
from media.text.findings import Findings
from media.text.ttml import MAX_CHANGES, read_ttml
from media.text.ttml_time import document_clock

NAMESPACES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
)


def read(body: str, head: str = "", root: str = "") -> list[Cue]:
    findings = Findings()
    cues = read_ttml(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<tt {NAMESPACES} {root}>'
        f"<head>{head}</head><body>{body}</body></tt>",
        findings,
    )
    assert findings.sentences() == ()
    return cues


@pytest.mark.parametrize(
    ("parameters", "expression", "seconds"),
    [
        ({}, "00:00:01.25", Fraction(5, 4)),
        ({}, "100:00:00", Fraction(360_000)),
        ({}, "1.5h", Fraction(5400)),
        ({}, "250ms", Fraction(1, 4)),
        ({}, "15f", Fraction(1, 2)),
        ({"frameRate": "25"}, "00:00:01:05", Fraction(6, 5)),
        ({"frameRate": "30", "frameRateMultiplier": "1000 1001"}, "30f", Fraction(1001, 1000)),
        ({"frameRate": "25", "subFrameRate": "2"}, "00:00:00:01.1", Fraction(3, 50)),
        ({"tickRate": "10000000"}, "15000000t", Fraction(3, 2)),
        ({"frameRate": "25"}, "50t", Fraction(2)),
        ({"tickRate": "0"}, "2t", Fraction(2)),
        (
            {"timeBase": "smpte", "frameRate": "30", "frameRateMultiplier": "1000 1001"},
            "00:01:00:00",
            Fraction(3003, 50),
        ),
        ({}, "1:00", None),
        ({}, "-1s", None),
        ({}, "", None),
    ],
)
def test_times_are_exact(
    parameters: dict[str, str], expression: str, seconds: Fraction | None
) -> None:
    assert document_clock(parameters).seconds(expression) == seconds


def test_paragraphs_become_cues_with_breaks_and_collapsed_spaces() -> None:
    body = """<div><p begin="1s" end="2s">
        Hello   <span>wide</span>
        world<br/>next <metadata>not shown</metadata>line
    </p></div>"""
    assert read(body) == [Cue(1000, 2000, "Hello wide world\nnext line")]


def test_preserved_line_ends_stay() -> None:
    assert read('<div><p begin="1s" end="2s" xml:space="preserve">a  b\nc</p></div>') == [
        Cue(1000, 2000, "a b\nc")
    ]


def test_times_count_from_their_parents_and_end_with_them() -> None:
    body = (
        '<div begin="10s" end="14s"><p begin="1s" dur="1s">a</p><p begin="3s" end="9s">b</p></div>'
    )
    assert read(body) == [Cue(11_000, 12_000, "a"), Cue(13_000, 14_000, "b")]


def test_sequences_follow_one_another() -> None:
    body = '<div timeContainer="seq"><p dur="2s">a</p><p begin="1s" dur="2s">b</p></div>'
    assert read(body) == [Cue(0, 2000, "a"), Cue(3000, 5000, "b")]


def test_timed_spans_split_their_paragraph() -> None:
    body = (
        '<div><p begin="1s" end="5s"><span>one</span> <span begin="1s">two</span>'
        '<span begin="2s" end="3s"> three</span></p></div>'
    )
    assert read(body) == [
        Cue(1000, 2000, "one"),
        Cue(2000, 3000, "one two"),
        Cue(3000, 4000, "one two three"),
        Cue(4000, 5000, "one two"),
    ]


def test_text_without_an_end_lasts_and_reversed_times_are_kept_for_the_report() -> None:
    body = '<div><p begin="1s">a</p><p begin="3s" end="2s">b</p><p begin="4s" end="5s"> </p></div>'
    assert read(body) == [Cue(1000, FOREVER_MS, "a"), Cue(3000, 2000, "b")]


def test_styles_are_referenced_chained_nested_and_overridden() -> None:
    head = (
        '<styling><style xml:id="base" tts:fontStyle="italic"/>'
        '<style xml:id="loud" style="base round" tts:fontWeight="bold" tts:color="red"/>'
        '<style xml:id="round" style="loud" tts:textDecoration="underline"/></styling>'
    )
    body = (
        '<div><p begin="1s" end="2s" style="loud">a<span tts:fontStyle="normal" '
        'tts:textDecoration="none">b<span tts:fontWeight="normal">c</span></span></p></div>'
    )
    assert read(body, head) == [Cue(1000, 2000, "<b><i><u>a</u></i>b</b>c")]


def test_regions_place_text() -> None:
    head = (
        "<layout>"
        '<region xml:id="bottom" tts:origin="10% 80%" tts:extent="80% 15%" '
        'tts:displayAlign="after"/>'
        '<region xml:id="top"><style tts:origin="192px 54px" tts:extent="1536px 108px"/>'
        '<style tts:textAlign="left" tts:fontStyle="italic"/></region>'
        '<region xml:id="whole" tts:displayAlign="center"/></layout>'
    )
    body = (
        '<div region="top"><p begin="1s" end="2s">a</p>'
        '<p begin="2s" end="3s" region="bottom" tts:textAlign="end">b</p>'
        '<p begin="3s" end="4s" region="whole" tts:textAlign="center">c</p>'
        '<p begin="4s" end="5s" region="absent">d</p></div>'
    )
    assert read(body, head, 'tts:extent="1920px 1080px"') == [
        Cue(1000, 2000, "<i>a</i>", "line:0 align:left"),
        Cue(2000, 3000, "b", "align:end"),
        Cue(3000, 4000, "c", "line:45%"),
        Cue(4000, 5000, "d"),
    ]


@pytest.mark.parametrize(
    ("region", "canvas", "settings"),
    [
        ('tts:origin="90% 10%" tts:extent="10% 90%"', "", "line:0"),  # the second length counts
        ('tts:origin="10% 50%" tts:extent="80% 20%"', "", "line:45%"),
        ('tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"', "", ""),
        ('tts:origin="0% 0%" tts:extent="90% 33%" tts:displayAlign="after"', "", "line:0"),
        ('tts:origin="0% 0%" tts:extent="90% 66%" tts:displayAlign="center"', "", "line:0"),
        ('tts:origin="0px 540px" tts:extent="9px 100px"', "1920px 1080px", "line:45%"),
        ('tts:origin="0px 540px" tts:extent="9px 100px"', "", "line:0"),  # of nobody knows what
        ('tts:origin="0px 540px" tts:extent="9px 100px"', "1920px 0px", "line:0"),
        ('tts:origin="1..% 5..%"', "", "line:0"),
    ],
)
def test_a_region_stands_where_its_lengths_say(region: str, canvas: str, settings: str) -> None:
    head = f'<layout><region xml:id="r" {region}/></layout>'
    body = '<div><p begin="1s" end="2s" region="r">a</p></div>'
    assert read(body, head, f'tts:extent="{canvas}"') == [Cue(1000, 2000, "a", settings)]


@pytest.mark.parametrize(
    "namespace", ["http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1"]
)
def test_older_generations_and_prefixes_are_read(namespace: str) -> None:
    document = (
        f'<t:tt xmlns:t="{namespace}" xmlns:s="{namespace}#style"><t:body><t:div>'
        '<t:p begin="00:00:01.000" end="00:00:02.000" s:fontWeight="bold">a</t:p>'
        "</t:div></t:body></t:tt>"
    )
    assert read_ttml(document, Findings()) == [Cue(1000, 2000, "<b>a</b>")]


def test_unreadable_times_are_skipped_and_reported() -> None:
    findings = Findings()
    document = '<tt><body><div><p begin="soon">a</p><p begin="1s" end="2s">b</p></div></body></tt>'
    assert read_ttml(document, findings) == [Cue(1000, 2000, "b")]
    assert findings.sentences() == ("1 element skipped: unreadable times",)


BOMB = (
    '<!DOCTYPE tt [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<tt><body><div><p begin="1s" end="2s">&b;</p></div></body></tt>'
)
EXTERNAL = (
    '<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt><body><div><p begin="1s">x</p></div></body></tt>'
)
WIDE = "".join(f'<span begin="{n}s" end="{n + 1}s">x</span>' for n in range(MAX_CHANGES + 1))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (BOMB, "declares a DTD or entities"),
        (EXTERNAL, "declares a DTD or entities"),
        ("<tt><body>&unknown;</body></tt>", "not well-formed XML"),
        ("<tt><body><div></body></tt>", "not well-formed XML"),
        ("<ttml/>", "its root element is 'ttml', not 'tt'"),
        ('<tt xmlns:p="x" p:timeBase="clock"><body/></tt>', "of the wall clock"),
        ("<tt><body>" + "<div>" * 70 + "</div>" * 70 + "</body></tt>", "nested more than 64 deep"),
        ("<tt><body>" + "<div>" * 9999 + "</body></tt>", "not well-formed XML"),
        (f"<tt><body><div><p>{WIDE}</p></div></body></tt>", "changes more than 128 times"),
    ],
)
def test_what_is_hostile_or_no_subtitles_is_refused(document: str, reason: str) -> None:
    with pytest.raises(NotSubtitles, match=reason):
        read_ttml(document, Findings())
