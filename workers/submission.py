"""Taking a job in: its first steps, and the name under which the same request is found again."""

from __future__ import annotations

from contextlib import suppress

from farm.errors import StorageUnavailable
from farm.plan import StepPlan
from farm.serial import digest, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from storage import jobs, reconcile
from storage.bell import Bell
from storage.database import Database
from storage.stores import open_store
from workers.source import fingerprint, resolve_source


def first_steps(spec: JobSpec, settings: Settings) -> list[StepPlan]:
    """Return the steps every job starts with; `ladder` adds the rest once it knows the source."""
    return [
        StepPlan("ingest", "ingest", _sidecars(spec)),
        StepPlan("analyze", "analyze", {"allow_partial": spec.allow_partial}, ("ingest",)),
        StepPlan(
            "ladder",
            "ladder",
            {
                "policy": to_json(spec.ladder),
                "codecs": list(spec.codecs),
                "slots": settings.encode_slots,
            },
            ("ingest", "analyze"),
        ),
    ]


def submit_or_resume(database: Database, bell: Bell, spec: JobSpec, settings: Settings) -> str:
    """Return the id of an unfinished job of the same request, else of a new one; ring for it.

    The same request: an equal spec over files of the same sizes and times of change.
    """
    open_store(spec.origin).check_writable()
    request = request_name(spec)
    with database.begin() as session:
        job_id = jobs.find_unfinished(session, request)
        if job_id is None:
            job_id, _ = jobs.submit(session, spec, first_steps(spec, settings), request)
        due = reconcile.due_for_ringing(session, 0, job_id)
    with suppress(StorageUnavailable):  # costs time only: the reconciler rings again
        bell.ring(due)
    return job_id


def request_name(spec: JobSpec) -> str:
    """Return the digest that names a request."""
    given = [spec.source, *(sidecar.uri for sidecar in spec.subtitles)]
    if spec.chapters is not None:
        given.append(spec.chapters)
    return digest([to_json(spec), [fingerprint(resolve_source(uri)) for uri in given]])


def _sidecars(spec: JobSpec) -> dict[str, object]:
    return {"sidecars": len(spec.subtitles), "chapters": spec.chapters is not None}
