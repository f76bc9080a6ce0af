"""Taking a job in: its first steps, and the name under which the same request is found again."""

from __future__ import annotations

from contextlib import suppress

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.plan import StepPlan
from farm.serial import digest, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from storage import jobs, reconcile
from storage.bell import Bell, Ring
from storage.database import Database
from storage.stores import open_store
from workers.cache import Cache
from workers.sizes import sized
from workers.source import Sources


def first_steps(spec: JobSpec) -> list[StepPlan]:
    """Return the steps every job starts with; `ladder` adds the rest once it knows the source."""
    policy = {"policy": to_json(spec.ladder), "codecs": list(spec.codecs)}
    steps = (
        StepPlan("ingest", "ingest", _sidecars(spec)),
        StepPlan("analyze", "analyze", {"allow_partial": spec.allow_partial}, ("ingest",)),
        StepPlan("cut", "cut", policy, ("ingest", "analyze")),
        StepPlan("ladder", "ladder", policy, ("ingest", "analyze", "cut")),
    )
    return [sized(step) for step in steps]


def submit(database: Database, bell: Bell, spec: JobSpec, settings: Settings) -> str:
    """Return the id of a new job; ring for it."""
    sources = _sources(settings)
    open_store(spec.origin, settings).check_writable()
    request = request_name(spec, sources)
    with database.begin() as session:
        job_id, _ = jobs.submit(session, spec, first_steps(spec), request)
        due = reconcile.due_for_ringing(session, 0, job_id)
    _ring(bell, due)
    return job_id


def submit_or_resume(database: Database, bell: Bell, spec: JobSpec, settings: Settings) -> str:
    """Return the id of an unfinished job of the same request, else of a new one; ring for it.

    The same request: an equal spec over files of the same sizes and times of change.
    """
    with database.begin() as session:
        job_id = jobs.find_unfinished(session, request_name(spec, _sources(settings)))
        due = reconcile.due_for_ringing(session, 0, job_id) if job_id else []
    if job_id is None:
        return submit(database, bell, spec, settings)
    _ring(bell, due)
    return job_id


def _ring(bell: Bell, due: list[Ring]) -> None:
    reached("submit.after-commit")
    with suppress(StorageUnavailable):  # costs time only: the reconciler rings again
        bell.ring(due)


def _sources(settings: Settings) -> Sources:
    return Sources(settings, Cache(settings.cache, settings.cache_bytes))


def request_name(spec: JobSpec, sources: Sources) -> str:
    """Return the digest that names a request; raise InvalidSource for files that are not there."""
    given = [spec.source, *(sidecar.uri for sidecar in spec.subtitles)]
    if spec.chapters is not None:
        given.append(spec.chapters)
    return digest([to_json(spec), [sources.identify(uri) for uri in given]])


def _sidecars(spec: JobSpec) -> dict[str, object]:
    return {"sidecars": len(spec.subtitles), "chapters": spec.chapters is not None}
