"""Ingest: identify the source by content, describe it, refuse what is not media.

Each file given beside the source is a part of its own, so that a changed subtitle file makes its
own track anew and nothing else.
"""

from __future__ import annotations

from typing import Any

from farm.command import Command, Tool
from farm.facts import Source
from farm.parts import Product
from farm.plan import WHOLE
from farm.serial import to_json
from media.probe.ffprobe import probe_command
from planning.first import CHAPTERS_PART, sidecar_part
from planning.mapping import check_mapping
from planning.params import IngestParams
from workers.sources.probing import probe_source
from workers.steps.contract import StepContext, StepKind, StepResult
from workers.steps.facts import Facts

MAX_SIDECAR_BYTES = 16 << 20  # a two-hour film's subtitles are some 200 kB

SIDECAR_FILE = "file"
# Of the step, where the source is far away: fetched, then probed; the rest is its digest.
BROUGHT, PROBED = 0.7, 0.75


def commands(_facts: Facts, _params: IngestParams) -> tuple[Command, ...]:
    """Return the one look at the source."""
    return (probe_command(),)


def run(context: StepContext[IngestParams]) -> StepResult:
    """Make the part every other step depends on, and one for each sidecar."""
    uri, scratch, progress = context.spec.source, context.scratch, context.progress
    with progress.up_to(BROUGHT):
        identity = context.sources.bring(uri, scratch, context.check_wanted, progress.report)
    with progress.up_to(PROBED):
        media = probe_source(uri, scratch, context.run, context.spec.program)
    check_mapping(context.spec.audio, media)  # before anything is fetched or decoded for it
    sha256 = context.sources.confirm(uri, scratch, identity, context.job_id, progress.report)
    source = Product(to_json(Source(sha256=sha256, media=media)), evidence=identity)
    return StepResult({WHOLE: source, **_sidecars(context)})


def parts(params: IngestParams) -> dict[str, Any]:
    """Return the names of the parts; the world decides what is in them."""
    sidecars = [sidecar_part(index) for index in range(params.sidecars)]
    return dict.fromkeys([WHOLE, *sidecars, *([CHAPTERS_PART] * params.chapters)])


def _sidecars(context: StepContext[IngestParams]) -> dict[str, Product]:
    """Copy the files given beside the source: they are small, and the job shall own them."""
    spec, scratch = context.spec, context.scratch
    given = {sidecar_part(index): sidecar.uri for index, sidecar in enumerate(spec.subtitles)}
    if spec.chapters is not None:
        given[CHAPTERS_PART] = spec.chapters
    for name, uri in given.items():
        context.sources.copy(uri, scratch / name, MAX_SIDECAR_BYTES, context.check_wanted)
    return {name: Product(None, {SIDECAR_FILE: scratch / name}) for name in given}


KIND = StepKind(
    "ingest",
    IngestParams,
    run,
    commands,
    tools=(Tool.FFPROBE, Tool.FFMPEG),
    cacheable=False,
    parts=parts,
)
