"""The steps every job starts with, and what its sidecars are called. Pure."""

from __future__ import annotations

from farm.plan import StepPlan
from farm.serial import to_json
from farm.spec import JobSpec
from planning.params import AnalyzeParams, CutParams, IngestParams, LadderParams
from planning.sizes import sized
from planning.work import with_work

CHAPTERS_PART = "chapters"


def first_steps(spec: JobSpec) -> list[StepPlan]:
    """Return the steps every job starts with; `ladder` adds the rest once it knows the source.

    A plan ends with `plan`, which says what `ladder` would add.
    """
    ingest = IngestParams(len(spec.subtitles), spec.chapters is not None, spec.excerpt is not None)
    analyze = AnalyzeParams(spec.allow_partial, spec.deinterlace)
    cut = CutParams(spec.ladder, spec.codecs)
    ladder = LadderParams(spec.ladder, spec.codecs)
    last = "plan" if spec.plan else "ladder"
    steps = (
        StepPlan("ingest", "ingest", to_json(ingest)),
        StepPlan("analyze", "analyze", to_json(analyze), ("ingest",)),
        StepPlan("cut", "cut", to_json(cut), ("ingest", "analyze")),
        StepPlan(last, last, to_json(ladder), ("ingest", "analyze", "cut")),
    )
    return list(with_work(sized(step) for step in steps))


def sidecar_part(index: int) -> str:
    """Return the part that holds the subtitle file of this index in the request."""
    return f"sidecar-{index}"
