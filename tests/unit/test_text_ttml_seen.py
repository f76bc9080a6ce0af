"""What of a TTML document is seen: hidden text, ruby, places of regions, one language of many."""

from __future__ import annotations

import pytest

from media.text.cue import Cue, NotSubtitles
from media.text.findings import Findings
from media.text.ttml import read_ttml

HIDDEN = ("text that the file hides is left out",)
P = '<p begin="1s" end="2s"{}>{}</p>'


def read(
    body: str, head: str = "", root: str = "", language: str = "und"
) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    document = (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"'
        f' xmlns:ttp="http://www.w3.org/ns/ttml#parameter" {root}><head><layout>{head}</layout>'
        f"</head><body><div>{body}</div></body></tt>"
    )
    return read_ttml(document, findings, language), findings.sentences()


@pytest.mark.parametrize(
    "attribute",
    [
        'tts:display="none"',
        'tts:visibility="hidden"',
        'tts:opacity="0"',
        'tts:opacity="0.0"',
        'tts:color="transparent"',
        'tts:color="#FFFFFF00"',
        'tts:color="rgba(255,255,255,0)"',
    ],
)
def test_hidden_text_is_left_out_and_told_wherever_that_is_said(attribute: str) -> None:
    shown = P.format("", "a")
    seen = ([Cue(1000, 2000, "a")], HIDDEN)
    assert read(P.format(f" {attribute}", "x") + shown) == seen
    assert read(f"<div {attribute}>{P.format('', 'x')}</div>{shown}") == seen
    assert read(P.format("", f"a<span {attribute}>x</span>")) == seen
    style = f'<style xml:id="s" {attribute}/>'
    assert read(P.format(' style="s"', "x") + shown, style) == seen
    region = f'<region xml:id="r" {attribute}/>'
    assert read(P.format(' region="r"', "x") + shown, region) == seen


@pytest.mark.parametrize(
    "attribute",
    ['tts:display="auto"', 'tts:opacity="0.5"', 'tts:opacity="x"', 'tts:color="#FFFFFF80"'],
)
def test_what_can_be_seen_is_kept(attribute: str) -> None:
    assert read(P.format(f" {attribute}", "a")) == ([Cue(1000, 2000, "a")], ())


def test_a_span_may_show_within_what_is_only_invisible() -> None:
    inner = 'x<span tts:visibility="visible">a</span>'
    assert read(P.format(' tts:visibility="hidden"', inner)) == ([Cue(1000, 2000, "a")], HIDDEN)
    gone = 'x<span tts:display="auto">y</span>'
    assert read(P.format(' tts:display="none"', gone)) == ([], HIDDEN)


def test_ruby_becomes_that_of_webvtt_and_brackets_for_want_of_it_go() -> None:
    ruby = (
        '<span tts:ruby="container"><span tts:ruby="base">灯台</span>'
        '<span tts:ruby="delimiter">(</span><span tts:ruby="text">とうだい</span>'
        '<span tts:ruby="delimiter">)</span></span>の下'
    )
    shown = "<ruby>灯台<rt>とうだい</rt></ruby>の下"
    assert read(P.format("", ruby)) == ([Cue(1000, 2000, shown)], HIDDEN)
    styled = '<span style="c">港<span style="t">みなと</span></span>'
    styles = '<style xml:id="c" tts:ruby="container"/><style xml:id="t" tts:ruby="text"/>'
    assert read(P.format("", styled), styles)[0][0].payload == "<ruby>港<rt>みなと</rt></ruby>"


