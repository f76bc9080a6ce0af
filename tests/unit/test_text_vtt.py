"""WebVTT in: cleaned of what players stumble over. WebVTT out: what the packager needs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.text.cue import Cue
from media.text.findings import Findings
from media.text.placement import alignment_for, band, settings_for, sound_settings
from media.text.track import milliseconds, track_cues, track_text
from media.text.vtt import read_vtt


def read(text: str) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    return read_vtt(text, findings), findings.sentences()


def one(text: str) -> str:
    (cue,), sentences = read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n")
    assert sentences == ()
    return cue.payload


def test_identifiers_notes_and_headers_are_left_behind() -> None:
    text = (
        "WEBVTT - a title\nKind: captions\n\nNOTE\nnothing\n\nid\n"
        "00:00:01.000 --> 01:00:00.000 line:0 align:middle\na\n\nNOTE end\n"
    )
    assert read(text) == ([Cue(1000, 3_600_000, "a", "line:0 align:center")], ())


def test_voices_classes_languages_and_ruby_are_kept() -> None:
    text = (
        "<v.loud Roger Bingham>We <c.yellow.bg_blue>are</c> <lang de-AT>da</lang> "
        "<ruby>漢<rt>kan</rt>"
    )
    assert one(text) == f"{text}</ruby></v>"


def test_unknown_tags_are_dropped_and_their_text_kept() -> None:
    assert one("one <x.y z>two</x> <v>four</v> <lang>five") == "one two four five"


def test_times_of_words_are_kept_and_elements_to_style_them_by() -> None:
    text = "one <00:00:01.250><c>two</c> <00:00:01.500><b>three"
    assert one(text) == f"{text}</b>"
    assert one("one <00:01.250>two <1:00:01.5>three <00:01>four") == (
        "one <00:00:01.250>two <01:00:01.500>three four"
    )


def test_a_voice_cannot_smuggle_markup() -> None:
    assert one("<v A & B &lt;b&gt;>text") == "<v A &amp; B &lt;b&gt;>text</v>"


def test_styles_and_regions_are_reported_as_left_behind() -> None:
    text = (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:r\n\n"
        "00:01.000 --> 00:02.000 region:r size:110% size:50%\na\n"
    )
    assert read(text) == (
        [Cue(1000, 2000, "a", "size:50%")],
        (
            "style sheets and regions are not kept: viewers set their own look",
            "1 cue lost a setting that cannot be delivered (at 00:00:01.000: region:r)",
        ),
    )


def test_decimal_commas_and_times_before_zero_are_read() -> None:
    text = (
        "WEBVTT\n\n-00:00:02,000 --> 00:00:01,500\na\n\n"
        "x\n-00:00:04.000 --> -00:00:03.000\nb\n\n00:00:05,250 --> 00:00:06.000 line:1\nc\n"
    )
    assert read(text) == (
        [Cue(-2000, 1500, "a"), Cue(-4000, -3000, "b"), Cue(5250, 6000, "c", "line:1")],
        (),  # as every format's: the mending clips and tells
    )


def test_unreadable_times_are_skipped_and_reported() -> None:
    text = "WEBVTT\n\n00:61.000 --> 00:62.000\na\n\n1 --> 2\nb\n\n00:01.000 --> 00:02.000\nc\n"
    assert read(text) == ([Cue(1000, 2000, "c")], ("2 cues skipped: unreadable times",))


@pytest.mark.parametrize(
    ("written", "kept", "dropped"),
    [
        ("line:6% size:110%", "line:6%", ("size:110%",)),
        ("align:middle position:10%,line-left", "align:center position:55% size:90%", ()),
        ("line:-1 line:50%,center", "line:50%", ("line:50%,center",)),
        ("line:0 vertical:rl a:b align:end", "", ("vertical:rl", "a:b")),
        ("position:50%,middle align:justify nonsense a:b", "", (
            "position:50%,middle", "align:justify", "nonsense", "a:b",
        )),
        ("line:0 " * 40, "", ("settings of unreasonable length",)),
    ],
)  # fmt: skip
def test_only_valid_settings_are_kept(written: str, kept: str, dropped: tuple[str, ...]) -> None:
    assert sound_settings(written) == (kept, dropped)


@pytest.mark.parametrize("alignment", range(1, 10))
def test_keypad_alignments_survive_as_settings(alignment: int) -> None:
    assert alignment_for(settings_for(alignment)) == alignment


def test_every_setting_stands_in_one_part_of_the_picture() -> None:
    found = {
        written: band(written)
        for written in ("", "line:0", "line:9,end", "line:12", "line:-2", "line:10%", "line:50%")
    }
    assert found == {
        "": "bottom",
        "line:0": "top",
        "line:9,end": "top",
        "line:12": "bottom",
        "line:-2": "bottom",
        "line:10%": "top",
        "line:50%": "middle",
    }


def test_a_track_ends_with_an_empty_cue_in_the_title_s_last_millisecond() -> None:
    assert track_text([Cue(1000, 2000, "<v A>a</v>\nb", "line:0")], 20_500) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 line:0\n<v A>a</v>\nb\n\n"
        "00:00:20.499 --> 00:00:20.500\n\n"
    )


def test_a_track_reads_back_without_its_padding() -> None:
    cues = (Cue(1000, 2000, "a", "line:0"), Cue(359_999_000, 359_999_999, "b"))
    assert track_cues(track_text(cues, 400_000_000)) == cues


def test_a_title_never_grows_by_rounding() -> None:
    assert milliseconds(Fraction(1001, 30)) == 33_366


@pytest.mark.parametrize("block", ["STYLE\n::cue { color: red }", "REGION\nid:r"])
def test_a_style_sheet_or_a_region_alone_is_told_too(block: str) -> None:
    assert read(f"WEBVTT\n\n{block}\n\n00:01.000 --> 00:02.000\na\n") == (
        [Cue(1000, 2000, "a")],
        ("style sheets and regions are not kept: viewers set their own look",),
    )


def test_a_setting_that_is_lost_is_told_with_its_cue_the_first_of_several() -> None:
    text = "WEBVTT\n\n01:02:03.004 --> 01:02:04.000 a:b size:50% c:d\na\n"
    assert read(text) == (
        [Cue(3_723_004, 3_724_000, "a", "size:50%")],
        ("1 cue lost a setting that cannot be delivered (at 01:02:03.004: a:b)",),
    )
