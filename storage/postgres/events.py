"""Events: told in the transaction that makes them true, read in an order that hides none.

Transactions are numbered when they first write, and rows when they are inserted; both may be
committed in another order. So a reader that remembers the highest number it saw could miss what is
committed later under a lower one. Events are therefore ordered by transaction, then by row, and
read only up to the oldest transaction that is still open: whatever has a lower number than that is
committed, or never will be. What is held back so comes as soon as that transaction ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from farm.access import EVERY_TENANT
from farm.errors import InvalidSpec
from farm.events import News
from storage.postgres import statements

CHANNEL = "reelfarm_event"  # of NOTIFY, by the trigger on the table


@dataclass(frozen=True, slots=True, order=True)
class EventCursor:
    """A place in the order of events: after the event it names."""

    xact: int
    id: int

    def __str__(self) -> str:
        return f"{self.xact}-{self.id}"


BEGINNING = EventCursor(0, 0)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it was told."""

    cursor: EventCursor
    tenant: str
    catalog: str | None
    job_id: str | None
    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a reader wants: of one tenant or all, of one job, of one catalog, of types."""

    tenant: str
    job_id: str | None = None
    catalog: str | None = None
    types: frozenset[str] | None = None

    def includes(self, event: StoredEvent) -> bool:
        """Return whether the reader wants this one."""
        return (
            self.tenant in (EVERY_TENANT, event.tenant)
            and self.job_id in (None, event.job_id)
            and self.catalog in (None, event.catalog)
            and (self.types is None or event.type in self.types)
        )


def read_cursor(text: str) -> EventCursor:
    """Return the cursor that a reader was given; raise InvalidSpec for what is none."""
    if not (found := re.fullmatch(r"([0-9]{1,18})-([0-9]{1,18})", text)):
        raise InvalidSpec(
            f"{text!a} is no place among the events: give the `next` of an answer, or the id of an"
            " event",
            input="after",
        )
    return EventCursor(int(found[1]), int(found[2]))


def tell(session: Session, job_id: str, news: Iterable[News]) -> None:
    """Write what is news of a job, to be true with the session's transaction."""
    told = list(news)
    if told:
        types = [each.type for each in told]
        data = [json.dumps(each.data) for each in told]
        statements.rows(session, _TELL, job=job_id, types=types, data=data)


def tell_of_asset(session: Session, tenant: str, news: News) -> None:
    """Write what is news of an asset and of none of its jobs."""
    statements.rows(
        session, _TELL_OF_ASSET, tenant=tenant, type=news.type, data=json.dumps(news.data)
    )


def tell_of_step(session: Session, step_id: int, outcome: str, error: object = None) -> None:
    """Write that an attempt at a step ended otherwise than with its output."""
    statements.rows(session, _STEP_ENDED, id=step_id, outcome=outcome, error=json.dumps(error))


def read(session: Session, after: EventCursor, wanted: Wanted, limit: int) -> list[StoredEvent]:
    """Return the events after a cursor, in order, but those whose turn to be read is not yet."""
    rows = statements.rows(
        session,
        _READ[wanted.job_id is not None, wanted.catalog is not None, wanted.tenant == EVERY_TENANT],
        xact=after.xact,
        id=after.id,
        tenant=wanted.tenant,
        job=wanted.job_id,
        catalog=wanted.catalog,
        types=None if wanted.types is None else sorted(wanted.types),
        limit=limit,
    )
    return [_event(row) for row in rows]


def newest(session: Session) -> EventCursor:
    """Return the place behind all events that can be read now."""
    found = statements.rows(session, _NEWEST)
    return EventCursor(*found[0]) if found else BEGINNING


def held_back(session: Session) -> bool:
    """Return whether there are events whose turn to be read is yet to come."""
    return bool(statements.value(session, _HELD_BACK))


def adopt(session: Session) -> None:
    """Put events first that bear numbers of another cluster's transactions.

    A dump that was restored holds such: they would be held back until ours are as high.
    """
    statements.rows(session, _ADOPT)


def _event(row: Sequence[Any]) -> StoredEvent:
    xact, event_id, tenant, catalog, job_id, kind, at, data = row
    return StoredEvent(EventCursor(xact, event_id), tenant, catalog or None, job_id, kind, at, data)


def _read(conditions: Collection[str]) -> Any:
    return f"""
SELECT xact, id, tenant, catalog, job_id, type, at, data
  FROM event
 WHERE (xact, id) > (%(xact)s, %(id)s)
   AND xact < {_HORIZON} {" ".join(f"AND {each}" for each in conditions)}
   AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
 ORDER BY xact, id
 LIMIT %(limit)s
"""


_HORIZON = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"

# One for each index that can be sought in: of a job, of a catalog, of a tenant, of all.
_READ = {
    (of_job, of_catalog, of_all): _read(
        [
            *(["job_id = %(job)s"] if of_job else []),
            *(["catalog = %(catalog)s", "catalog <> ''"] if of_catalog else []),
            *([] if of_all else ["tenant = %(tenant)s"]),
        ]
    )
    for of_job in (True, False)
    for of_catalog in (True, False)
    for of_all in (True, False)
}

_NEWEST = f"SELECT xact, id FROM event WHERE xact < {_HORIZON} ORDER BY xact DESC, id DESC LIMIT 1"

_HELD_BACK = f"SELECT EXISTS (SELECT FROM event WHERE xact >= {_HORIZON})"

_ADOPT = """
UPDATE event SET xact = 0
 WHERE xact >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
"""

_TELL = """
INSERT INTO event (tenant, catalog, job_id, type, data)
SELECT job.tenant, job.catalog, job.id, told.type, CAST(told.data AS jsonb)
  FROM job
 CROSS JOIN unnest(CAST(%(types)s AS text[]), CAST(%(data)s AS text[])) WITH ORDINALITY
            AS told (type, data, place)
 WHERE job.id = %(job)s
 ORDER BY told.place
"""

_TELL_OF_ASSET = """
INSERT INTO event (tenant, catalog, type, data)
VALUES (%(tenant)s, '', %(type)s, CAST(%(data)s AS jsonb))
"""

_STEP_ENDED = """
INSERT INTO event (tenant, catalog, job_id, type, data)
SELECT tenant, catalog, job_id, 'step.ended',
       jsonb_build_object('step', key, 'kind', kind, 'label', label, 'attempt', attempts,
                          'worker', worker, 'outcome', %(outcome)s::text,
                          'error', CAST(%(error)s AS jsonb))
  FROM step WHERE id = %(id)s
"""
