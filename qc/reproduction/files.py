"""A generation's files against the list in its provenance, and its QC record in the report."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from farm.serial import digest
from qc.provenance import PROVENANCE_NAME
from qc.reproduction.document import FileTold, ProvenanceTold
from qc.reproduction.outcome import FilesHeld, ThenAndNow

REPORT_NAME = "report/report.json"
FOLDER = re.compile(r"^g[0-9]+-([0-9a-f]{8})$")  # of a generation, see Numbered


def hold_files(
    told: ProvenanceTold, found: Mapping[str, FileTold], names: Collection[str] | None
) -> FilesHeld:
    """Return which listed files are as they were; `found` are those that are there.

    `names` are all that are there, None where only what the list names can be asked for.
    """
    missing = sorted(told.files.keys() - found.keys())
    changed = sorted(name for name, file in found.items() if told.files[name] != file)
    extra = None if names is None else tuple(sorted({*names} - {*told.files, PROVENANCE_NAME}))
    return FilesHeld(
        "differs" if missing or changed or extra else "same",
        len(found) - len(changed),
        tuple(changed),
        tuple(missing),
        extra,
    )


def hold_content(folder: str, content: Mapping[str, str], files: FilesHeld) -> ThenAndNow:
    """Return whether a generation's folder is named after what is in it, its provenance included.

    `content` are the digests of all its files that the provenance lists, and of that itself.
    """
    if files.outcome == "unknown":
        return ThenAndNow("unknown", None, None, files.why)
    now, named = digest(dict(content)), FOLDER.match(folder)
    if named is None:
        return ThenAndNow("unknown", None, now[:8], "its folder is not named as generations are")
    if now.startswith(named[1]):
        return ThenAndNow("same", named[1], now[:8])
    listed_are_same = not files.missing and not files.changed
    itself = f"{PROVENANCE_NAME} was changed, or the folder was renamed"
    why = itself if listed_are_same else "its files are not those it is named after"
    return ThenAndNow("differs", named[1], now[:8], why)


def hold_qc(told: ProvenanceTold, report: bytes | None) -> ThenAndNow:
    """Return whether the report in the generation has the verdict and checks that were held."""
    if report is None:
        return ThenAndNow("unknown", told.qc.sha256, None, f"there is no {REPORT_NAME} to look in")
    try:
        document: Any = json.loads(report)
        record = {"verdict": document["verdict"], "checks": document["checks"]}
        now = digest(record)
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        why = f"{REPORT_NAME} cannot be read: {type(error).__name__}"
        return ThenAndNow("differs", told.qc.sha256, None, why)
    if now == told.qc.sha256:
        return ThenAndNow("same", told.qc.sha256, now)
    return ThenAndNow(
        "differs", told.qc.sha256, now, f"{REPORT_NAME} has other checks, or another verdict"
    )
