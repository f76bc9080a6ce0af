"""The QC report of a title, published or not, as its step left it in the work store."""

from __future__ import annotations

from farm.access import Caller
from farm.errors import NotFound
from farm.settings import Settings
from storage.objects.stores import work_store
from storage.postgres import snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database

STEP, FOLDER = "verify", "report"


def read_report(
    database: Database, caller: Caller, job_id: str, name: str, settings: Settings
) -> bytes:
    """Return a file of a title's report by its name, `index.html` or one it loads.

    Raises NotFound where the caller has no such job, or there is no such file, or none any more:
    what steps leave is kept for `keep_work_s` after its last use.
    """
    with database.begin(caller.tenant) as session:
        job = snapshots.check_job(session, caller.tenant, job_id)
        part = of_job(session, job_id).get(STEP)
    file = part.files.get(f"{FOLDER}/{name}") if part else None
    if file is None:
        raise NotFound(f"{job.asset} has no report with a file {name!a}", input=name)
    try:
        return work_store(settings).get_bytes(file.key)
    except KeyError as error:
        raise NotFound(
            f"the report of {job.asset} was kept for its time, and is gone: submit the title again",
            input=job_id,
        ) from error
