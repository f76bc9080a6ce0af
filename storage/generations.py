"""Generations of an asset: numbered once per content, current when published last."""

from __future__ import annotations

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from storage.models import Generation


def reserve(
    session: Session, origin: str, tenant: str, asset: str, digest: str, job_id: str
) -> int:
    """Return the number of the generation with this content, a new one if there is none."""
    lock(session, origin, tenant, asset)
    same = (Generation.origin == origin, Generation.tenant == tenant, Generation.asset == asset)
    known = session.scalar(select(Generation.number).where(*same, Generation.digest == digest))
    if known is not None:
        return known
    newest = session.scalar(select(func.max(Generation.number)).where(*same)) or 0
    session.add(
        Generation(
            origin=origin,
            tenant=tenant,
            asset=asset,
            number=newest + 1,
            digest=digest,
            job_id=job_id,
        )
    )
    return newest + 1


def lock(session: Session, origin: str, tenant: str, asset: str) -> None:
    """Let one publisher of an asset go on at a time, until the transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"{origin}\n{tenant}\n{asset}"},
    )


def publish(session: Session, origin: str, tenant: str, asset: str, number: int) -> None:
    """Note that the pointers lead to this generation now."""
    session.execute(
        update(Generation)
        .where(
            Generation.origin == origin,
            Generation.tenant == tenant,
            Generation.asset == asset,
            Generation.number == number,
        )
        .values(published_at=func.now())
    )
