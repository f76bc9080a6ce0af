"""The report for programs: report.json, every fact the page shows and where every score is."""

from __future__ import annotations

import json
from typing import Any

from farm.scores import Scores
from farm.serial import to_json
from qc.report.data import ReportData, curve_name, frames_name

SCHEMA = "reelfarm-report/2"  # raised when a field changes its meaning or goes away


def report_json(report: ReportData) -> str:
    """Return the report as JSON; docs/qc.md describes the fields.

    Scores of single frames are named, not held: each rung's are a Parquet file beside it.
    """
    return json.dumps(_document(report), ensure_ascii=False, separators=(",", ":")) + "\n"


def _document(report: ReportData) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "tenant": report.tenant,
        "asset": report.asset,
        "external_id": report.external_id,
        "source": {"name": report.source_name, **to_json(report.source)},
        "duration_s": str(report.duration_s),
        "verdict": report.verdict.verdict,
        "approved": _approved(report),
        "checks": [to_json(check) for check in report.verdict.checks],
        "policy": to_json(report.policy),
        "ladder": to_json(report.ladder),
        "renditions": _renditions(report),
        "worst_moments": [
            {
                "rung": still.moment.rung,
                **to_json(still.moment.score),
                "drop": still.moment.drop,
                "source_picture": still.source_name,
                "rendition_picture": still.rendition_name,
            }
            for still in report.stills
        ],
        "audio": [to_json(track) for track in report.audios],
        "text": [to_json(track) for track in report.texts],
        "chapters": to_json(report.chapters),
        "packaged": to_json(report.packaged),
        "analysis": to_json(report.analysis),
    }


def _approved(report: ReportData) -> list[str] | None:
    """Return the checks that a person approved of; none: all of it, as the policy wants it."""
    if not report.approved:
        return None
    return [check.rule for check in report.verdict.checks if check.outcome == "review"]


def _renditions(report: ReportData) -> list[dict[str, Any]]:
    scores = {score.rung: score for score in report.scores}
    return [
        {
            **to_json(rendition),
            "average_bps": track.average_bps if track else None,
            "peak_bps": track.peak_bps if track else None,
            "scores": _scores(report, scores[rendition.rung]) if rendition.rung in scores else None,
        }
        for rendition in report.renditions
        for track in (report.track(rendition.rung),)
    ]


HOW_SURELY = ("bounds", "compared", "scored", "sought", "strays", "scaler")
BESIDE = ("xpsnr", "banding", "complaints", "seams")


def _scores(report: ReportData, scores: Scores) -> dict[str, Any]:
    return {
        "width": scores.width,
        "height": scores.height,
        "subsample": scores.subsample,
        "model": scores.model,
        "vmaf": to_json(scores.vmaf),
        "ssim": scores.ssim,
        "psnr": scores.psnr,
        "frames": frames_name(scores.rung),
        "curve": curve_name(scores.rung) if scores.rung in report.curves else None,
        **{name: to_json(getattr(scores, name)) for name in (*HOW_SURELY, *BESIDE)},
    }
