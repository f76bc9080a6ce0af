"""SAMI as the field writes it: classes, languages, clearing, elements left open."""

from __future__ import annotations

import pytest

from farm.errors import InvalidSource
from media.text.cue import FOREVER_MS, MAX_CUES, Cue
from media.text.findings import Findings
from media.text.subtitles import read_subtitles

HEAD = (
    '<SAMI>\n<HEAD><TITLE>주전자</TITLE>\n<STYLE TYPE="text/css">\n<!--\n'
    "P {font-family: Arial; color: #wh1te;}\n"
    ".KRCC {Name:Korean; lang:ko-KR; SAMIType:CC;}\n.ENCC { Name: English; Lang : en-US; }\n"
    "#Small {font-size: 8pt;}\n-->\n</STYLE></HEAD>\n<BODY>\n"
)
EN, KO = "The kettle sings.", "주전자가 노래한다."
OTHER = "text in {} is left out: give the file once more for that language"


def read(body: str, language: str = "en", head: str = HEAD) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    data = f"{head}{body}".encode()
    found = read_subtitles(data, name="x", language=language, findings=findings)
    assert found.role is None
    return list(found.cues), findings.sentences()


def sync(start: int, *texts: tuple[str, str]) -> str:
    """Return a SYNC as most files have them: with nothing closed."""
    said = "".join(f"<P Class={name}>{text}\n" for name, text in texts)
    return f"<SYNC Start={start}>{said}"


def test_what_is_closed_and_what_is_left_open_says_the_same() -> None:
    closed = (
        "<SYNC Start=500><P Class=ENCC>{}</P></SYNC>\n<SYNC Start=1500><P Class=ENCC>{}</P></SYNC>"
    )
    closed = closed.format(EN, "&nbsp;") + "</BODY></SAMI>\n"
    opened = sync(500, ("ENCC", EN)) + sync(1500, ("ENCC", "&nbsp;"))
    quoted = f"<sync start='500'><p class=\"encc\">{EN}<sync start=\"1500\"><p class='encc'>&nbsp;"
    for body in (closed, opened, quoted):
        assert read(body) == ([Cue(500, 1500, EN)], ())


@pytest.mark.parametrize("clearing", ["&nbsp;", "&nbsp", "&NBSP;", "&#160;", "\u00a0", "", "<br>"])
def test_a_paragraph_that_shows_nothing_clears(clearing: str) -> None:
    body = sync(500, ("ENCC", EN)) + sync(1500, ("ENCC", clearing)) + sync(2000, ("ENCC", "b"))
    assert read(body) == ([Cue(500, 1500, EN), Cue(2000, FOREVER_MS, "b")], ())


@pytest.mark.parametrize(
    "clearing", ["<SYNC Start=1500>", "<SYNC Start=1500>&nbsp;", "<SYNC Start=1500><P>"]
)
def test_what_says_no_class_clears_every_class(clearing: str) -> None:
    body = sync(500, ("ENCC", EN), ("KRCC", KO)) + clearing + sync(2000, ("ENCC", "b"))
    assert read(body)[0] == [Cue(500, 1500, EN), Cue(2000, FOREVER_MS, "b")]
    assert read(body, "ko")[0] == [Cue(500, 1500, KO)]


def test_of_several_languages_the_one_asked_for_is_taken_each_with_its_own_ends() -> None:
    body = (
        sync(500, ("KRCC", KO), ("ENCC", EN))
        + sync(1000, ("KRCC", "&nbsp;"))
        + sync(2000, ("ENCC", "&nbsp;"))
        + sync(3000, ("ENCC", "b"))
        + sync(3000, ("KRCC", "나"))
        + sync(4000, ("KRCC", "&nbsp;"), ("ENCC", "&nbsp;"))
    )
    assert read(body) == ([Cue(500, 2000, EN), Cue(3000, 4000, "b")], (OTHER.format("ko-KR"),))
    assert read(body, "ko") == (
        [Cue(500, 1000, KO), Cue(3000, 4000, "나")],
        (OTHER.format("en-US"),),
    )
    everything, told = read(body, "fr")
    assert len(everything) == 4
    assert told == ("text in several languages at once: ko-KR, en-US",)


