"""When titles, catalogs and all that waits are done, as far as the past tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from farm.access import EVERY_TENANT, Caller
from farm.states import AT_REST, JobState
from planning.forecast import Interval, Machine, Task, drained, forecast, queue_s
from planning.queue import HeldCores, Pile, work_before
from services.outlook import Outlook, read_outlook
from services.steps_ahead import steps_ahead
from storage.postgres import catalogs, snapshots
from storage.postgres.database import Database

LONGEST_DAYS = 36500  # later than that no date can be told


@dataclass(frozen=True, slots=True)
class Eta:
    """Between which times something is done, four times of five."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class WorkAhead:
    """When all that waits is done, what it waits for, and what one more worker would change.

    `bottleneck` is the class of steps whose cores have the longest to go, `wait_s`. A worker more
    of that class, as large as the largest (`more_cores`), would end all that the farm has to do
    `sooner_s` earlier.
    """

    eta: Eta
    bottleneck: str
    wait_s: float
    more_cores: int
    sooner_s: float


@dataclass(frozen=True, slots=True)
class BacklogForecast:
    """What is known of the backlog, and on what that rests."""

    backlog: WorkAhead | None  # None: nothing waits, or nothing tells
    cores: int  # of the workers that take steps
    seen_titles: int


def eta_of(database: Database, caller: Caller, job_id: str, alive_within_s: float) -> Eta | None:
    """Return when a job ends; None where it has, rests, or nothing tells.

    Raises NotFound where the caller has no such job.
    """
    with database.begin(caller.tenant) as session:
        job = snapshots.check_job(session, caller.tenant, job_id)
    if job.state in AT_REST or job.state == JobState.PAUSED:
        return None
    with database.begin(EVERY_TENANT) as session:
        outlook = read_outlook(session, alive_within_s, (job.created_at, job.submission), job_id)
        tasks = steps_ahead(session, job, outlook.typical)
    if tasks is None:
        return None
    return eta_among(outlook, tasks, job.priority, job.tenant, job.catalog)


def eta_among(
    outlook: Outlook, tasks: Sequence[Task], priority: int, tenant: str, catalog: str
) -> Eta | None:
    """Return when steps end that take their turns among all others; None without workers."""
    own = outlook.held(tasks)
    before = work_before(outlook.piles(tasks), priority, tenant, catalog, own)
    before_s = queue_s(before, outlook.machines)
    return _eta(forecast(tasks, outlook.paces, outlook.machines, before_s, outlook.queue_spread))


def catalog_eta(database: Database, caller: Caller, name: str, alive_within_s: float) -> Eta | None:
    """Return when all titles of a catalog are done that are not; None where nothing tells."""
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
    with database.begin(EVERY_TENANT) as session:
        outlook = read_outlook(session, alive_within_s)

    def is_own(pile: Pile) -> bool:
        return (pile.tenant, pile.catalog) == (row.tenant, row.name)

    return _eta_of_piles(outlook, is_own, row.tenant, row.name)


def backlog_forecast(database: Database, caller: Caller, alive_within_s: float) -> BacklogForecast:
    """Return when all is done that waits of a caller's, among what waits of others."""
    with database.begin(EVERY_TENANT) as session:
        outlook = read_outlook(session, alive_within_s)
    return BacklogForecast(
        backlog=_backlog(outlook, caller),
        cores=sum(machine.cores for machine in outlook.machines),
        seen_titles=outlook.typical.titles if outlook.typical else 0,
    )


def _backlog(outlook: Outlook, caller: Caller) -> WorkAhead | None:
    def is_own(pile: Pile) -> bool:
        return caller.is_operator or pile.tenant == caller.tenant

    eta = _eta_of_piles(outlook, is_own, caller.tenant, "")
    if eta is None:
        return None
    machines = outlook.machines
    held: HeldCores = {}
    for pile in outlook.piles():
        _add(held, pile.held)
    waits = {name: queue_s({name: core_s}, machines) for name, core_s in held.items() if core_s}
    bottleneck = max(waits, key=lambda name: waits[name])
    one_more = Machine(max(machine.cores for machine in machines), frozenset({bottleneck}))
    return WorkAhead(
        eta=eta,
        bottleneck=bottleneck,
        wait_s=waits[bottleneck],
        more_cores=one_more.cores,
        sooner_s=queue_s(held, machines) - queue_s(held, (*machines, one_more)),
    )


def _eta_of_piles(
    outlook: Outlook, is_own: Callable[[Pile], bool], tenant: str, catalog: str
) -> Eta | None:
    """Return when the last of some piles is done, the others taking their turns between."""
    piles = outlook.piles()
    own: HeldCores = {}
    for pile in filter(is_own, piles):
        _add(own, pile.held)
    total = dict(work_before([p for p in piles if not is_own(p)], 0, tenant, catalog, own))
    _add(total, own)
    whole_s = queue_s(total, outlook.machines)
    if not any(own.values()) or math.isinf(whole_s):  # nothing to do, or nobody who does it
        return None
    return _eta(drained(whole_s, outlook.queue_spread))


def _eta(interval: Interval | None) -> Eta | None:
    if interval is None:
        return None
    now = datetime.now(UTC)
    longest = timedelta(days=LONGEST_DAYS)
    ends = (interval.earliest_s, interval.latest_s)
    earliest, latest = (now + min(longest, timedelta(seconds=end_s)) for end_s in ends)
    return Eta(earliest, latest)


def _add(held: HeldCores, more: Mapping[str, float]) -> None:
    for name, core_s in more.items():
        held[name] = held.get(name, 0.0) + core_s
