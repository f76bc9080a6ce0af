"""The page from its title down to the best rung's scores: what a reviewer must know first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farm.checks import CheckOutcome
from farm.facts import Check, VerdictWord
from farm.repairs import patches_of
from farm.scores import Scores
from qc.report.data import ReportData
from qc.report.words import clock, count, fps, rate, score, size

# Of each verdict: what it is called, its colour, and the checks that led to it.
VERDICTS: Mapping[VerdictWord, tuple[str, str, CheckOutcome]] = {
    "pass": ("Passed", "pass", "fail"),
    "review": ("To be decided", "review", "review"),
    "rejected": ("Rejected", "fail", "fail"),
}


TALLIED = {"Decide": "to decide", "Approved": "approved", "Not reviewed": "not reviewed"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of merit."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Whose title it is, the verdict in words, and why."""

    tenant: str
    asset: str
    facts: Sequence[str]
    word: str  # the verdict, or what became of it
    tone: str  # of the style sheet
    tally: str
    reasons: Sequence[Check]
    asked_word: str  # of each check that a person is, was or would have been to decide on
    standing: str | None  # why it is published though checks ask or fail
    best: str | None  # the best rung; None for audio only
    merit: Sequence[Figure]


def opening(report: ReportData) -> Opening:
    """Return what the page begins with."""
    failed, asked, warned = map(report.counted, ("fail", "review", "warn"))
    _, tone, decisive = VERDICTS[report.verdict.verdict]
    word, asked_word, standing = _standing(report)
    to_decide = f"{asked} {TALLIED[asked_word]}, " if asked else ""
    checked = count(len(report.verdict.checks), "check")
    return Opening(
        tenant=report.tenant,
        asset=report.asset,
        facts=_facts(report),
        word=word,
        tone=tone,
        tally=f"{checked}: {failed} failed, {to_decide}{count(warned, 'warning')}{_mended(report)}",
        asked_word=asked_word,
        standing=standing,
        reasons=[check for check in report.verdict.checks if check.outcome == decisive],
        best=report.top.rung if report.top else None,
        merit=_merit(report),
    )


def _standing(report: ReportData) -> tuple[str, str, str | None]:
    """Return the verdict in a word, that of checks to decide on, and why it is published then."""
    word, _, _ = VERDICTS[report.verdict.verdict]
    if report.approved:
        about = "what the policy asked about" if report.counted("review") else "all of it"
        return "Approved", "Approved", f"A person looked at the title and approved {about}."
    if report.policy.publish != "ungated" or report.verdict.verdict == "pass":
        return word, "Decide", None
    return (
        "Failed" if report.verdict.verdict == "rejected" else "Not reviewed",
        "Not reviewed",
        f"Published all the same: policy {report.policy.name} lets out whatever checks find.",
    )


def _mended(report: ReportData) -> str:
    """Return how many scenes were encoded again; nothing where none was."""
    patches = [patch for video in report.renditions for patch in patches_of(video.repairs)]
    return f"; {count(len(patches), 'scene')} encoded again" if patches else ""


def _facts(report: ReportData) -> list[str]:
    facts = [report.source_name, clock(report.duration_s)]
    if picture := report.source.media.picture:
        facts.append(size(picture.display_width, picture.display_height))
        facts.append(f"{fps(picture.frame_rate)} fps")
    if report.external_id:
        facts.append(report.external_id)
    return facts


def _between(scores: Scores, figure: str) -> str:
    """Return what a figure may be, where it is an estimate, before more words."""
    if scores.bounds is None:
        return ""
    low, high = getattr(scores.bounds.low, figure), getattr(scores.bounds.high, figure)
    return f"{score(low)} to {score(high)}; "


def _merit(report: ReportData) -> list[Figure]:
    """Return the best rung's scores, none for audio only."""
    top = report.top
    if top is None:
        return []
    frames = report.frames[top.rung]
    lowest = frames[min(range(len(frames)), key=frames.vmaf.__getitem__)]
    track = report.track(top.rung)
    average, peak = (track.average_bps, track.peak_bps) if track else (None, None)
    vmaf = top.vmaf
    return [
        Figure(
            "VMAF, harmonic mean",
            score(vmaf.harmonic_mean),
            f"{_between(top, 'harmonic_mean')}mean {score(vmaf.mean)}",
        ),
        Figure(
            "VMAF, 5th percentile",
            score(vmaf.p5),
            f"{_between(top, 'p5')}5 % of frames are no better",
        ),
        Figure(
            "VMAF, 1st percentile",
            score(vmaf.p1),
            f"{_between(top, 'p1')}1 % of frames are no better",
        ),
        *_worst_window(top),
        Figure("Lowest VMAF", score(vmaf.min), f"at {clock(lowest.time_s)}"),
        Figure("SSIM", f"{top.ssim:.4f}", f"PSNR {top.psnr:.1f} dB"),
        Figure("Bit rate", rate(average), f"peak {rate(peak)}"),
    ]


def _worst_window(top: Scores) -> list[Figure]:
    """Return the figure; none of an older title, which has none."""
    if top.vmaf.worst_window is None:
        return []
    between = _between(top, "worst_window")
    worst = score(top.vmaf.worst_window)
    return [Figure("VMAF, worst 2 s", worst, f"{between}lowest mean")]
