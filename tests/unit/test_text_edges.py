"""Text at the edges: clocks, bands of the picture, override tags and caps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.text.chapter_files import MAX_CHAPTERS
from media.text.cue import FOREVER_MS, MAX_BYTES, MAX_CHARS, MAX_TAG_DEPTH
from media.text.findings import Findings
from media.text.overrides import Look, Overrides, ass_runs
from media.text.payload import BOLD, ITALIC, MAX_RUNS, UNDERLINE, OpenTags, TextRun, payload
from media.text.placement import alignment_for, band, settings_for, sound_settings
from media.text.ttml_time import document_clock


def test_caps_are_those_of_the_guide() -> None:
    assert FOREVER_MS == 359_999_999  # 99:59:59.999
    assert (MAX_CHARS, MAX_RUNS, MAX_TAG_DEPTH) == (2000, 4000, 16)
    assert (MAX_BYTES, MAX_CHAPTERS) == (16 * 1024 * 1024, 1000)


@pytest.mark.parametrize(
    ("parameters", "expression", "seconds"),
    [
        ({}, "01:02:03", Fraction(3723)),
        ({}, "00:00:00.000000001", Fraction(1, 10**9)),
        ({}, "00:00:00.0000000001", None),
        ({}, "0:00:01", None),
        ({}, "10000:00:00", None),
        ({}, "2.5m", Fraction(150)),
        ({}, "1.5s", Fraction(3, 2)),
        ({}, "3t", Fraction(3)),
        ({}, "00:00:01:15", Fraction(3, 2)),
        ({}, " 1s ", Fraction(1)),
        ({}, "00:00:00:00.1", Fraction(1, 30)),
        ({"frameRate": "x"}, "15t", Fraction(1, 2)),
        ({"tickRate": "1"}, "2t", Fraction(2)),
        ({"frameRate": "24"}, "12f", Fraction(1, 2)),
        ({"frameRate": "x"}, "15f", Fraction(1, 2)),
        ({"frameRate": "0"}, "15f", Fraction(1, 2)),
        ({"frameRate": "²"}, "15f", Fraction(1, 2)),
        ({"frameRate": "100000000000"}, "100000000000f", Fraction(1)),
        ({"frameRate": "1000000000000"}, "15f", Fraction(1, 2)),
        ({"frameRate": "30", "frameRateMultiplier": "1000:1001"}, "30f", Fraction(1001, 1000)),
        ({"frameRate": "30", "frameRateMultiplier": "0 1"}, "30f", Fraction(1)),
        ({"frameRate": "30", "frameRateMultiplier": "1 0"}, "30f", Fraction(1)),
        ({"frameRate": "30", "frameRateMultiplier": "x"}, "30f", Fraction(1)),
        ({"frameRate": "30", "frameRateMultiplier": "1000 1001"}, "30t", Fraction(1001, 1000)),
        ({"frameRate": "25", "subFrameRate": "4"}, "100t", Fraction(1)),
        ({"frameRate": "25", "subFrameRate": "4"}, "00:00:00:00.1", Fraction(1, 100)),
        ({"subFrameRate": "4"}, "4t", Fraction(4)),
        ({"timeBase": "smpte"}, "00:00:10:00", Fraction(10)),
        ({"timeBase": "smpte", "frameRate": "25"}, "00:00:01:05", Fraction(6, 5)),
        (
            {"timeBase": "smpte", "frameRateMultiplier": "1000 1001", "dropMode": "dropNTSC"},
            "00:01:00:00",
            Fraction(60),
        ),
        (
            {"timeBase": "smpte", "frameRateMultiplier": "1000 1001", "dropMode": "nonDrop"},
            "00:01:00:00",
            Fraction(3003, 50),
        ),
        ({"frameRateMultiplier": "1000 1001"}, "00:01:00:00", Fraction(60)),
    ],
)
def test_a_ttml_clock_counts_in_frames_ticks_and_metrics(
    parameters: dict[str, str], expression: str, seconds: Fraction | None
) -> None:
    assert document_clock(parameters).seconds(expression) == seconds


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ("", "bottom"),
        ("line:0%", "top"),
        ("line:33.9%", "top"),
        ("line:34%", "middle"),
        ("line:66%", "middle"),
        ("line:67%", "bottom"),
        ("line:100%", "bottom"),
        ("line:0", "top"),
        ("line:9", "top"),
        ("line:10", "bottom"),
        ("line:-1", "bottom"),
        ("line:40%,end", "middle"),
        ("align:left line:0", "top"),
    ],
)
def test_a_cue_stands_in_a_third_of_the_picture(settings: str, place: str) -> None:
    assert band(settings) == place


def test_alignments_of_a_numeric_keypad_become_settings_and_back() -> None:
    written = {number: settings_for(number) for number in range(1, 10)}
    assert written == {
        **{1: "align:left", 2: "", 3: "align:right"},
        **{4: "line:45% align:left", 5: "line:45%", 6: "line:45% align:right"},
        **{7: "line:0 align:left", 8: "line:0", 9: "line:0 align:right"},
    }
    assert [alignment_for(settings) for settings in written.values()] == list(range(1, 10))
    assert [alignment_for(f"align:{side}") for side in ("start", "end", "center")] == [1, 3, 2]


@pytest.mark.parametrize(
    ("settings", "kept", "dropped"),
    [
        ("align:middle", "align:center", ()),
        ("size:110% line:0", "line:0", ("size:110%",)),
        ("line:0 line:1", "line:1", ()),
        ("region:r line:0", "line:0", ("region:r",)),
        ("vertical:rl line:0 nonsense", "", ("vertical:rl", "nonsense")),
        (f"line:0{' ' * 194}", "line:0", ()),
        (f"line:0{' ' * 195}", "", ("settings of unreasonable length",)),
    ],
)
def test_settings_that_reach_players_as_meant_are_kept(
    settings: str, kept: str, dropped: tuple[str, ...]
) -> None:
    assert sound_settings(settings) == (kept, dropped)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (r"{\b1}x", [TextRun("x", (BOLD,))]),
        (r"{\b0}x", [TextRun("x")]),
        (r"{\b599}x", [TextRun("x")]),
        (r"{\b600}x", [TextRun("x", (BOLD,))]),
        (r"{\b601}x", [TextRun("x", (BOLD,))]),
        (r"{\i1\u1}x", [TextRun("x", (ITALIC, UNDERLINE))]),
        (r"{\i1}x{\i}y", [TextRun("x", (ITALIC,)), TextRun("y")]),
        (r"{\bord1}x", [TextRun("x")]),
        (r"{\p1}m 0 0{\p0}x", [TextRun("x")]),
        (r"{\p}x", [TextRun("x")]),
        (r"{\i1\r}x", [TextRun("x")]),
        (r"{\rLoud}x", [TextRun("x", (BOLD,))]),
        (r"{\rUnknown}x", [TextRun("x")]),
        (r"a\Nb\nc\hd", [TextRun("a\nb c\u00a0d")]),
        (r"a{comment}b", [TextRun("a"), TextRun("b")]),
    ],
)
def test_override_tags_switch_what_webvtt_can_show(text: str, runs: list[TextRun]) -> None:
    styles = {"Loud": Look(bold=True)}
    assert list(ass_runs(text, Overrides(styles=styles))) == runs


@pytest.mark.parametrize(
    ("block", "alignment"),
    [
        (r"\an1", 1),
        (r"\an9", 9),
        (r"\an10", None),
        (r"\an0", None),
        (r"\a1", 1),
        (r"\a5", 7),
        (r"\a11", 6),
        (r"\a4", 2),
        (r"\an7\an3", 7),
    ],
)
def test_the_first_alignment_a_cue_names_is_its_own(block: str, alignment: int | None) -> None:
    overrides = Overrides()
    overrides.apply(block)
    assert overrides.alignment == alignment


def test_a_tag_closed_twice_closes_the_one_around_it() -> None:
    tags = OpenTags()
    for tag in (BOLD, ITALIC, BOLD):
        tags.open(tag)
    tags.close("b")
    assert tags() == (BOLD, ITALIC)
    tags.close("b")
    assert tags() == (ITALIC,)


@pytest.mark.parametrize(
    ("lengths", "kept"),
    [((2000,), 2000), ((2001,), 2000), ((1000, 1000), 2000), ((1999, 2), 2000)],
)
def test_a_cue_holds_2000_characters(lengths: tuple[int, ...], kept: int) -> None:
    findings = Findings()
    text = payload([TextRun("x" * length + "\n") for length in lengths], findings, 0)
    assert len(text.replace("\n", "")) == kept
    assert ("…" in text, bool(findings.sentences())) == ((sum(lengths) > 2000,) * 2)


def test_a_cue_holds_4000_runs() -> None:
    for count, whole in ((4000, True), (4001, False)):
        findings = Findings()
        payload([TextRun("x" if n % 4 == 0 else "") for n in range(count)], findings, 0)
        assert (findings.sentences() == ()) is whole
