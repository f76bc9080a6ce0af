"""Ingest: identify the source by content, describe it, refuse what is not media.

Each file given beside the source is a part of its own, so that a changed subtitle file makes its
own track anew and nothing else.
"""

from __future__ import annotations

from typing import Any

from farm.command import Command, Tool
from farm.errors import InvalidSource
from farm.facts import Source
from farm.parts import Product
from farm.plan import WHOLE
from farm.serial import to_json
from farm.spec import ExcerptSpec, JobSpec
from media.probe.ffprobe import probe_command
from planning.first import CHAPTERS_PART, sidecar_part
from planning.mapping import check_mapping
from planning.params import IngestParams
from planning.work import ingest_work
from storage.objects.store import sha256_of
from workers.sources.excerpt import take_excerpt
from workers.sources.probing import probe_source
from workers.steps.contract import EXCERPT_NAME, StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult

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
    _check_digest(context.spec, uri, sha256)
    if context.spec.excerpt is None:
        source = Product(to_json(Source(sha256=sha256, media=media)), evidence=identity)
    else:
        source = _excerpt(context, context.spec.excerpt, Source(sha256, media), identity)
    return StepResult({WHOLE: source, **_sidecars(context)}, work=ingest_work(media.size_bytes))


def parts(params: IngestParams) -> dict[str, Any]:
    """Return the names of the parts; the world decides what is in them."""
    sidecars = [sidecar_part(index) for index in range(params.sidecars)]
    return dict.fromkeys([WHOLE, *sidecars, *([CHAPTERS_PART] * params.chapters)])


def _excerpt(
    context: StepContext[IngestParams],
    asked: ExcerptSpec,
    whole: Source,
    identity: dict[str, Any],
) -> Product:
    """Cut what is asked for: that is the source to all steps, but those that read its text."""
    stretch = take_excerpt(
        context.spec.source,
        asked,
        whole.media,
        context.scratch,
        context.run,
        context.beforehand.limits,
        allow_partial=context.spec.allow_partial,
    )
    source = Source(whole.sha256, stretch.media, stretch.excerpt)
    return Product(to_json(source), {EXCERPT_NAME: stretch.path}, identity)


def _sidecars(context: StepContext[IngestParams]) -> dict[str, Product]:
    """Copy the files given beside the source: they are small, and the job shall own them."""
    spec, scratch = context.spec, context.scratch
    given = {sidecar_part(index): sidecar.uri for index, sidecar in enumerate(spec.subtitles)}
    if spec.chapters is not None:
        given[CHAPTERS_PART] = spec.chapters
    for name, uri in given.items():
        context.sources.copy(uri, scratch / name, MAX_SIDECAR_BYTES, context.check_wanted)
        _check_digest(spec, uri, sha256_of(scratch / name))
    return {name: Product(None, {SIDECAR_FILE: scratch / name}) for name in given}


def _check_digest(spec: JobSpec, uri: str, sha256: str) -> None:
    """Return if a file has the content that whoever handed it in said; else it broke on its way."""
    said = spec.digests.get(uri)
    if said not in (None, sha256):
        raise InvalidSource(
            f"{uri!r} has the SHA-256 {sha256}, not {said}, with which it was announced: upload it"
            " again"
        )


KIND = StepKind(
    "ingest",
    IngestParams,
    run,
    commands,
    tools=(Tool.FFPROBE, Tool.FFMPEG),
    cacheable=False,
    parts=parts,
)
