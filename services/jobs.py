"""What people read of many jobs, and do to all of them that a filter matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from farm.access import Caller
from farm.errors import Conflict
from farm.states import ENDED_JOB, JobState
from services.submit import wake
from storage.postgres import audit, control, listing, pace
from storage.postgres.database import Database, Transaction
from storage.postgres.listing import JobFilter, ListedJob, ListPlace
from storage.wakeups import Wakeup, Wakeups

AT_ONCE = 100  # jobs of a filter in one transaction
UNENDED = frozenset(set(JobState) - ENDED_JOB)

# Does something to one job in a transaction; returns what to wake workers for.
JobAct = Callable[[Transaction, str, str], list[Wakeup]]


def list_jobs(
    database: Database, caller: Caller, wanted: JobFilter, after: ListPlace | None, limit: int
) -> list[ListedJob]:
    """Return the caller's jobs that match, the newest first, after a place in the list."""
    with database.begin(caller.tenant) as session:
        return listing.listed(session, caller.tenant, wanted, after, limit)


def counts(database: Database, caller: Caller) -> dict[str, int]:
    """Return how many of the caller's jobs are in each state: those unended, or ended in a day."""
    with database.begin(caller.tenant) as session:
        found = pace.unfinished_jobs(session, caller.tenant)
        for each in pace.ended_lately(session, caller.tenant):
            found[each.state] = found.get(each.state, 0) + each.titles
        return found


def cancel(session: Transaction, tenant: str, job_id: str) -> list[Wakeup]:
    """End a job; an ended one stays as it is."""
    control.request_cancel(session, tenant, job_id)
    return []


def pause(session: Transaction, tenant: str, job_id: str) -> list[Wakeup]:
    """Start no more steps of a job; raise Conflict for an ended one."""
    control.pause(session, tenant, job_id)
    return []


def resume(session: Transaction, tenant: str, job_id: str) -> list[Wakeup]:
    """Let a paused job go on; raise Conflict for an ended one."""
    return control.resume(session, tenant, job_id)[1]


def prioritise(priority: int) -> JobAct:
    """Return what gives jobs this priority; it raises Conflict for an ended one."""

    def act(session: Transaction, tenant: str, job_id: str) -> list[Wakeup]:
        control.prioritise(session, tenant, job_id, priority)
        return []

    return act


def act_on(
    database: Database, wakeups: Wakeups, caller: Caller, name: str, act: JobAct, job_id: str
) -> JobState:
    """Do something to one job and return the state it is in then; `name` is for the audit log."""
    with database.begin(caller.tenant) as session:
        to_wake = act(session, caller.tenant, job_id)
        audit.note(session, caller, f"job.{name}", job_id)
        state = JobState(control.locked(session, caller.tenant, job_id).state)
    wake(wakeups, to_wake)
    return state


def act_on_all(
    database: Database, wakeups: Wakeups, caller: Caller, name: str, act: JobAct, wanted: JobFilter
) -> int:
    """Do something to every unended job that matches, and return to how many.

    Some at a time: what is cut short has done it to some, and can be asked for again.
    """
    total = 0
    for job_ids in matching(database, caller, wanted, UNENDED):
        to_wake: list[Wakeup] = []
        with database.begin(caller.tenant) as session:
            for job_id in sorted(job_ids):
                try:
                    to_wake += act(session, caller.tenant, job_id)
                except Conflict:  # it has ended since
                    continue
                total += 1
                audit.note(session, caller, f"job.{name}", job_id)
        wake(wakeups, to_wake)
    return total


def matching(
    database: Database, caller: Caller, wanted: JobFilter, states: frozenset[JobState]
) -> Iterator[list[str]]:
    """Give the ids of jobs that match now and are in one of these states, some at a time."""
    chosen = replace(wanted, states=(wanted.states or states) & states)
    after: ListPlace | None = None
    while chosen.states:
        with database.begin(caller.tenant) as session:
            found = listing.ids(session, caller.tenant, chosen, after, AT_ONCE)
        if found:
            yield [job_id for job_id, _ in found]
            after = found[-1][1]
        if len(found) < AT_ONCE:
            return
