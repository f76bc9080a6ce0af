"""Taking in titles as they are asked for over HTTP: names become documents, and a job begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from farm.access import Caller
from farm.errors import InvalidSpec
from farm.settings import Settings
from farm.spec import JobRequest, JobSpec, origin_of_tests, read_spec
from services import documents, quotas
from services.locations import load_locations, locations_now
from services.once import Once, answered_before, keep_answer
from services.submit import check_places, take_in, wake
from storage.postgres import audit
from storage.postgres.database import Database, Transaction
from storage.wakeups import Wakeups

ACCEPTED = 202

Render = Callable[[str, JobSpec], dict[str, Any]]  # the answer to a job's id and request


def accept(
    database: Database,
    wakeups: Wakeups,
    settings: Settings,
    caller: Caller,
    request: JobRequest,
    render: Render,
    once: Once | None = None,
    *,
    plan: bool = False,
) -> dict[str, Any]:
    """Take in one title and return what `render` answers to it; or, to the same request again,
    what it was answered before.

    A `plan` ends after analysis; nothing is published, so that its origin may take nothing yet.
    Raises InvalidSpec for what contradicts itself or names what is not there, LocationNotAllowed
    where the tenant may not read or publish, StorageUnavailable where the origin takes nothing,
    QuotaExceeded where the tenant has as much as it may.
    """
    with database.begin(caller.tenant) as session:
        if (before := answered_before(session, caller, once)) is not None:
            return before
        spec = resolve(session, caller, request, settings).model_copy(update={"plan": plan})
        locations = locations_now(session, load_locations(settings), spec.tenant)
        check_places(spec, locations, settings)
        quotas.check(session, spec)  # last: it holds up the tenant's others
        job_id, due = take_in(session, spec)
        action = "plan.asked" if plan else "job.submitted"
        audit.note(session, caller, action, job_id, asset=spec.asset)
        answer = render(job_id, spec)
        keep_answer(session, caller, once, ACCEPTED, answer)
    wake(wakeups, due)
    return answer


def resolve(
    session: Transaction, caller: Caller, request: JobRequest, settings: Settings
) -> JobSpec:
    """Return the request with every name resolved, for the tenant the caller acts for."""
    tenant = caller.acts_for
    fields = request.model_dump(exclude={"ladder", "qc", "asset", "origin"})
    versions: dict[str, int] = {}
    ladder, qc = request.ladder, request.qc
    if isinstance(ladder, str):
        ladder, version = documents.find_ladder(session, tenant, ladder)
        versions |= {documents.LADDER: version} if version is not None else {}
    if isinstance(qc, str):
        qc, version = documents.find_qc(session, tenant, qc)
        versions |= {documents.QC: version} if version is not None else {}
    origin = request.origin or _default_origin(session, tenant, settings)
    return read_spec(
        {
            **fields,
            "tenant": tenant,
            "asset": request.published_as,
            "origin": origin_of_tests(origin) if request.mode == "test" else origin,
            "ladder": ladder,
            "qc": qc,
            "versions": versions,
        }
    )


def _default_origin(session: Transaction, tenant: str, settings: Settings) -> str:
    origin = documents.tenant_policy(session, tenant).origin or settings.origin
    if origin is None:
        raise InvalidSpec.of(
            "origin", "name one: neither the tenant nor the farm has a default (REELFARM_ORIGIN)"
        )
    return origin
