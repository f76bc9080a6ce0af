"""What people decide of assets: which generation is live, or none, whatever was published last.

A decision counts as a submission of its own: what was submitted before it does not replace it,
what is submitted after it does. PostgreSQL has it before the pointers follow, so that whoever dies
in between leaves it to a reconciler.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.postgres.generations import Asset
from storage.postgres.models import Decision, Job

_NEXT = func.nextval("job_submission")


def decide(session: Session, asset: Asset, generation: int | None, by: str) -> None:
    """Write down that a locked asset's live generation is this one, or none, from now on."""
    decided = {
        "generation": generation,
        "submission": _NEXT,
        "decided_at": func.clock_timestamp(),
        "decided_by": by,
        "obeyed_at": None,
        "retried": False,
    }
    session.execute(
        insert(Decision)
        .values(origin=asset.origin, tenant=asset.tenant, asset=asset.asset, **decided)
        .on_conflict_do_update(
            index_elements=[Decision.origin, Decision.tenant, Decision.asset], set_=decided
        )
    )


def newest(session: Session, asset: Asset) -> Decision | None:
    """Return what was decided last of an asset, None where nothing ever was."""
    found = select(Decision).where(_of(asset)).execution_options(populate_existing=True)
    return session.scalar(found)


def is_pending(session: Session, asset: Asset) -> bool:
    """Return whether the pointers are still to follow a decision."""
    decided = newest(session, asset)
    return decided is not None and decided.obeyed_at is None


def is_unpublished(session: Session, asset: Asset) -> bool:
    """Return whether it was decided that no generation is live, where none is."""
    decided = newest(session, asset)
    return decided is not None and decided.generation is None


def obeyed(session: Session, asset: Asset, *, again: bool) -> None:
    """Note that the pointers are as decided; `again` where another attempt at it was cut short."""
    session.execute(
        update(Decision)
        .where(_of(asset))
        .values(obeyed_at=func.clock_timestamp(), retried=Decision.retried | again)
        .execution_options(synchronize_session=False)
    )


def doubtful(session: Session, within_s: float) -> list[Asset]:
    """Return the assets whose pointers do not follow a decision yet, or may be moved unnoticed.

    By an attempt that was cut short: a process that was suspended while it wrote a pointer writes
    it when it wakes up.
    """
    lately = Decision.decided_at > func.now() - timedelta(seconds=within_s)
    rows = session.execute(
        select(Decision.origin, Decision.tenant, Decision.asset).where(
            or_(Decision.obeyed_at.is_(None), and_(Decision.retried, lately))
        )
    )
    return [Asset(*row) for row in rows]


def is_contested(session: Session, asset: Asset, decided: Decision) -> bool:
    """Return whether a job that was submitted after a decision may yet replace it."""
    return bool(
        session.scalar(
            select(
                select(Job.id)
                .where(
                    Job.tenant == asset.tenant,
                    Job.asset == asset.asset,
                    Job.spec["origin"].astext == asset.origin,
                    Job.submission > decided.submission,
                    Job.finished_at.is_(None),
                )
                .exists()
            )
        )
    )


def _of(asset: Asset) -> ColumnElement[bool]:
    return and_(
        Decision.origin == asset.origin,
        Decision.tenant == asset.tenant,
        Decision.asset == asset.asset,
    )
