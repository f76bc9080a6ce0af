"""Writing where a generation comes from, beside its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from farm.facts import Source, Verdict
from planning.params import VerifyParams
from qc.provenance import PROVENANCE_NAME, dumped, provenance, references
from storage.objects.store import sha256_of
from workers.steps.contract import StepContext


def write_provenance(
    context: StepContext[VerifyParams],
    source: Source,
    verdict: Verdict,
    report: Mapping[str, Path],
) -> Path:
    """Write where the generation comes from, with the digest of everything else in it.

    `report` are the files of the report by their names; returned is that of provenance.json.
    """
    files = references(context.inputs["package"].files)
    if thumbnails := context.inputs.get("thumbnails"):
        files |= references(thumbnails.files, "thumbnails/")
    files |= {name: (sha256_of(path), path.stat().st_size) for name, path in report.items()}
    steps = sorted(context.steps_made(), key=lambda step: step.key)
    document = provenance(context.spec, context.made(), steps, source, verdict, files)
    path = context.scratch / PROVENANCE_NAME
    path.write_text(dumped(document), "utf-8", newline="\n")
    return path