@pytest.mark.parametrize(
    "style",
    [
        ".KRCC {lang: kr-KR;} .ENCC {lang: en;}",  # the country's code, as many files have it
        ".krcc{lang:ko_KR} .encc{lang:en-US}",
        "",  # by the names of the classes
        ".KRCC {Name: Korean;} .ENCC {lang: klingon;}",
    ],
)
def test_the_language_of_a_class_is_found_where_the_style_does_not_say_it_well(style: str) -> None:
    head = f'<SAMI><HEAD><STYLE TYPE="text/css"><!-- {style} --></STYLE></HEAD><BODY>'
    body = sync(500, ("KRCC", KO), ("ENCC", EN)) + sync(1500, ("KRCC", ""), ("ENCC", ""))
    for language, text in (("en", EN), ("ko", KO)):
        cues, told = read(body, language, head)
        assert cues == [Cue(500, 1500, text)]
        assert len(told) == 1


def test_a_paragraph_may_say_its_language_itself() -> None:
    body = f"<SYNC Start=500><P lang=ko>{KO}<P lang='en-GB'>{EN}<SYNC Start=1500><P>"
    assert read(body, head="<SAMI>") == ([Cue(500, 1500, EN)], (OTHER.format("ko"),))


def test_looks_are_kept_or_dropped_and_breaks_alone_break_lines() -> None:
    text = "<font color=#ff0000><i>The\nkettle  <BR>\n<b>sings</b> &amp; AT&T, 5 < 6"
    assert read(sync(500, ("ENCC", text)) + sync(900, ("ENCC", "")))[0] == [
        Cue(500, 900, "<i>The kettle\n<b>sings</b> &amp; AT&amp;T, 5 &lt; 6</i>")
    ]


def test_comments_and_what_stands_behind_the_body_are_not_shown() -> None:
    body = f"<!-- {sync(100, ('ENCC', 'no'))} -->{sync(500, ('ENCC', f'a<!-- b -->{EN}'))}"
    assert read(f"{body}<SYNC Start=900></BODY></SAMI>\nfoot")[0] == [Cue(500, 900, f"a{EN}")]


@pytest.mark.parametrize(
    "attribute", ["", "Start", "Start=", "Start=soon", "Start=1:02", "Begin=5"]
)
def test_a_sync_nobody_can_place_is_skipped_and_told(attribute: str) -> None:
    body = (
        sync(500, ("ENCC", EN)) + f"<SYNC {attribute}><P Class=ENCC>lost" + sync(1500, ("ENCC", ""))
    )
    assert read(body) == ([Cue(500, 1500, EN)], ("1 cue skipped: unreadable times",))


@pytest.mark.parametrize("start", ["500", "500ms", "500.7", '" 500 "', "500;"])
def test_starts_are_read_as_people_write_them(start: str) -> None:
    assert read(f"<SYNC Start={start} End=900><P Class=ENCC>{EN}")[0] == [Cue(500, 900, EN)]


def test_syncs_out_of_order_are_sorted_and_told() -> None:
    body = sync(2000, ("ENCC", "b")) + sync(500, ("ENCC", EN)) + sync(3000, ("ENCC", ""))
    assert read(body) == (
        [Cue(500, 2000, EN), Cue(2000, 3000, "b")],
        ("1 cue put in order of time (at 00:00:00.500)",),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949", "euc-kr"])
@pytest.mark.parametrize("language", ["ko", "en", "und"])
def test_korean_is_read_in_whatever_encoding(encoding: str, language: str) -> None:
    said = "펲시맨이 똠방각하를 만났다." if encoding != "euc-kr" else KO  # cp949 alone has them
    body = sync(500, ("KRCC", f"{said}<br>아무도 듣지 않는다.")) + sync(1500, ("KRCC", "&nbsp;"))
    data = f"{HEAD}{body}".encode(encoding)
    found = read_subtitles(data, name="x", language=language, findings=Findings())
    assert found.cues == (Cue(500, 1500, f"{said}\n아무도 듣지 않는다."),)


@pytest.mark.parametrize("body", [sync(1, ("a", "b")), "<SYNC Start=1>" + "<P>a" * 10])
def test_more_cues_than_any_film_has_are_refused(body: str) -> None:
    with pytest.raises(InvalidSource, match="it has more than 50,000 cues"):
        read(body * (MAX_CUES + 1))
