"""A plan as a document: what the source is, what would be made of it, and by which programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from farm.facts import Analysis
from farm.found import Span
from farm.parts import Part
from farm.planned import PlannedTitle
from farm.record import job_record
from farm.record_of_ladder import ladder_record, trials_cpu_s
from farm.serial import from_json, to_json
from farm.snapshots import JobSnapshot

OF_THE_JOB = (
    *("id", "tenant", "asset", "external_id", "catalog", "state", "error", "progress", "source"),
    *("priority", "metadata", "versions", "cost", "created_at", "finished_at"),
)


def plan_record(
    job: JobSnapshot, parts: Mapping[str, Part], planned: PlannedTitle | None
) -> dict[str, Any]:
    """Return the record of a plan; whatever has not been found out yet is null or empty."""
    record = job_record(job, parts)
    analysis = from_json(Analysis, parts["analyze"].facts) if "analyze" in parts else None
    return {
        **{name: record[name] for name in OF_THE_JOB},
        "analysis": _analysis(analysis) if analysis is not None else None,
        "ladder": ladder_record(planned.ladder, trials_cpu_s(job.steps)) if planned else None,
        "remarks": [to_json(remark) for remark in planned.ladder.remarks] if planned else [],
        "steps": _steps(planned) if planned else [],
    }


def _analysis(found: Analysis) -> dict[str, Any]:
    return {
        "duration_s": float(found.duration_s),
        "frames": found.timeline.frames if found.timeline else None,
        "fps": str(found.timeline.fps) if found.timeline else None,
        "interlaced": found.interlaced,
        "film": found.film,
        "scene_cuts": len(found.scene_cuts_s),
        "crop": list(found.crop) if found.crop else None,
        "black": _spans(found.black),
        "freeze": _spans(found.freeze),
        "silence": _spans(found.silence),
        "loudness": [to_json(loudness) for loudness in found.loudness],
        "spatial_information": found.spatial_information,
        "temporal_information": found.temporal_information,
        "missing_s": found.missing_s,
    }


def _spans(spans: Sequence[Span]) -> list[dict[str, float]]:
    return [{"start_s": span.start_s, "end_s": span.end_s} for span in spans]


def _steps(planned: PlannedTitle) -> list[dict[str, Any]]:
    return [
        {
            "key": step.key,
            "kind": step.kind,
            "label": step.label,
            "needs": list(step.needs),
            "class": step.resource,
            "cores": step.cores,
            "memory_bytes": step.memory_bytes,
            "commands": [list(argv) for argv in step.commands],
        }
        for step in planned.steps
    ]
