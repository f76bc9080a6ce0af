"""Quality over time: what is drawn of it, and the data from which chart.js does so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from farm.found import Span
from qc.frames import SCORE_DECIMALS, ScoredFrames
from qc.report.curves import join_spans, thin_marks, thin_out
from qc.report.data import ReportData
from qc.sampling.curve import ScoreCurve

TITLE_CHARS = 60  # of a chapter, under the pointer


@dataclass(frozen=True, slots=True)
class Lane:
    """A row below the curves: marks in time or stretches of it, in seconds."""

    name: str
    marks: Sequence[float] = ()
    spans: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the policy asks of the best rung; the line is where such a score lies."""

    label: str
    vmaf: float


def lanes(report: ReportData) -> list[Lane]:
    """Return the rows in which anything happens in the source."""
    seen, duration_s = report.analysis, float(report.duration_s)

    def stretches(name: str, found: Sequence[Span]) -> Lane:
        joined = join_spans(found, duration_s)
        return Lane(name, spans=[(span.start_s, span.end_s) for span in joined])

    rows = (
        Lane("scene cuts", thin_marks(seen.scene_cuts_s, duration_s)),
        Lane("seams", thin_marks(report.seams_s, duration_s)),
        Lane("chapters", [float(chapter.start_s) for chapter in report.chapters.chapters]),
        stretches("silence", seen.silence),
        stretches("freeze", seen.freeze),
        stretches("black", seen.black),
    )
    return [row for row in rows if row.marks or row.spans]


def thresholds(report: ReportData) -> list[Threshold]:
    """Return what the policy asks of the best rung."""
    policy = report.policy
    asked = (
        *(("h. mean", policy.top_harmonic_mean), ("p5", policy.top_p5), ("p1", policy.top_p1)),
        ("worst 2 s", policy.top_worst_window),
    )
    return [Threshold(f"{name} {vmaf:g}", vmaf) for name, vmaf in asked if vmaf is not None]


def floor_of(report: ReportData) -> float:
    """Return where the axis of VMAF begins: a little below the lowest score."""
    lowest = min(scores.vmaf.min for scores in report.scores)
    return max(0.0, lowest // 10 * 10 - 3)


def usual_doubt(report: ReportData) -> float | None:
    """Return how far the best rung's unscored frames may be from what is expected, the median.

    None where it has no band.
    """
    top = report.top
    curve = report.curves.get(top.rung) if top else None
    if top is None or curve is None:
        return None
    scored = set(report.frames[top.rung].frame)
    rows = zip(curve.frame, curve.low, curve.high, strict=True)
    widths = [(high - low) / 2 for frame, low, high in rows if frame not in scored]
    return median(widths) if widths else None


def quality_data(report: ReportData) -> dict[str, Any]:
    """Return what chart.js draws, JSON-ready.

    Of a rung: its rate as a quotient, the first frame drawn and from then on the steps to the
    next, and their VMAF in tenths. Where some frames tell of all, `band` has how far below and
    above that each may be, in tenths, and which of the frames drawn were scored, in steps.
    """
    return {
        "duration_s": float(report.duration_s),
        "floor": floor_of(report),
        "thresholds": [{"label": each.label, "vmaf": each.vmaf} for each in thresholds(report)],
        "rungs": [_rung(report, name) for name in report.frames],
        "moments": [
            {"time_s": moment.score.time_s, "vmaf": moment.score.vmaf}
            for moment in (still.moment for still in report.stills)
        ],
        "lanes": [
            {"name": row.name, "marks": row.marks, "spans": row.spans} for row in lanes(report)
        ],
        "chapters": [
            {"from_s": float(chapter.start_s), "title": _title(chapter.titles)}
            for chapter in report.chapters.chapters
        ],
    }


def rate_of(report: ReportData, rung: str) -> Fraction:
    """Return the frames a second of a rung."""
    return next(rendition.fps for rendition in report.renditions if rendition.rung == rung)


def _rung(report: ReportData, name: str) -> dict[str, Any]:
    frames, fps = report.frames[name], rate_of(report, name)
    told = {"name": name, "fps": [fps.numerator, fps.denominator]}
    if curve := report.curves.get(name):
        return {**told, **_band(curve, frames)}
    kept = thin_out(frames, float(report.duration_s))
    return {
        **told,
        "frames": _steps([frames.frame[index] for index in kept]),
        "vmaf": [_tenths(frames.vmaf[index]) for index in kept],
    }


def _band(curve: ScoreCurve, frames: ScoredFrames) -> dict[str, Any]:
    vmaf = [_tenths(value) for value in curve.expected]
    scored = set(frames.frame)
    return {
        "frames": _steps(curve.frame),
        "vmaf": vmaf,
        "band": {
            "below": [here - _tenths(low) for here, low in zip(vmaf, curve.low, strict=True)],
            "above": [_tenths(high) - here for here, high in zip(vmaf, curve.high, strict=True)],
            "scored": _steps([at for at, frame in enumerate(curve.frame) if frame in scored]),
        },
    }


def _steps(numbers: Sequence[int]) -> list[int]:
    return [*numbers[:1], *(after - before for before, after in pairwise(numbers))]


def _tenths(vmaf: float) -> int:
    return round(round(vmaf, SCORE_DECIMALS) * 10)


def _title(titles: dict[str, str]) -> str:
    title = titles[min(titles)] if titles else ""
    return title if len(title) <= TITLE_CHARS else title[: TITLE_CHARS - 1] + "…"
