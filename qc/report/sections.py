"""The page from its title down to the checks: what a reviewer must know first."""

from __future__ import annotations

from collections.abc import Sequence

from farm.facts import Check
from qc.report.data import ReportData
from qc.report.markup import Raw, joined, table, tag
from qc.report.words import clock, count, fps, rate, score, size

OUTCOMES = {"pass": ("✓", "Pass"), "warn": ("!", "Warning"), "fail": ("✗", "Fail")}


def header(report: ReportData) -> Raw:
    """Return title, source and verdict."""
    media = report.source.media
    picture = media.picture
    facts = [report.source_name, clock(report.duration_s)]
    if picture:
        facts.append(size(picture.display_width, picture.display_height))
        facts.append(f"{fps(picture.frame_rate)} fps")
    if report.external_id:
        facts.append(report.external_id)
    rejected = report.verdict.verdict == "rejected"
    return tag(
        "header",
        tag(
            "div",
            tag("p", f"ReelFarm QC report · {report.tenant}", class_="overline"),
            tag("h1", report.asset),
            tag("p", joined(tag("span", fact) for fact in facts), class_="facts"),
        ),
        tag(
            "div",
            tag("strong", "Rejected" if rejected else "Passed"),
            tag("span", _tally(report)),
            class_="verdict " + ("fail" if rejected else "pass"),
            role="status",
        ),
    )


def reasons(report: ReportData) -> Raw:
    """Return why the title is rejected, in sight at once; nothing for one that passed."""
    failed = [check for check in report.verdict.checks if check.outcome == "fail"]
    if not failed:
        return Raw("")
    return tag(
        "ul",
        *(tag("li", tag("strong", check.title), ": ", check.evidence) for check in failed),
        class_="reasons",
        aria_label="Why it is rejected",
    )


def figures_of_merit(report: ReportData) -> Raw:
    """Return the best rung's scores in large figures; nothing for audio only."""
    top = report.top
    if top is None:
        return Raw("")
    lowest = min(top.frames, key=lambda frame: frame.vmaf)
    track = report.track(top.rung)
    figures = (
        ("VMAF, harmonic mean", score(top.vmaf.harmonic_mean), f"mean {score(top.vmaf.mean)}"),
        ("VMAF, 5th percentile", score(top.vmaf.p5), "5 % of frames are no better"),
        ("VMAF, 1st percentile", score(top.vmaf.p1), "1 % of frames are no better"),
        ("Lowest VMAF", score(top.vmaf.min), f"at {clock(lowest.time_s)}"),
        ("SSIM", f"{top.ssim:.4f}", f"PSNR {top.psnr:.1f} dB"),
        (
            "Bit rate",
            rate(track.average_bps if track else None),
            f"peak {rate(track.peak_bps if track else None)}",
        ),
    )
    return tag(
        "section",
        tag("h2", "Best rung: ", tag("code", top.rung), id="best"),
        tag(
            "dl",
            *(
                tag("div", tag("dt", name), tag("dd", tag("b", value), tag("small", note)))
                for name, value, note in figures
            ),
            class_="merit",
        ),
        aria_labelledby="best",
    )


def quality_over_time(report: ReportData) -> Raw:
    """Return the place of the quality figure."""
    top = report.top
    if top is None:
        return Raw("")
    every = "every frame" if top.subsample == 1 else f"one frame in {top.subsample}"
    return _figure(
        "Quality over time",
        "quality",
        f"VMAF of {count(len(report.scores), 'rung')} over {clock(report.duration_s)}. The best"
        f" rung is lowest at {score(top.vmaf.min)}; the worst moments below are marked.",
        f"Model {top.model} at {size(top.width, top.height)}, {every} scored. Long titles show the"
        " lowest and highest score of each stretch. Drag to zoom, double-click to return.",
    )


def rate_and_quality(report: ReportData) -> Raw:
    """Return the place of the ladder's rate-quality figure."""
    if not report.scores:
        return Raw("")
    return _figure(
        "Rate and quality",
        "rate",
        "Harmonic mean of VMAF against the average bit rate of each rung; the table of renditions"
        " holds the same figures.",
        "Whiskers reach down to the 5th percentile. Rungs that lie flat to the right of their"
        " neighbour spend bits nobody sees.",
    )


def checks(report: ReportData) -> Raw:
    """Return every check: problems in sight, the rest folded."""
    problems = [check for check in report.verdict.checks if check.outcome != "pass"]
    problems.sort(key=lambda check: check.outcome != "fail")
    passed = [check for check in report.verdict.checks if check.outcome == "pass"]
    found = (
        _table("Problems", problems)
        if problems
        else tag("p", "No check found anything to object to.", class_="lead")
    )
    summary = tag("summary", count(len(passed), "check") + " passed")
    return tag(
        "section",
        tag("h2", "Checks", id="checks"),
        found,
        tag("details", summary, _table("Passed", passed)) if passed else "",
        aria_labelledby="checks",
    )


def footer(report: ReportData) -> Raw:
    return tag(
        "footer",
        tag("p", "Source ", tag("code", f"sha256:{report.source.sha256}")),
        tag(
            "p",
            "VMAF goes from 0 to 100; about 6 points are one difference that viewers notice."
            " Percentiles are scores of real frames. The harmonic mean weighs bad frames more than"
            " the mean does. report.json beside this page holds every score.",
        ),
    )


def _figure(title: str, identifier: str, description: str, note: str) -> Raw:
    return tag(
        "section",
        tag("h2", title, id=f"{identifier}-title"),
        tag(
            "figure",
            tag("div", id=f"{identifier}-figure", class_="chart", role="img",
                aria_label=description),
            tag("figcaption", note),
            class_="card",
        ),
        tag("noscript", tag("p", "The figure needs JavaScript; the tables do not.")),
        aria_labelledby=f"{identifier}-title",
    )  # fmt: skip


def _table(caption: str, checks: Sequence[Check]) -> Raw:
    return table(
        caption,
        ("Check", "Evidence", "Source"),
        ((_named(check), check.evidence, check.source) for check in checks),
    )


def _named(check: Check) -> Raw:
    sign, word = OUTCOMES[check.outcome]
    return joined(
        [
            tag("span", tag("i", sign, aria_hidden="true"), word, class_=f"badge {check.outcome}"),
            tag("span", check.title, class_="check"),
            tag("code", check.rule),
        ]
    )


def _tally(report: ReportData) -> str:
    failed, warned = report.counted("fail"), report.counted("warn")
    return (
        f"{count(len(report.verdict.checks), 'check')}: {failed} failed, {count(warned, 'warning')}"
    )
