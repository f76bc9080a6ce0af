"""The QC report of a title: as its step left it in the work store, or as it was published."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from farm.access import Caller
from farm.errors import NotFound
from farm.facts import Published
from farm.parts import Part
from farm.serial import from_json
from farm.settings import Settings
from farm.snapshots import JobSnapshot
from qc.report import DOCUMENT_NAME, PAGE_NAME
from services.origins import read_published
from storage.objects.stores import work_store
from storage.postgres import snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database
from storage.postgres.reviews import APPROVED

STEP, FOLDER = "verify", "report"
MADE_ANEW = (PAGE_NAME, DOCUMENT_NAME)  # where a person approved the title; the rest is the same


def read_report(
    database: Database, caller: Caller, job_id: str, name: str, settings: Settings
) -> bytes:
    """Return a file of a title's report by its name, `index.html` or one it loads.

    Raises NotFound as `read_file` does, and where the caller has no such job.
    """
    with database.autocommit(caller.tenant) as connection:
        job = snapshots.job_snapshot(connection, caller.tenant, job_id)
        parts = of_job(connection, job_id)
    return read_file(job, parts, name, settings)


def read_file(job: JobSnapshot, parts: Mapping[str, Part], name: str, settings: Settings) -> bytes:
    """Return a file of a title's report by its name.

    Raises NotFound where the report has no such file, or none any more: what steps leave is kept
    for `keep_work_s` after its last use, what was published with its generation.
    """
    part = parts.get(STEP)
    file = part.files.get(f"{FOLDER}/{name}") if part else None
    if file is None:
        raise NotFound(f"{job.asset} has no report with a file {name!a}", input=name)
    key = file.key

    def kept() -> bytes:
        return work_store(settings).get_bytes(key)

    def published() -> bytes:
        made = from_json(Published, parts["publish"].facts)
        return read_published(job, made.origin_prefix, f"{FOLDER}/{name}", settings)

    # Of a title that a person approved the published one says so; the kept one waits for it still.
    is_approved = job.review is not None and job.review["verdict"] == APPROVED
    says_so = is_approved and name in MADE_ANEW
    for read in (published, kept) if says_so else (kept, published):
        with suppress(KeyError, NotFound):
            return read()
    raise NotFound(
        f"the report of {job.asset} was kept for its time, and is gone: submit the title again",
        input=job.id,
    )
