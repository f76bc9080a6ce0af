"""The titles of catalogs: what became of them, and lists of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from farm.states import TitleState
from storage.postgres import statements
from storage.postgres.models import CatalogTitle, UploadRow


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A title of a catalog as lists show it."""

    position: int
    external_id: str
    version: int
    state: str
    priority: int
    request: dict[str, Any]
    job_id: str | None
    error: dict[str, Any] | None
    outputs: dict[str, Any] | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """Which titles of a catalog: every condition that is given holds."""

    states: frozenset[TitleState] = frozenset()  # none: any
    external_id: str | None = None
    code: str | None = None  # of the error it ended with


@dataclass(frozen=True, slots=True)
class PutBack:
    """How many titles wait again, up to which place; `full` where the next one had no room."""

    titles: int
    last: int
    full: bool
    more: bool


def note_end(
    session: Session,
    job_id: str,
    state: str,
    error: dict[str, Any] | None,
    outputs: dict[str, Any] | None,
) -> None:
    """Note how the job of a title ended, if it is that of one."""
    statements.rows(
        session,
        _NOTE_END,
        job=job_id,
        state=state,
        error=None if error is None else json.dumps(error),
        outputs=None if outputs is None else json.dumps(outputs),
    )


def move(session: Session, job_id: str, state: TitleState) -> None:
    """Note that the title of a job, if it is that of one, is in another state."""
    session.execute(
        update(CatalogTitle)
        .where(CatalogTitle.job_id == job_id)
        .values(state=state, changed_at=func.now())
        .execution_options(synchronize_session=False)
    )


def hand_over(session: Session, job_id: str, new_job_id: str) -> None:
    """Let the title of one job, if it is that of one, be that of another."""
    session.execute(
        update(CatalogTitle)
        .where(CatalogTitle.job_id == job_id)
        .values(
            job_id=new_job_id,
            state=TitleState.TAKEN,
            error=None,
            outputs=None,
            changed_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )


def put_back(
    session: Session,
    catalog_id: str,
    wanted: TitleFilter,
    after: int,
    limit: int,
    room: int | None,
) -> PutBack:
    """Let ended titles that match wait for a new job: at most `limit`, after a position.

    No more than there is `room` for, if that is bounded; tests need none.
    """
    found = session.execute(
        select(CatalogTitle.position, CatalogTitle.request["mode"].as_string() == "test")
        .where(CatalogTitle.catalog_id == catalog_id, *_conditions(wanted))
        .where(CatalogTitle.position > after)
        .order_by(CatalogTitle.position)
        .limit(limit)
        .with_for_update()
    )
    positions: list[int] = []
    full = False
    for position, is_test in found.all():
        if room is not None and not is_test:
            full = room <= 0
            room -= 1
        if full:
            break
        positions.append(position)
    session.execute(
        update(CatalogTitle)
        .where(CatalogTitle.catalog_id == catalog_id, CatalogTitle.position.in_(positions))
        .values(
            state=TitleState.WAITING, job_id=None, error=None, outputs=None, changed_at=func.now()
        )
        .execution_options(synchronize_session=False)
    )
    return PutBack(len(positions), max(positions, default=after), full, len(positions) == limit)


def cancel_waiting(session: Session, catalog_id: str, limit: int) -> int:
    """Cancel titles that wait, so many at most; return how many."""
    return len(statements.rows(session, _CANCEL_WAITING, catalog=catalog_id, limit=limit))


def listed(
    session: Session, catalog_id: str, wanted: TitleFilter, after: int, limit: int
) -> list[ListedTitle]:
    """Return titles as they came in, after a position."""
    columns = [getattr(CatalogTitle, name) for name in ListedTitle.__dataclass_fields__]
    rows = session.execute(
        select(*columns)
        .where(CatalogTitle.catalog_id == catalog_id, *_conditions(wanted))
        .where(CatalogTitle.position > after)
        .order_by(CatalogTitle.position)
        .limit(limit)
    )
    return [ListedTitle(*row) for row in rows]


def upload_rows(session: Session, upload_id: str, after: int, limit: int) -> Sequence[UploadRow]:
    """Return the rows of an upload that were not accepted, after a line."""
    return session.scalars(
        select(UploadRow)
        .where(UploadRow.upload_id == upload_id, UploadRow.line > after)
        .order_by(UploadRow.line)
        .limit(limit)
    ).all()


def _conditions(wanted: TitleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(CatalogTitle.state.in_(sorted(wanted.states)))
    if wanted.external_id is not None:
        conditions.append(CatalogTitle.external_id == wanted.external_id)
    if wanted.code is not None:
        conditions.append(CatalogTitle.error["code"].as_string() == wanted.code)
    return conditions


_NOTE_END = """
UPDATE catalog_title
   SET state = %(state)s, error = CAST(%(error)s AS jsonb), outputs = CAST(%(outputs)s AS jsonb),
       changed_at = now()
 WHERE job_id = %(job)s
"""

_CANCEL_WAITING = """
UPDATE catalog_title AS title
   SET state = 'CANCELLED', changed_at = now()
  FROM (SELECT external_id FROM catalog_title
         WHERE catalog_id = %(catalog)s AND state = 'WAITING'
         ORDER BY external_id LIMIT %(limit)s FOR UPDATE) AS waiting
 WHERE title.catalog_id = %(catalog)s AND title.external_id = waiting.external_id
RETURNING title.external_id
"""
