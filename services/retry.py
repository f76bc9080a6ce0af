"""Making a title again: as a new job of the same request, with what was made already used again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec, QuotaExceeded
from farm.record import remakeable
from farm.settings import Settings
from farm.spec import JobSpec, read_spec
from farm.states import ENDED_JOB, JobState
from services import jobs, quotas
from services.intake import ACCEPTED, Render
from services.locations import load_locations, locations_now
from services.once import Once, answered_before, keep_answer
from services.submit import check_places, take_in, wake
from storage.postgres import artifacts, audit, catalog_titles, control
from storage.postgres.database import Database, Transaction
from storage.postgres.listing import JobFilter
from storage.wakeups import Wakeups

DID_NOT_COME_OUT = frozenset({JobState.FAILED, JobState.REJECTED, JobState.CANCELLED})


def retry(
    database: Database,
    wakeups: Wakeups,
    settings: Settings,
    caller: Caller,
    job_id: str,
    only: Sequence[str],
    render: Render,
    once: Once | None = None,
) -> dict[str, object]:
    """Submit an ended job's request again and return what `render` answers to the new job.

    Steps whose output is known are not run again, but those of renditions and tracks that `only`
    names. Raises NotFound for a job that is not the caller's, Conflict for one that goes on and for
    a plan, InvalidSpec for a name that nothing of the title has, QuotaExceeded where the tenant has
    as much as it may.
    """
    with database.begin(caller.tenant) as session:
        if (before := answered_before(session, caller, once)) is not None:
            return before
        spec = _again(session, caller, job_id, only)
        check_places(spec, locations_now(session, load_locations(settings), spec.tenant), settings)
        quotas.check(session, spec)
        new_id, due = take_in(session, spec)
        catalog_titles.hand_over(session, job_id, new_id)
        audit.note(session, caller, "job.retried", job_id, new=new_id, only=[*only])
        answer = render(new_id, spec)
        keep_answer(session, caller, once, ACCEPTED, answer)
    wake(wakeups, due)
    return answer


def retry_all(
    database: Database,
    wakeups: Wakeups,
    settings: Settings,
    caller: Caller,
    wanted: JobFilter,
    render: Render,
) -> int:
    """Retry every job that matches, and return how many; those that were retried are left alone.

    Those that failed, were rejected or cancelled, unless the filter names other states. Raises
    QuotaExceeded once the tenant has as much as it may; those before are made again. Raises
    InvalidSpec for a filter of plans.
    """
    if wanted.plans:
        raise InvalidSpec.of("filter.plans", "plans are not made again: ask for others")
    chosen = replace(wanted, states=wanted.states or DID_NOT_COME_OUT, not_retried=True)
    total = 0
    for job_ids in jobs.matching(database, caller, chosen, ENDED_JOB):
        for job_id in job_ids:
            try:
                retry(database, wakeups, settings, caller, job_id, (), render)
            except QuotaExceeded as error:
                raise quotas.cut_short(error, total) from error
            total += 1
    return total


def _again(session: Transaction, caller: Caller, job_id: str, only: Sequence[str]) -> JobSpec:
    job = control.locked(session, caller.tenant, job_id)
    if job.plan:
        raise Conflict(
            f"{job_id} is a plan, of which nothing is published: submit it, or ask for another"
            " (POST /v1/plans)",
            input=job_id,
            state=job.state,
        )
    if job.state not in ENDED_JOB:
        raise Conflict(
            f"job {job_id} goes on ({job.state}): cancel it first, or wait for its end",
            input=job_id,
            state=job.state,
        )
    known = remakeable(artifacts.of_job(session, job_id))
    if wrong := [name for name in only if name not in known]:
        there = ", ".join(known) or "what was made: there is nothing"
        raise InvalidSpec.of("only", f"{wrong[0]!a} is none of {there}")
    return read_spec({**job.spec, "retry_of": job_id, "remake": tuple(only)})
