"""The words of a title's QC page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.pages.qc import check_groups, player_data, verdict_words
from farm.facts import Check, Verdict
from farm.snapshots import JobSnapshot
from qc.report.data import ReportData
from services.title_quality import TitleQuality
from storage.postgres.events import BEGINNING
from tests.unit.reported import TOP, report_data

FAILS = Check("frames", "Frames", "fail", "3 are missing", "CMAF")
ASKS = Check("vmaf-top-p5", "VMAF, 5th percentile", "review", "68.4, at least 70", "QC policy")
NOTES = Check("black", "Black", "warn", "12 s at 0:00", "analysis")
PASSES = Check("codecs", "Codecs", "pass", "as written", "RFC 6381")


def title(*checks: Check) -> TitleQuality:
    job = JobSnapshot(
        id="ab" * 16,
        tenant="default",
        asset="title",
        external_id=None,
        catalog=None,
        state="PUBLISHED",
        priority=0,
        error=None,
        spec={},
        created_at=datetime.now(UTC),
        finished_at=None,
        steps=(),
    )
    report = replace(report_data(), verdict=Verdict("pass", checks))
    return TitleQuality(job, {"review": None}, report, None, False, {}, BEGINNING)


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ((PASSES,), "every check passed (policy standard)"),
        (
            (PASSES, NOTES),
            "no check found anything to decide on (policy standard); 1 note",
        ),
        (
            (PASSES, ASKS, ASKS, NOTES),
            "VMAF, 5th percentile: 68.4, at least 70 (policy standard);"
            " 1 check more like it; 1 note",
        ),
        ((ASKS, FAILS), "Frames: 3 are missing (policy standard)"),
    ],
)
def test_the_first_line_says_what_decided(checks: tuple[Check, ...], words: str) -> None:
    assert verdict_words(title(*checks)) == words


def test_a_title_without_a_report_says_why() -> None:
    nothing = replace(title(), report=None, missing="title has not come to its checks")
    assert verdict_words(nothing) == "not measured: title has not come to its checks"


def test_checks_are_grouped_by_what_they_weigh_and_those_of_a_review_stand_there() -> None:
    checks = (PASSES, NOTES, ASKS, FAILS)
    grouped = check_groups(checks, is_asked=False)
    assert [(group.name, group.checks) for group in grouped] == [
        ("Failed", [FAILS]),
        ("To decide", [ASKS]),
        ("Notes", [NOTES]),
    ]
    assert [group.name for group in check_groups(checks, is_asked=True)] == ["Failed", "Notes"]


def test_the_player_begins_with_the_stills_and_asks_for_clips_where_there_are_any() -> None:
    given = title(PASSES)
    report = given.report
    assert isinstance(report, ReportData)
    data = player_data(given, report)
    assert data["clips"] is None
    first = data["stills"][0]
    assert (first["name"], first["fps"]) == ("moment 1", "25")
    assert first["source"] == f"/reports/{'ab' * 16}/worst-01-source.jpg"
    assert TOP in {still["rung"] for still in data["stills"]}
    known = player_data(replace(given, has_clips=True), report)
    assert known["clips"] == f"/v1/jobs/{'ab' * 16}/clips"
