"""Ingest: identify the source by content, describe it, refuse what is not media."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from farm.errors import InvalidSource
from farm.facts import Source
from farm.spec import JobSpec
from workers.source import changed, fingerprint, probe_source, resolve_source
from workers.steps.contract import StepContext, StepKind, StepResult, whole

MAX_SIDECAR_BYTES = 16 << 20  # a two-hour film's subtitles are some 200 kB


def run(context: StepContext) -> StepResult:
    """Make the part every other step depends on: hash, description, sidecars."""
    uri = context.spec.source
    path = resolve_source(uri)
    before = fingerprint(path)
    media = probe_source(uri, context.scratch, context.run)
    facts = Source(sha256=_sha256(path), media=media)
    if fingerprint(path) != before:
        raise changed(uri)
    return whole(facts, _sidecars(context.spec, context.scratch), {"path": str(path), **before})


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sidecars(spec: JobSpec, scratch: Path) -> dict[str, Path]:
    """Copy the files given beside the source: they are small, and the job shall own them."""
    given = {f"sidecar-{index}": sidecar.uri for index, sidecar in enumerate(spec.subtitles)}
    if spec.chapters is not None:
        given["chapters"] = spec.chapters
    for name, uri in given.items():
        path = resolve_source(uri)
        if path.stat().st_size > MAX_SIDECAR_BYTES:
            raise InvalidSource(
                f"{uri!r} is larger than {MAX_SIDECAR_BYTES >> 20} MiB: that is no file of"
                " subtitles or chapters"
            )
        shutil.copyfile(path, scratch / name)
    return {name: scratch / name for name in given}


KIND = StepKind("ingest", run, cacheable=False)
