"""What people read of catalogs, and do to all of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from farm.access import Caller
from farm.errors import NotFound
from farm.states import TitleState
from services import jobs, quotas
from storage.postgres import audit, catalog_titles, catalogs, listing
from storage.postgres.catalog_titles import ListedTitle, TitleFilter
from storage.postgres.catalogs import CatalogRow
from storage.postgres.database import Database
from storage.postgres.listing import JobFigures, JobFilter, ListedJob
from storage.postgres.models import UploadRow
from storage.wakeups import Wakeups

AT_ONCE = 500
ENDED = frozenset(set(TitleState) - {TitleState.WAITING, TitleState.TAKEN, TitleState.REVIEW})
RETRIED = frozenset({TitleState.FAILED, TitleState.REJECTED, TitleState.CANCELLED})


@dataclass(frozen=True, slots=True)
class CatalogView:
    """A catalog with its counts, and the codes of its titles' errors."""

    row: CatalogRow
    failures: Sequence[tuple[str, int]]

    @property
    def progress(self) -> float:
        """Return the share of its titles that have ended, from 0 to 1."""
        total = sum(self.row.titles.values())
        ended = sum(count for state, count in self.row.titles.items() if state in ENDED)
        return ended / total if total else 1.0


def list_catalogs(
    database: Database, caller: Caller, after: tuple[datetime, str] | None, limit: int
) -> Sequence[CatalogRow]:
    """Return the caller's catalogs, the newest first."""
    with database.begin(caller.tenant) as session:
        return catalogs.listed(session, caller.tenant, after, limit)


def view(database: Database, caller: Caller, name: str) -> CatalogView:
    """Return a catalog at a glance; raise NotFound where the caller has none of that name."""
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
        return CatalogView(row, catalogs.failures(session, row.id))


def titles(
    database: Database, caller: Caller, name: str, wanted: TitleFilter, after: int, limit: int
) -> list[ListedTitle]:
    """Return titles of a catalog as they came in, after a position."""
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
        return catalog_titles.listed(session, row.id, wanted, after, limit)


def jobs_of(
    database: Database, caller: Caller, titles: Sequence[ListedTitle]
) -> dict[str, tuple[ListedJob, JobFigures | None]]:
    """Return the jobs that titles have, with what was spent on them, by their id."""
    job_ids = [title.job_id for title in titles if title.job_id is not None]
    with database.begin(caller.tenant) as session:
        spent = listing.spent_on(session, job_ids)
        found = listing.with_ids(session, job_ids)
    return {job_id: (job, spent.get(job_id)) for job_id, job in found.items()}


def all_titles(
    database: Database, caller: Caller, name: str, wanted: TitleFilter
) -> Iterator[ListedTitle]:
    """Give all titles of a catalog that match, however many: some at a time."""
    after = 0
    while found := titles(database, caller, name, wanted, after, AT_ONCE):
        yield from found
        after = found[-1].position


def upload_rows(
    database: Database, caller: Caller, name: str, upload_id: str, after: int, limit: int
) -> Sequence[UploadRow]:
    """Return the rows of an upload that were not accepted, after a line."""
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
        if not catalogs.has_upload(session, row.id, upload_id):
            raise NotFound(f"catalog {name} has no upload {upload_id}: check it", input=upload_id)
        return catalog_titles.upload_rows(session, upload_id, after, limit)


def cancel(database: Database, wakeups: Wakeups, caller: Caller, name: str) -> CatalogView:
    """End a catalog: titles that wait never begin, those under way are cancelled.

    More titles can be sent to it later, and those cancelled be retried.
    """
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
        catalogs.cancel(session, row.id)
        audit.note(session, caller, "catalog.cancelled", name)
    owner = caller.about(row.tenant)
    while True:
        with database.begin(owner.tenant) as session:
            if not catalog_titles.cancel_waiting(session, row.id, AT_ONCE):
                break
    jobs.act_on_all(database, wakeups, owner, "cancel", jobs.cancel, JobFilter(catalog=name))
    return view(database, owner, name)


def retry(database: Database, caller: Caller, name: str, wanted: TitleFilter) -> int:
    """Let ended titles that match wait for a new job, and return how many do.

    Those that failed, were rejected or cancelled, unless the filter names states; what was made of
    them already is used again. Raises QuotaExceeded where the tenant may have no more titles that
    wait; those it had room for wait.
    """
    states = (wanted.states or RETRIED) & ENDED
    chosen = TitleFilter(states, wanted.external_id, wanted.code)
    total, after = 0, 0
    with database.begin(caller.tenant) as session:
        row = catalogs.find(session, caller.tenant, name)
        catalogs.reopen(session, row.id)
        audit.note(session, caller, "catalog.retried", name, states=sorted(states))
    while states:
        with database.begin(caller.tenant) as session:
            room = quotas.waiting_room(session, row.tenant)
            left = None if room is None else room.left
            back = catalog_titles.put_back(session, row.id, chosen, after, AT_ONCE, left)
        total, after = total + back.titles, back.last
        if room is not None and back.full:
            raise quotas.cut_short(room.refusal(), total)
        if not back.more:
            break
    return total
