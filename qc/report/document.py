"""The report for programs: report.json, every fact the page shows and every single score."""

from __future__ import annotations

import json
from typing import Any

from farm.facts import Scores
from farm.serial import to_json
from qc.report.dossier import Dossier

SCHEMA = "reelfarm-report/1"  # raised when a field changes its meaning or goes away


def report_json(dossier: Dossier) -> str:
    """Return the report as JSON; docs/qc.md describes the fields.

    Scores of frames come as columns of equal length, which is a third of the size of objects.
    """
    return json.dumps(_document(dossier), ensure_ascii=False, separators=(",", ":")) + "\n"


def _document(dossier: Dossier) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "tenant": dossier.tenant,
        "asset": dossier.asset,
        "external_id": dossier.external_id,
        "source": {"name": dossier.source_name, **to_json(dossier.source)},
        "duration_s": str(dossier.duration_s),
        "verdict": dossier.verdict.verdict,
        "checks": [to_json(check) for check in dossier.verdict.checks],
        "policy": to_json(dossier.policy),
        "ladder": to_json(dossier.ladder),
        "renditions": _renditions(dossier),
        "worst_moments": [
            {
                "rung": still.moment.rung,
                **to_json(still.moment.score),
                "drop": still.moment.drop,
                "source_picture": still.source_name,
                "rendition_picture": still.rendition_name,
            }
            for still in dossier.stills
        ],
        "audio": [to_json(track) for track in dossier.audios],
        "text": [to_json(track) for track in dossier.texts],
        "chapters": to_json(dossier.chapters),
        "packaged": to_json(dossier.packaged),
        "analysis": to_json(dossier.analysis),
    }


def _renditions(dossier: Dossier) -> list[dict[str, Any]]:
    scores = {score.rung: score for score in dossier.scores}
    return [
        {
            **to_json(rendition),
            "average_bps": track.average_bps if track else None,
            "peak_bps": track.peak_bps if track else None,
            "scores": _scores(scores[rendition.rung]) if rendition.rung in scores else None,
        }
        for rendition in dossier.renditions
        for track in (dossier.track(rendition.rung),)
    ]


def _scores(scores: Scores) -> dict[str, Any]:
    columns = ("frame", "time_s", "vmaf", "ssim", "psnr")
    return {
        "width": scores.width,
        "height": scores.height,
        "subsample": scores.subsample,
        "model": scores.model,
        "vmaf": to_json(scores.vmaf),
        "ssim": scores.ssim,
        "psnr": scores.psnr,
        "frames": {name: [getattr(f, name) for f in scores.frames] for name in columns},
    }
