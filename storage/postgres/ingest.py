"""New objects that were told of: taken in once, become jobs when they are due, listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.states import TitleState
from storage.postgres import statements
from storage.postgres.models import IngestObject
from storage.postgres.scoped import within


@dataclass(frozen=True, slots=True)
class ArrivedObject:
    """An object as it is taken in: where it lies, which put it is, and by which rule."""

    digest: str
    bucket: str
    key: str
    rule: str
    rule_version: int
    settle_s: float


@dataclass(frozen=True, slots=True)
class DueObject:
    """An object whose turn has come."""

    tenant: str
    digest: str
    bucket: str
    key: str
    rule: str
    rule_version: int


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as lists show it."""

    position: int
    tenant: str
    bucket: str
    key: str
    rule: str
    rule_version: int
    state: str
    due_at: datetime
    job_id: str | None
    error: dict[str, Any] | None
    created_at: datetime


def arrive(session: Session, tenant: str, objects: Sequence[ArrivedObject]) -> set[str]:
    """Take objects in, each once; return the digests of those that were new.

    Another transaction that takes in the same ones is waited for, and they are its.
    """
    # One order for all: who waits for whom goes round in no circle.
    return {
        digest
        for each in sorted(objects, key=lambda each: each.digest)
        if (digest := session.scalar(_arriving(tenant, each))) is not None
    }


def known(session: Session, tenant: str, digests: Sequence[str]) -> dict[str, str | None]:
    """Return which of these objects are there, with the jobs that they have."""
    rows = session.execute(
        select(IngestObject.digest, IngestObject.job_id).where(
            IngestObject.tenant == tenant, IngestObject.digest.in_(digests)
        )
    )
    return {row.digest: row.job_id for row in rows}


def take_due(session: Session, limit: int, again_after_s: float) -> list[DueObject]:
    """Return objects whose turn has come, the longest due first; nobody else gets them so soon."""
    rows = statements.rows(session, _TAKE_DUE, limit=limit, again_after_s=again_after_s)
    return [DueObject(*row) for row in rows]


def still_waits(session: Session, due: DueObject) -> bool:
    """Return whether an object has no job yet; if so it is the transaction's to give it one."""
    state = session.scalar(
        select(IngestObject.state)
        .where(IngestObject.tenant == due.tenant, IngestObject.digest == due.digest)
        .with_for_update()
    )
    return state == TitleState.WAITING


def give_job(session: Session, due: DueObject, job_id: str) -> None:
    """Note that an object has its job."""
    _change(session, due, state=TitleState.TAKEN, job_id=job_id)


def refuse(session: Session, due: DueObject, error: dict[str, Any]) -> None:
    """Note that an object can get no job, and why."""
    _change(session, due, state=TitleState.FAILED, error=error)


def listed(
    session: Session, tenant: str, before: int | None, state: str | None, limit: int
) -> list[ListedObject]:
    """Return objects, the newest first; `before` is the position of the last one seen."""
    columns = [getattr(IngestObject, name) for name in ListedObject.__dataclass_fields__]
    query = select(*columns).where(within(IngestObject.tenant, tenant))
    if before is not None:
        query = query.where(IngestObject.position < before)
    if state is not None:
        query = query.where(IngestObject.state == state)
    rows = session.execute(query.order_by(IngestObject.position.desc()).limit(limit))
    return [ListedObject(*row) for row in rows]


def _arriving(tenant: str, arrived: ArrivedObject) -> Any:
    return (
        insert(IngestObject)
        .values(
            tenant=tenant,
            digest=arrived.digest,
            bucket=arrived.bucket,
            key=arrived.key,
            rule=arrived.rule,
            rule_version=arrived.rule_version,
            state=TitleState.WAITING,
            due_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, arrived.settle_s),
        )
        .on_conflict_do_nothing(index_elements=["tenant", "digest"])
        .returning(IngestObject.digest)
    )


def _change(session: Session, due: DueObject, **values: Any) -> None:
    session.execute(
        update(IngestObject)
        .where(IngestObject.tenant == due.tenant, IngestObject.digest == due.digest)
        .values(changed_at=func.now(), **values)
        .execution_options(synchronize_session=False)
    )


_TAKE_DUE = """
UPDATE ingest_object AS taken
   SET due_at = now() + make_interval(secs => %(again_after_s)s)
  FROM (SELECT tenant, digest FROM ingest_object
         WHERE state = 'WAITING' AND due_at <= now()
         ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
 WHERE taken.tenant = due.tenant AND taken.digest = due.digest
RETURNING taken.tenant, taken.digest, taken.bucket, taken.key, taken.rule, taken.rule_version
"""
