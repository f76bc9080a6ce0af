"""The figures, as data."""

from __future__ import annotations

from dataclasses import replace

from farm.facts import Span
from farm.spec import QcPolicy
from qc.report.charts import quality_figure, rate_figure
from tests.unit import titles
from tests.unit.reported import LOW, SCORES, TOP, evidence, report_data

DAY_MS = 86_400_000


def test_quality_has_a_curve_for_every_rung_with_its_frames() -> None:
    low, top, *_ = quality_figure(report_data())["data"]
    assert [(low["name"], low["meta"]), (top["name"], top["meta"])] == [
        (LOW, {"rung": 0, "of": 2}),
        (TOP, {"rung": 1, "of": 2}),
    ]
    assert top["x"][:2] == [DAY_MS, DAY_MS + 200]
    assert top["y"] == [round(frame.vmaf, 1) for frame in SCORES[1].frames]
    assert top["customdata"][1] == [5, 0.98, 40.0]


def test_worst_moments_are_marked_with_their_numbers() -> None:
    given = report_data()
    marks = quality_figure(given)["data"][2]
    assert marks["text"] == ["1", "2", "3", "4", "5", "6"]
    assert marks["y"] == [still.moment.score.vmaf for still in given.stills]


def test_the_strip_shows_only_rows_in_which_something_happens() -> None:
    seen = titles.analysis(
        black=(Span(1, 2), Span(5, 5.5)), silence=(Span(3, 4),), scene_cuts_s=(3.5, 7.25)
    )
    strip = quality_figure(report_data(known=evidence(analysis=seen)))["data"][3:]
    assert {row["name"]: (row["mode"], row["x"]) for row in strip} == {
        "scene cuts": ("markers", [DAY_MS + 3500, DAY_MS + 7250]),
        "chapters": ("markers", [DAY_MS]),
        "silence": ("lines", [DAY_MS + 3000, DAY_MS + 4000, None]),
        "black": (
            "lines",
            [DAY_MS + 1000, DAY_MS + 2000, None, DAY_MS + 5000, DAY_MS + 5500, None],
        ),
    }


def test_rate_and_quality_come_from_what_was_measured() -> None:
    given = report_data()
    (line,) = rate_figure(given)["data"]
    assert (line["x"], line["text"]) == ([250_000, 800_000], ["180p", "360p"])
    assert line["y"] == [score.vmaf.harmonic_mean for score in given.scores]
    assert line["error_y"]["arrayminus"] == [
        round(score.vmaf.harmonic_mean - score.vmaf.p5, 3) for score in given.scores
    ]


def test_the_threshold_is_drawn_where_the_policy_has_one() -> None:
    assert [shape["y0"] for shape in rate_figure(report_data())["layout"]["shapes"]] == [80.0]
    lenient = replace(report_data(), policy=QcPolicy(top_harmonic_mean=None))
    assert rate_figure(lenient)["layout"]["shapes"] == []
