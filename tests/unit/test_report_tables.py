"""The tables of the page, row for row, of titles in which everything has happened."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import ChapterList, Loudness
from farm.found import Span
from farm.mediainfo import Chapter
from farm.scores import Banding, Seam
from qc.report import ReportData
from qc.report.rung_tables import Table
from qc.report.tables import SHOWN, ladder_tables, tables
from qc.report.words import clock, count, fps, minute, rate
from tests.unit import titles
from tests.unit.reported import AUDIO, TEXT, evidence, report_data
from tests.unit.tried import HEVC, LADDER, LOW, TOP, UNTRIED


def table(title: str, of: ReportData) -> Table:
    (found,) = (each for each in tables(of) if each.title == title)
    return found


def source_rows(**seen: object) -> dict[str, str]:
    known = evidence(analysis=titles.analysis(**seen))
    return {row[0]: row[1] for row in table("Source", report_data(known=known)).rows}


def test_cross_checks_and_seams_have_tables_where_there_are_any() -> None:
    given = report_data()
    low, top = given.scores
    seams = (Seam(47, 1.88, 88.25, 84.0, 92.5), Seam(96, 3.84, 80.0, 80.0, 80.0))
    told = replace(top, xpsnr=38.04, banding=Banding(2.11, 0.36), seams=seams)
    scored = replace(given, scores=(replace(low, xpsnr=31.96), told))
    assert table("Cross-checks", scored).rows == [
        (top.rung, "38.0", "2.1", "0.4"),
        (low.rung, "32.0", "–", "–"),
    ]
    assert table("Seams", scored).rows == [
        (top.rung, "2", "84.1", f"{top.vmaf.mean:.1f}", "80.0", "scored", "0:03.84"),
    ]
    assert not {"Cross-checks", "Seams"} & {each.title for each in tables(given)}


def test_the_source_is_told_with_all_that_analysis_saw() -> None:
    given = report_data(
        known=evidence(
            analysis=titles.analysis(
                interlaced=True,
                crop=(640, 268, 0, 46),
                scene_cuts_s=tuple(map(float, range(1200))),
                black=(Span(0, 1.5), Span(38, 40)),
                silence=(Span(3, 4),),
                loudness=(Loudness(1, -23.04, 7.26, -1.56, -33.1),),
                spatial_information=61.23,
                temporal_information=8.07,
            )
        )
    )
    assert table("Source", given).rows == [
        ("File", "movie.mkv, matroska,webm, 1 bytes"),
        ("Duration", "0:40.00 (40.000 s)"),
        ("Picture", "h264 640 × 360, yuv420p, 25 fps, interlaced, SDR"),
        ("Bars", "picture of 640 × 268 at 0, 46"),
        ("Scene cuts", "1,200"),
        ("Black", "0:00.00 to 0:01.50, 0:38.00 to 0:40.00"),
        ("Freeze", "none"),
        ("Complexity (ITU-T P.910)", "SI 61.2, TI 8.1"),
        ("Silence", "0:03.00 to 0:04.00"),
        ("Loudness of stream 1", "-23.0 LUFS, range 7.3 LU, peak -1.6 dBTP"),
    ]


def test_a_source_in_which_nothing_happened_says_so() -> None:
    rows = source_rows()
    assert rows["Bars"] == rows["Black"] == rows["Silence"] == "none"
    assert "progressive" in rows["Picture"]
    assert "Complexity (ITU-T P.910)" not in rows


@pytest.mark.parametrize("known", ["spatial_information", "temporal_information"])
def test_half_of_the_complexity_is_not_told(known: str) -> None:
    assert "Complexity (ITU-T P.910)" not in source_rows(**{known: 1.0})


def test_five_spans_are_named_and_further_ones_counted() -> None:
    spans = [Span(n, n + 0.5) for n in range(7)]
    named = source_rows(black=tuple(spans[:SHOWN]))["Black"]
    assert named.count(" to ") == 5
    assert "more" not in named
    assert source_rows(black=tuple(spans[:6]))["Black"] == f"{named} and 1 more"
    assert source_rows(black=tuple(spans))["Black"] == f"{named} and 2 more"


def test_chapters_have_a_title_in_each_language_and_one_without() -> None:
    chapters = (
        Chapter(Fraction(0), Fraction(65), {"en": "Start", "de": "Anfang"}),
        Chapter(Fraction(65), Fraction(3700), {"und": "End"}),
    )
    given = report_data(known=evidence(chapters=ChapterList(chapters, ())))
    assert table("Chapters", given).rows == [
        ("0:00.00", "1:05.00", "Anfang (de) · Start (en)"),
        ("1:05.00", "1:01:40.00", "End"),
    ]


def test_sound_and_text_are_told_with_what_they_are_for() -> None:
    heard = replace(AUDIO, measured_lufs=-22.96)
    commentary = replace(
        AUDIO, name="audio-2-stereo", default=False, role="commentary", bps=128_000
    )
    shown = (
        replace(TEXT, cues=1234, role="lyrics"),
        replace(TEXT, forced=True, hearing_impaired=True, dropped="it is empty", issues=("a", "b")),
    )
    given = report_data(known=evidence(audios=(heard, commentary), texts=shown))
    assert table("Audio", given).rows == [
        ("audio-1-stereo", "en", "English", "2", "160 kbit/s", "main, default", "-23.0"),
        ("audio-2-stereo", "en", "English", "2", "128 kbit/s", "commentary", "–"),
    ]
    assert table("Text", given).rows == [
        ("text-en", "en", "English", "lyrics", "1,234", ""),
        ("text-en", "en", "English", "forced, SDH", "42", "dropped: it is empty; a; b"),
    ]


def test_the_ladder_is_told_from_the_top_with_what_was_left_out() -> None:
    shown = table("Ladder", report_data())
    assert shown.caption == "Policy two, segments of 6 s"
    assert [row[:2] for row in shown.rows] == [
        ("h264-360p-900k", "kept"),
        ("h264-180p-300k", "kept"),
        ("h264-1080p-6000k", "left out"),
    ]


def test_a_rung_that_was_not_scored_or_not_packaged_has_dashes() -> None:
    given = report_data()
    bare = replace(given, scores=given.scores[:1], packaged=replace(given.packaged, tracks=()))
    best, worst = table("Renditions", bare).rows
    assert best[5:] == ("–",) * 10 + ("cpu",)
    assert worst[5:9] == ("–", "–", "60.2", "60.4")


def test_a_table_without_rows_is_left_out() -> None:
    known = evidence(texts=(), chapters=ChapterList((), ()))
    shown = [each.title for each in tables(report_data(known=known))]
    assert shown == ["Renditions", "Ladder", "Audio", "Source"]


def test_figures_read_as_people_write_them() -> None:
    assert [clock(s) for s in (0, 7.254, 59.996, 3723.5)] == [
        *("0:00.00", "0:07.25", "1:00.00", "1:02:03.50")
    ]
    assert [minute(s) for s in (30.4, 3900)] == ["0:30", "1:05:00"]
    assert [rate(bps) for bps in (None, 999, 145_600, 999_999, 1_000_000, 5_925_000)] == [
        *("–", "1 kbit/s", "146 kbit/s", "1000 kbit/s", "1.00 Mbit/s", "5.92 Mbit/s")
    ]
    assert [fps(Fraction(n, d)) for n, d in ((24, 1), (30000, 1001), (25, 2), (10, 1))] == [
        *("24", "29.97", "12.5", "10")
    ]
    assert [count(n, "check") for n in (0, 1, 1200)] == ["0 checks", "1 check", "1,200 checks"]


def test_columns_of_figures_are_known_and_sizes_stay_on_one_line() -> None:
    shown = tables(report_data())
    assert {each.title: [each.head[at] for at in sorted(each.figures)] for each in shown} == {
        "Renditions": [
            *("fps", "Frames", "Average", "Peak", "VMAF h. mean", "Mean", "p5", "p1", "Lowest"),
            *("Worst 2 s", "SSIM", "PSNR, dB"),
        ],
        "Ladder": [],
        "Audio": ["Channels", "Average", "Source LUFS"],
        "Text": ["Cues"],
        "Chapters": [],
        "Source": [],
    }
    assert {each.title: each.unbroken for each in shown if each.unbroken} == {
        "Renditions": frozenset({1, 2})
    }


def test_a_ladder_that_trials_decided_stands_beside_its_picture_with_what_was_predicted() -> None:
    given = replace(report_data(), ladder=LADDER)
    assert "Ladder" not in [each.title for each in tables(given)]
    why, predicted = ladder_tables(given)
    assert [row[0] for row in why.rows] == [
        *(TOP, HEVC, LOW),
        *("h264-540p", "h264-1080p"),
    ]
    assert predicted.rows[0] == (TOP, "2.40 Mbit/s", "–", "94.0", "93.0", "–", "–")
    assert [each.title for each in ladder_tables(replace(given, ladder=UNTRIED))] == ["Ladder"]
