"""report.json and the small pieces behind the page."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction

import pytest

from qc.report import report_json
from qc.report.document import SCHEMA
from qc.report.words import clock, count, fps, minute, rate
from tests.unit.reported import LOW, SCORES, TOP, audio_only, report_data


def test_the_document_holds_every_fact_and_names_the_files_of_single_scores() -> None:
    given = report_data()
    document = json.loads(report_json(given))
    assert list(document) == [
        *("schema", "tenant", "asset", "external_id", "source", "duration_s", "verdict"),
        *("approved", "checks", "policy", "ladder", "renditions", "worst_moments", "audio", "text"),
        *("chapters", "packaged", "analysis"),
    ]
    assert (document["schema"], document["verdict"]) == (SCHEMA, "pass")
    assert [check["rule"] for check in document["checks"]] == [
        check.rule for check in given.verdict.checks
    ]
    assert [rendition["rung"] for rendition in document["renditions"]] == [LOW, TOP]
    top = document["renditions"][1]
    assert (top["average_bps"], top["peak_bps"]) == (800_000, 1_600_000)
    assert top["scores"] == {
        **{"width": 640, "height": 360, "subsample": 5, "model": "vmaf_v0.6.1"},
        **{"vmaf": asdict(SCORES[1].vmaf), "ssim": 0.98, "psnr": 40.0},
        "frames": f"frames-{TOP}.parquet",
        "curve": None,
        **{"bounds": None, "compared": 0, "scored": 0, "sought": 0, "strays": [], "scaler": ""},
        **{"xpsnr": None, "banding": None, "complaints": None, "seams": []},
    }
    assert document["worst_moments"][0]["source_picture"] == "worst-01-source.jpg"


def test_the_same_title_makes_the_same_bytes() -> None:
    assert report_json(report_data()) == report_json(report_data())


def test_an_audio_only_title_has_a_document_without_renditions() -> None:
    document = json.loads(report_json(audio_only()))
    assert (document["renditions"], document["worst_moments"]) == ([], [])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0:00.00"),
        (7.254, "0:07.25"),
        (59.999, "1:00.00"),
        (Fraction(7446), "2:04:06.00"),
    ],
)
def test_positions_read_as_clock_times(seconds: float | Fraction, words: str) -> None:
    assert clock(seconds) == words


def test_axes_read_to_the_second() -> None:
    assert [minute(at) for at in (0, 30, 3900)] == ["0:00", "0:30", "1:05:00"]


def test_figures_read_as_people_write_them() -> None:
    assert [rate(None), rate(145_000), rate(5_934_000)] == ["–", "145 kbit/s", "5.93 Mbit/s"]
    assert [fps(Fraction(24)), fps(Fraction(30000, 1001))] == ["24", "29.97"]
    assert [count(1, "check"), count(1200, "check")] == ["1 check", "1,200 checks"]
