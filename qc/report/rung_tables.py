"""The tables of the rungs: as delivered, beside seams, repaired, and against predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from farm.repairs import repair_record
from farm.scores import Scores
from farm.serial import to_json
from qc.report.data import ReportData
from qc.report.predicted import MeasuredRung, predicted_rungs
from qc.report.repaired import repairs_told
from qc.report.words import clock, coding, fps, rate, score, size


@dataclass(frozen=True, slots=True)
class Table:
    """A headed table whose first column heads its rows."""

    title: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[int] = frozenset()  # columns of numbers
    unbroken: frozenset[int] = frozenset()  # columns that stay on one line

    @property
    def identifier(self) -> str:
        return f"{self.title.lower()}-table"


def rendition_table(report: ReportData) -> Table:
    """Return every rendition with its rates and scores, the best first."""
    scores = {score.rung: score for score in report.scores}
    rows = [
        (
            rendition.rung,
            coding(rendition),
            size(rendition.width, rendition.height),
            fps(rendition.fps),
            f"{rendition.frames:,}",
            rate(track.average_bps if track else None),
            rate(track.peak_bps if track else None),
            *_score_cells(scores.get(rendition.rung)),
            rendition.device,
        )
        for rendition in reversed(report.renditions)
        for track in (report.track(rendition.rung),)
    ]
    head = ("Rung", "Coding", "Size", "fps", "Frames", "Average", "Peak", "VMAF h. mean", "Mean",
            "p5", "p1", "Lowest", "Worst 2 s", "SSIM", "PSNR, dB", "Device")  # fmt: skip
    columns = frozenset(range(3, 15))
    unbroken = frozenset({1, 2})
    return Table("Renditions", "Video as delivered", head, rows, columns, unbroken=unbroken)


def cross_check_table(report: ReportData) -> Table:
    """Return XPSNR and CAMBI of every rung; no rows where the policy asks for neither."""
    rows = [
        (
            scores.rung,
            "–" if scores.xpsnr is None else f"{scores.xpsnr:.1f}",
            *(("–", "–") if bands is None else (f"{bands.cambi:.1f}", f"{bands.added:.1f}")),
        )
        for scores in reversed(report.scores)
        for bands in (scores.banding,)
        if scores.xpsnr is not None or bands is not None
    ]
    head = ("Rung", "XPSNR, dB", "CAMBI", "Bands added")
    caption = "Of the frames that were scored: mean, mean, and the 95th percentile"
    return Table("Cross-checks", caption, head, rows, frozenset(range(1, 4)))


def seam_table(report: ReportData) -> Table:
    """Return how renditions look where chunks meet; no rows for one chunk."""
    rows = [
        (
            scores.rung,
            str(len(scores.seams)),
            score(fmean(seam.vmaf for seam in scores.seams)),
            score(scores.vmaf.mean),
            score(worst.vmaf),
            "scored" if worst.high == worst.low else f"{score(worst.low)} to {score(worst.high)}",
            clock(worst.time_s),
        )
        for scores in reversed(report.scores)
        if scores.seams
        for worst in (min(scores.seams, key=lambda seam: seam.vmaf),)
    ]
    head = ("Rung", "Seams", "VMAF beside seams", "Mean of all", "Lowest", "Between", "At")
    caption = "Where chunks meet that were encoded apart: the worse of the two frames there"
    return Table("Seams", caption, head, rows, frozenset(range(1, 7)), frozenset({5}))


def repair_table(report: ReportData) -> Table:
    """Return the scenes that were encoded again, with scores before and after."""
    scored = {score.rung: to_json(score.vmaf) for score in report.scores}
    rows = [
        (
            *(each.rung, each.where, each.crf, each.harmonic_mean, each.p5, each.p1, each.lowest),
            each.worst_window,
        )
        for video in reversed(report.renditions)
        for each in repairs_told(
            video.rung, [repair_record(each) for each in video.repairs], scored.get(video.rung)
        )
    ]
    head = ("Rung", "Encoded again", "CRF", "VMAF h. mean", "p5", "p1", "Lowest", "Worst 2 s")
    caption = "Scenes that missed a threshold, before and after they were encoded with more bits"
    return Table("Repairs", caption, head, rows, frozenset(range(2, 8)), frozenset({2}))


def prediction_table(report: ReportData) -> Table:
    """Return what trials foretold of rungs against what was measured."""
    scored = {score.rung: score.vmaf.mean for score in report.scores}
    made = {
        rendition.rung: MeasuredRung(
            track.average_bps if track else None, scored.get(rendition.rung), rendition.missed
        )
        for rendition in report.renditions
        for track in (report.track(rendition.rung),)
    }
    rows = [
        (
            each.name,
            rate(round(each.bps)),
            rate(each.measured.bps),
            score(each.vmaf_v1),
            score(each.vmaf),
            "–" if each.measured.vmaf is None else score(each.measured.vmaf),
            "; ".join(told for told in (each.verdict, each.correction) if told) or "–",
        )
        for each in predicted_rungs(report.ladder, made)
    ]
    head = ("Rung", "Average, predicted", "measured", "VMAF v1, predicted", "VMAF, predicted",
            "measured", "off by")  # fmt: skip
    caption = "VMAF as means; v1 decided, v0.6.1 is what the report measures"
    return Table("Predictions", caption, head, rows, frozenset(range(1, 7)))


def _score_cells(scores: Scores | None) -> tuple[str, ...]:
    if scores is None:
        return ("–",) * 8
    vmaf = scores.vmaf
    stats = (vmaf.harmonic_mean, vmaf.mean, vmaf.p5, vmaf.p1, vmaf.min, vmaf.worst_window)
    told = ("–" if value is None else score(value) for value in stats)
    return (*told, f"{scores.ssim:.4f}", f"{scores.psnr:.1f}")