@pytest.mark.parametrize(
    ("region", "root", "line"),
    [
        ('tts:position="center bottom 10%" tts:extent="80% 15%"', "", ""),
        ('tts:position="bottom" tts:extent="80% 15%"', "", ""),
        ('tts:position="center top" tts:extent="80% 15%"', "", "line:0"),
        ('tts:position="left 10% top 5%" tts:extent="80% 15%"', "", "line:0"),
        ('tts:position="50% 50%" tts:extent="80% 10%"', "", "line:45%"),
        ('tts:position="center" tts:extent="80% 10%"', "", "line:45%"),
        ('tts:position="10% 100%" tts:extent="80% 20%"', "", ""),
        ('tts:position="center bottom 900px" tts:extent="80% 5%"', 'tts:extent="1920px 1080px"',
         "line:0"),
        ('tts:position="top" tts:origin="0% 90%" tts:extent="9% 5%"', "", "line:0"),  # it counts
        ('tts:origin="4c 16c" tts:extent="32c 3c"', 'ttp:cellResolution="40 20"', ""),
        ('tts:origin="4c 2c" tts:extent="32c 3c"', 'ttp:cellResolution="40 20"', "line:0"),
        ('tts:origin="4c 12c" tts:extent="24c 2c"', "", ""),  # of 15 rows
        ('tts:origin="10rw 80rh" tts:extent="80rw 10rh"', "", ""),
        ('tts:origin="0px 50rw" tts:extent="9px 9px"', 'tts:extent="1920px 1080px"', ""),
        ('tts:origin="0rw 20rw" tts:extent="9rw 9rh"', "", "line:45%"),  # of a picture of 16:9
    ],
)  # fmt: skip
def test_regions_stand_where_their_lengths_say(region: str, root: str, line: str) -> None:
    (cue,), _ = read(P.format(' region="r"', "a"), f'<region xml:id="r" {region}/>', root)
    assert cue.settings == line


BOTH = (
    f'<div xml:lang="en-GB">{P.format("", "colour")}</div>'
    f'<div xml:lang="fr">{P.format("", "couleur")}</div>'
)


def test_of_several_languages_the_one_that_was_asked_for_is_taken() -> None:
    told = "text in {} is left out: give the file once more for that language"
    assert read(BOTH, language="en") == ([Cue(1000, 2000, "colour")], (told.format("fr"),))
    assert read(BOTH, language="fr-CA") == ([Cue(1000, 2000, "couleur")], (told.format("en-GB"),))


@pytest.mark.parametrize("language", ["und", "de"])
def test_several_languages_of_which_none_was_asked_for_are_told(language: str) -> None:
    cues, told = read(BOTH, language=language)
    assert [cue.payload for cue in cues] == ["colour", "couleur"]
    assert told == ("text in several languages at once: en-GB, fr",)


def test_one_language_whatever_it_is_is_nobodys_mistake() -> None:
    one = BOTH.replace('"fr"', '"en"')
    assert read(one, root='xml:lang="fr"', language="de")[1] == ()


def test_of_a_name_given_twice_the_first_counts_and_that_is_told() -> None:
    head = (
        '<region xml:id="r" tts:origin="0% 0%" tts:extent="100% 10%"/>'
        '<region xml:id="r" tts:origin="0% 90%" tts:extent="100% 10%"/>'
    )
    body = (
        '<p xml:id="a" region="r" begin="1s" end="2s">a</p><p xml:id="a" begin="2s" end="3s">b</p>'
    )
    assert read(body, head) == (
        [Cue(1000, 2000, "a", "line:0"), Cue(2000, 3000, "b")],
        ("2 elements given the xml:id of another: the first one counts",),
    )


def test_of_styles_of_one_name_the_first_counts() -> None:
    head = (
        '<style xml:id="s" tts:fontStyle="italic"/><style xml:id="s" tts:fontStyle="normal"/>'
        '<style xml:id="s" tts:fontWeight="bold"/>'
    )
    assert read('<p style="s" begin="1s" end="2s">a</p>', head) == (
        [Cue(1000, 2000, "<i>a</i>")],
        ("2 elements given the xml:id of another: the first one counts",),
    )


def test_a_prefix_that_nobody_declared_is_read_and_told() -> None:
    findings = Findings()
    paragraph = '<tt:p begin="1s" end="2s" tts:fontStyle="italic">a</tt:p>'
    text = f"<tt:tt><tt:body>{paragraph}</tt:body></tt:tt>"
    assert read_ttml(text, findings) == [Cue(1000, 2000, "<i>a</i>")]
    assert findings.sentences() == (
        "a prefix of its names is not declared: they are read as if it were",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<tt><p>a</tt>", "Opening and ending tag mismatch: p line 1 and tt"),
        ("<tt:tt><p>a & b</p></tt:tt>", "xmlParseEntityRef: no name"),
        ('<tt a="1" a="2"/>', "Attribute a redefined"),
        ("<tt", "Couldn't find end of Start Tag tt line 1"),
        ("<tt>&a;</tt>", "Entity 'a' not defined"),
    ],
)
def test_nothing_is_guessed_of_a_document_that_is_not_well_formed(text: str, reason: str) -> None:
    with pytest.raises(NotSubtitles, match=f"^it is not well-formed XML: {reason}$"):
        read_ttml(text, Findings())
