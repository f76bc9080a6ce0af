"""The steps every job starts with, and what its sidecars are called. Pure."""

from __future__ import annotations

from farm.plan import StepPlan
from farm.serial import to_json
from farm.spec import JobSpec
from planning.sizes import sized

CHAPTERS_PART = "chapters"


def first_steps(spec: JobSpec) -> list[StepPlan]:
    """Return the steps every job starts with; `ladder` adds the rest once it knows the source."""
    policy = {"policy": to_json(spec.ladder), "codecs": list(spec.codecs)}
    sidecars = {"sidecars": len(spec.subtitles), "chapters": spec.chapters is not None}
    steps = (
        StepPlan("ingest", "ingest", sidecars),
        StepPlan("analyze", "analyze", {"allow_partial": spec.allow_partial}, ("ingest",)),
        StepPlan("cut", "cut", policy, ("ingest", "analyze")),
        StepPlan("ladder", "ladder", policy, ("ingest", "analyze", "cut")),
    )
    return [sized(step) for step in steps]


def sidecar_part(index: int) -> str:
    """Return the part that holds the subtitle file of this index in the request."""
    return f"sidecar-{index}"
