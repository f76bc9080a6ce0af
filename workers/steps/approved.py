"""The report of a title that a person approved: as it was, but that it says so.

Who it was, when and why stay in the record and the audit log: everybody can read what is published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from farm.parts import FileRef
from planning.params import PublishParams
from qc.provenance import PROVENANCE_NAME, dumped
from qc.report import DOCUMENT_NAME, PAGE_NAME, report_html, report_json
from qc.report.reading import report_of_files, small_pictures
from storage.objects.store import sha256_of
from workers.steps.contract import StepContext

WRITTEN, KEPT = "approved", "report"  # folders


def approved_report(context: StepContext[PublishParams]) -> dict[str, Path]:
    """Write page and data of the report, and the provenance that names them, by their names."""
    kept = context.inputs["verify"].files
    folder = context.scratch / WRITTEN
    folder.mkdir()

    def bring(name: str) -> bytes:
        path = folder / "kept"
        context.fetch(kept[name], path)
        content = path.read_bytes()
        path.unlink()
        return content

    report = replace(report_of_files(lambda name: bring(f"{KEPT}/{name}")), approved=True)
    page = report_html(report, small_pictures(bring(f"{KEPT}/{PAGE_NAME}").decode("utf-8")))
    made = {
        f"{KEPT}/{PAGE_NAME}": _written(folder / PAGE_NAME, page),
        f"{KEPT}/{DOCUMENT_NAME}": _written(folder / DOCUMENT_NAME, report_json(report)),
    }
    if PROVENANCE_NAME not in kept:  # of a title that has waited since before there was any
        return made
    provenance = _naming(json.loads(bring(PROVENANCE_NAME)), made)
    return {**made, PROVENANCE_NAME: _written(folder / PROVENANCE_NAME, dumped(provenance))}


def reference(name: str, path: Path) -> FileRef:
    """Return how a file that lies here is referred to: by its name, not by a key of a store."""
    return FileRef(name, sha256_of(path), path.stat().st_size)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8", newline="\n")
    return path


def _naming(document: dict[str, Any], made: Mapping[str, Path]) -> dict[str, Any]:
    """Return a provenance that holds the digests of these files."""
    told = {
        name: {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
        for name, path in made.items()
    }
    return {**document, "files": {**document["files"], **told}}
