"""Generations of an asset: numbered once per content, current when of the newest submission.

Whoever changes them holds the asset's lock. A number is never given twice, so what is removed
under one can be removed however late, and however often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from storage.postgres.models import Decision, Generation, Job

ROLLBACK, UNPUBLISH = "rollback", "unpublish"  # the kinds of decisions
GONE = ""  # the digest of a generation of which only the number is left


@dataclass(frozen=True, slots=True, order=True)
class Asset:
    """One asset at one origin."""

    origin: str
    tenant: str
    asset: str

    @property
    def folder(self) -> str:
        """Return the key prefix of all that is the asset's, without the slash."""
        return f"{self.tenant}/{self.asset}"


@dataclass(frozen=True, slots=True)
class Numbered:
    """One generation of an asset."""

    asset: Asset
    number: int
    digest: str

    @property
    def name(self) -> str:
        """Return the name of its folder in the asset's."""
        return f"g{self.number}-{self.digest[:8]}"

    @property
    def folder(self) -> str:
        """Return the key prefix of its objects, without the slash."""
        return f"{self.asset.folder}/{self.name}"


def lock(session: Session, asset: Asset) -> None:
    """Let one transaction at a time change an asset's generations and pointers."""
    session.execute(select(func.pg_advisory_xact_lock(_lock_key(asset))))


def try_lock(session: Session, asset: Asset) -> bool:
    """Do as `lock`, but return False instead of waiting."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_lock_key(asset)))))


def reserve(session: Session, asset: Asset, digest: str, job_id: str) -> Numbered:
    """Return the generation with this content, a new one if there is none; it is this job's now.

    Until the job has ended it will not be removed. One that is being removed does not count.
    """
    lock(session, asset)
    known = session.scalar(
        update(Generation)
        .where(of(asset), Generation.digest == digest, Generation.removing_at.is_(None))
        .values(job_id=job_id)
        .returning(Generation.number)
    )
    if known is not None:
        return Numbered(asset, known, digest)
    newest = session.scalar(select(func.max(Generation.number)).where(of(asset))) or 0
    session.execute(delete(Generation).where(of(asset), Generation.digest == GONE))
    session.add(
        Generation(
            origin=asset.origin,
            tenant=asset.tenant,
            asset=asset.asset,
            number=newest + 1,
            digest=digest,
            job_id=job_id,
        )
    )
    return Numbered(asset, newest + 1, digest)


def published_since(session: Session, asset: Asset, job: Job) -> str | None:
    """Return what came after `job` and decides what is live: the newest job that has published.

    Or ROLLBACK or UNPUBLISH, where somebody decided it after that one was submitted.
    """
    decision = select(
        Decision.submission,
        case((Decision.generation.is_(None), UNPUBLISH), else_=ROLLBACK),
    ).where(
        Decision.origin == asset.origin,
        Decision.tenant == asset.tenant,
        Decision.asset == asset.asset,
        Decision.submission > job.submission,
    )
    published = select(Generation.submission, Generation.published_by).where(
        of(asset), Generation.submission > job.submission
    )
    since = session.execute(union_all(decision, published)).all()
    return max(since)[1] if since else None


def publish(session: Session, asset: Asset, number: int, job: Job) -> None:
    """Note that the pointers lead to this generation now, by `job`, and no longer to any other."""
    _lead(session, asset, number, submission=job.submission, published_by=job.id)


def publish_again(session: Session, asset: Asset, number: int) -> None:
    """Note that the pointers are to lead to a generation that is whole, and to no other."""
    _lead(session, asset, number)


def _lead(session: Session, asset: Asset, number: int, **values: Any) -> None:
    now = func.clock_timestamp()
    whole_at = func.coalesce(Generation.whole_at, now)
    session.execute(
        update(Generation)
        .where(of(asset), Generation.number == number)
        .values(published_at=now, superseded_at=None, whole_at=whole_at, **values)
    )
    supersede(session, asset, Generation.number != number)


def supersede(session: Session, asset: Asset, which: ColumnElement[bool] | None = None) -> None:
    """Note of an asset's generations (of some) that players are led to them no longer."""
    # Of the unpublished ones too: an interrupted publication may have moved a pointer there.
    session.execute(
        update(Generation)
        .where(
            of(asset),
            true() if which is None else which,
            Generation.superseded_at.is_(None),
            Generation.removing_at.is_(None),  # locked while its objects are being removed
        )
        .values(superseded_at=func.clock_timestamp())
    )


def keep_back(session: Session, asset: Asset, number: int) -> None:
    """Note of a generation that came too late to be published that it is whole, for a rollback.

    It goes as one that was superseded now. That of the same content as the current one stays that.
    """
    now = func.clock_timestamp()
    session.execute(
        update(Generation)
        .where(
            of(asset),
            Generation.number == number,
            or_(Generation.published_at.is_(None), Generation.superseded_at.is_not(None)),
        )
        .values(superseded_at=now, whole_at=func.coalesce(Generation.whole_at, now))
    )


def current(session: Session, asset: Asset) -> Numbered | None:
    """Return the generation that the pointers are to lead to, None before the first one."""
    row = session.execute(
        select(Generation.number, Generation.digest)
        .where(of(asset), Generation.published_at.is_not(None), Generation.superseded_at.is_(None))
        .order_by(Generation.published_at.desc())
        .limit(1)
    ).one_or_none()
    return Numbered(asset, *row) if row else None


def of(asset: Asset) -> ColumnElement[bool]:
    """Return the condition that a row is of this asset."""
    return and_(
        Generation.origin == asset.origin,
        Generation.tenant == asset.tenant,
        Generation.asset == asset.asset,
    )


def _lock_key(asset: Asset) -> ColumnElement[int]:
    return func.hashtextextended(f"{asset.origin}\n{asset.tenant}\n{asset.asset}", 0)
