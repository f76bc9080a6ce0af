"""Files that tenants hand in: taken in by their owners, named in jobs, and gone in the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    any_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from farm.errors import NotFound
from farm.states import TitleState
from farm.uploads import Way
from storage.postgres.models import CatalogTitle, Job, SourceUpload, TitleUploadUse, UploadUse
from storage.postgres.scoped import within


@dataclass(frozen=True, slots=True)
class Going:
    """An upload that is to be removed; `settled` when nobody can be sending to it any more."""

    id: str
    tenant: str
    settled: bool


def add(session: Session, upload: SourceUpload) -> None:
    """Write down an upload that is about to begin."""
    session.add(upload)
    session.flush()


def find(session: Session, tenant: str, upload_id: str, *, lock: bool = False) -> SourceUpload:
    """Return an upload, locked perhaps; raise NotFound where the tenant has none of this id."""
    query = select(SourceUpload).where(
        SourceUpload.id == upload_id,
        within(SourceUpload.tenant, tenant),
        SourceUpload.removing_at.is_(None),
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(f"there is no upload {upload_id}: check the id", input=upload_id)
    return found


def open_ones(session: Session, tenant: str) -> int:
    """Return how many uploads of a tenant have not been completed yet."""
    query = select(func.count()).where(SourceUpload.tenant == tenant, _unfinished())
    return session.scalar(query) or 0


def promised_bytes(session: Session) -> int:
    """Return how much the uploads that come through the API have yet to send, in all."""
    left = func.sum(SourceUpload.size_bytes - SourceUpload.received_bytes)
    query = select(left).where(SourceUpload.way == Way.APPEND, _unfinished())
    return int(session.scalar(query) or 0)


def name_multipart(session: Session, upload_id: str, multipart: str) -> bool:
    """Note S3's name of an upload in parts; return False where it has one already."""
    return _changed(session, upload_id, SourceUpload.multipart.is_(None), multipart=multipart)


def touch(session: Session, upload_id: str) -> bool:
    """Note that somebody goes on with an upload; return False where it is over."""
    return _changed(session, upload_id, SourceUpload.completed_at.is_(None))


def receive(session: Session, upload_id: str, before: int, after: int) -> bool:
    """Note that an upload's bytes up to `after` are safe; return False where another one's are.

    That is complete which has all of them.
    """
    done = func.coalesce(SourceUpload.completed_at, func.clock_timestamp())
    return _changed(
        session,
        upload_id,
        SourceUpload.received_bytes == before,
        received_bytes=after,
        completed_at=case((SourceUpload.size_bytes == after, done), else_=None),
    )


def complete(session: Session, upload_id: str) -> bool:
    """Note that all of an upload is there; return False where it is being removed."""
    return _changed(
        session,
        upload_id,
        received_bytes=SourceUpload.size_bytes,
        completed_at=func.coalesce(SourceUpload.completed_at, func.clock_timestamp()),
    )


def usable(session: Session, tenant: str, upload_ids: Collection[str]) -> dict[str, str | None]:
    """Return those of some uploads that titles of the tenant may name, with the digests they have.

    Until the transaction ends they are not removed.
    """
    rows = session.execute(
        select(SourceUpload.id, SourceUpload.sha256)
        .where(
            SourceUpload.id == any_(literal(sorted(upload_ids), ARRAY(String))),
            SourceUpload.tenant == tenant,
            SourceUpload.completed_at.is_not(None),
            SourceUpload.removing_at.is_(None),
        )
        .order_by(SourceUpload.id)
        .with_for_update(read=True)
    )
    return {row.id: row.sha256 for row in rows}


def use(session: Session, job_id: str, upload_ids: Iterable[str]) -> None:
    """Note that a job names uploads, which stay until it has ended."""
    rows = [{"upload_id": upload_id, "job_id": job_id} for upload_id in sorted(set(upload_ids))]
    if rows:
        session.execute(insert(UploadUse).values(rows))


def is_used(session: Session, upload_id: str) -> bool:
    """Return whether a job that has not ended, or a catalog's title that waits, names an upload."""
    return bool(
        session.scalar(select(SourceUpload.id).where(SourceUpload.id == upload_id, _used()))
    )


def mark(session: Session, upload_id: str) -> None:
    """Note that an upload is being removed."""
    _changed(session, upload_id, removing_at=func.clock_timestamp())


def mark_due(session: Session, abandoned_after_s: float, keep_s: float, limit: int) -> int | None:
    """Note that uploads nobody goes on with, or that had their time, are being removed.

    Returns how many, None where there were none. Not those that a job names which has not ended,
    or a catalog's title that waits.
    """
    given_up = and_(_unfinished(), SourceUpload.touched_at < _ago(abandoned_after_s))
    had_their_time = and_(
        SourceUpload.completed_at < _ago(keep_s), SourceUpload.removing_at.is_(None), ~_used()
    )
    due = session.scalars(
        select(SourceUpload.id)
        .where(or_(given_up, had_their_time))
        .order_by(SourceUpload.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    # Whoever took one into use since the query began held its row, so that it was skipped, or
    # has committed: then it is seen now.
    marked = session.execute(
        update(SourceUpload)
        .where(SourceUpload.id.in_(due), ~_used())
        .values(removing_at=func.clock_timestamp())
        .returning(SourceUpload.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(marked) or None


def going(session: Session, settled_after_s: float, limit: int, after: str = "") -> list[Going]:
    """Return uploads that are being removed, by id, locked until the transaction ends."""
    rows = session.execute(
        select(
            SourceUpload.id, SourceUpload.tenant, SourceUpload.removing_at < _ago(settled_after_s)
        )
        .where(SourceUpload.removing_at.is_not(None), SourceUpload.id > after)
        .order_by(SourceUpload.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Going(*row) for row in rows]


def forget(session: Session, upload_id: str) -> None:
    """Forget an upload of which nothing is left."""
    session.execute(delete(SourceUpload).where(SourceUpload.id == upload_id))


def _changed(
    session: Session, upload_id: str, *conditions: ColumnElement[bool], **values: Any
) -> bool:
    """Change an upload that is not being removed; return whether it was as the conditions say."""
    changed = session.execute(
        update(SourceUpload)
        .where(SourceUpload.id == upload_id, SourceUpload.removing_at.is_(None), *conditions)
        .values(touched_at=func.clock_timestamp(), **values)
        .returning(SourceUpload.id)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None


def _unfinished() -> ColumnElement[bool]:
    return and_(SourceUpload.completed_at.is_(None), SourceUpload.removing_at.is_(None))


def _used() -> ColumnElement[bool]:
    by_a_job = select(UploadUse.job_id).where(
        UploadUse.upload_id == SourceUpload.id,
        UploadUse.job_id == Job.id,
        Job.finished_at.is_(None),
    )
    by_a_title = select(TitleUploadUse.catalog_id).where(
        TitleUploadUse.upload_id == SourceUpload.id,
        TitleUploadUse.catalog_id == CatalogTitle.catalog_id,
        TitleUploadUse.external_id == CatalogTitle.external_id,
        CatalogTitle.state == TitleState.WAITING,
    )
    # OFFSET: or all jobs and titles there are would be read, for the few uploads that are old.
    return or_(
        *(query.correlate(SourceUpload).offset(0).exists() for query in (by_a_job, by_a_title))
    )


def _ago(seconds: float) -> ColumnElement[Any]:
    return func.now() - timedelta(seconds=seconds)
