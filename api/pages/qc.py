"""The QC page of a title: the verdict and its evidence, the pictures, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.drawings.bit_rate import draw_bit_rates
from api.pages.forms import PageReader
from api.pages.page import see_other, show
from api.pages.states import FAILED, NEEDS_A_PERSON, ShownState
from api.pages.words import many
from api.v1.shown import OneJob
from farm.access import Scope
from farm.checks import CheckOutcome
from farm.facts import Check
from farm.states import ENDED_JOB
from qc.report.data import ReportData
from qc.report.hulls import draw_hulls
from qc.report.opening import opening
from qc.report.parts import report_parts
from services.title_quality import TitleQuality, read_quality

routes = APIRouter(prefix="/titles", include_in_schema=False)

NOTE = ShownState("!", "note", "retrying", stroke="M7 2v6M7 11.4v.2")
# Of each outcome: what a group of such checks is called and how it looks, the gravest first.
GROUPS: dict[CheckOutcome, tuple[str, ShownState]] = {
    "fail": ("Failed", FAILED),
    "review": ("To decide", NEEDS_A_PERSON),
    "warn": ("Notes", NOTE),
}


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Checks that weigh the same."""

    outcome: CheckOutcome
    name: str
    shown: ShownState
    checks: Sequence[Check]


@routes.get("/{job_id}/review")
def review(job_id: OneJob, _: PageReader) -> Response:
    return see_other(f"/titles/{job_id}/qc")


@routes.get("/{job_id}/qc")
def qc(request: Request, farm: Farm, caller: PageReader, job_id: OneJob) -> Response:
    title = read_quality(farm.database, caller, job_id, farm.settings)
    report = title.report
    return show(
        request,
        "qc.html.j2",
        caller,
        title=title,
        record=title.record,
        report=report,
        opening=opening(report) if report else None,
        lead=verdict_words(title),
        parts=report_parts(report) if report else None,
        groups=check_groups(report.verdict.checks, is_asked=bool(title.record["review"]))
        if report
        else (),
        passed=[each for each in report.verdict.checks if each.outcome == "pass"] if report else (),
        hulls=draw_hulls(report.ladder) if report else (),
        bit_rates=draw_bit_rates(
            title.segment_bytes, float(report.ladder.segment_s), float(report.duration_s)
        )
        if report
        else None,
        player=player_data(title, report) if report and report.scores else None,
        may_review=bool({Scope.REVIEW, Scope.ADMIN} & caller.scopes),
        is_ended=title.record["state"] in ENDED_JOB,
    )


def check_groups(checks: Sequence[Check], *, is_asked: bool) -> list[CheckGroup]:
    """Return the checks that found something, the gravest first.

    Those to decide on are left out where a review asks for them by itself.
    """
    groups = (
        CheckGroup(outcome, name, shown, [each for each in checks if each.outcome == outcome])
        for outcome, (name, shown) in GROUPS.items()
    )
    return [
        group for group in groups if group.checks and not (is_asked and group.outcome == "review")
    ]


def verdict_words(title: TitleQuality) -> str:
    """Return what the checks came to in one sentence: what decided it first, then the rest."""
    if title.report is None:
        return f"not measured: {title.missing}"
    verdict, policy = title.report.verdict, title.report.policy.name
    found = {name: [each for each in verdict.checks if each.outcome == name] for name in GROUPS}
    decisive = next((found[name] for name in ("fail", "review") if found[name]), [])
    passed = "no check found anything to decide on" if found["warn"] else "every check passed"
    first = f"{decisive[0].title}: {decisive[0].evidence}" if decisive else passed
    rest = [
        words
        for words, count in (
            (f"{many(len(decisive) - 1, 'check')} more like it", len(decisive) - 1),
            (many(len(found["warn"]), "note"), len(found["warn"])),
        )
        if count > 0
    ]
    return "; ".join([f"{first} (policy {policy})", *rest])


def player_data(title: TitleQuality, report: ReportData) -> dict[str, Any]:
    """Return what the A/B player begins with; clips come from the API, stills from the report."""
    job_id = title.job.id
    rates = {rendition.rung: rendition.fps for rendition in report.renditions}
    return {
        "clips": f"/v1/jobs/{job_id}/clips" if title.has_clips else None,
        "stills": [
            {
                "name": f"moment {number}",
                "rung": moment.rung,
                "at_s": moment.score.time_s,
                "fps": str(rates[moment.rung]),
                "frame": moment.score.frame,
                "score": moment.score.vmaf,
                "drop": moment.drop,
                "source": f"/reports/{job_id}/{still.source_name}",
                "encode": f"/reports/{job_id}/{still.rendition_name}",
            }
            for number, still in enumerate(report.stills, 1)
            for moment in (still.moment,)
        ],
    }
