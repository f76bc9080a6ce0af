"""What reviewers look at: a title's report with every score, and what is beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from farm.access import Caller
from farm.errors import NotFound
from farm.parts import Part
from farm.record import job_record
from farm.settings import Settings
from farm.snapshots import JobSnapshot
from qc.report.data import ReportData
from qc.report.reading import report_of_files
from services.clips import REFERENCE as CLIPS
from services.reports import STEP, read_file
from storage.postgres import events, snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database
from storage.postgres.events import EventCursor

SEGMENT = ".m4s"


@dataclass(frozen=True, slots=True)
class TitleQuality:
    """A title's record, and what its report says; `place` is behind all events that are in it."""

    job: JobSnapshot
    record: dict[str, Any]
    report: ReportData | None
    missing: str | None  # why there is no report, in words
    has_clips: bool
    segment_bytes: Mapping[str, Sequence[int]]  # of each rung as packaged, in order
    place: EventCursor


def read_quality(
    database: Database, caller: Caller, job_id: str, settings: Settings
) -> TitleQuality:
    """Return what there is to look at; raise NotFound where the caller has no such job."""
    with database.begin(caller.tenant) as session:
        place = events.newest(session)
        job = snapshots.job_snapshot(session, caller.tenant, job_id)
        parts = of_job(session, job_id)
    report, missing = None, None
    if STEP in parts:
        try:
            report = _report(job, parts, settings)
        except NotFound as error:
            missing = str(error)
    else:
        missing = f"{job.asset} has not come to its checks"
    return TitleQuality(
        job=job,
        record=job_record(job, parts),
        report=report,
        missing=missing,
        has_clips=CLIPS in parts and bool(parts[CLIPS].files),
        segment_bytes=_segment_bytes(parts, report) if report else {},
        place=place,
    )


def _report(job: JobSnapshot, parts: Mapping[str, Part], settings: Settings) -> ReportData:
    return report_of_files(lambda name: read_file(job, parts, name, settings))


def _segment_bytes(parts: Mapping[str, Part], report: ReportData) -> dict[str, list[int]]:
    rungs = [each.rung for each in report.renditions]
    found: dict[str, list[int]] = defaultdict(list)
    files = parts["package"].files if "package" in parts else {}
    for path in sorted(map(PurePosixPath, files)):
        if path.suffix == SEGMENT and path.parent.name in rungs:
            found[path.parent.name].append(files[path.as_posix()].size_bytes)
    return {rung: found[rung] for rung in rungs if found[rung]}
