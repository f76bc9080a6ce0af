"""Generations that nobody plays any more: which, and the note that they are being removed.

The note comes first, so that no job builds on a generation that has lost objects.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text, union, update
from sqlalchemy.orm import Session

from farm.spec import TEST_FOLDER
from farm.states import ENDED_JOB, StepState
from storage.postgres.generations import GONE, Asset, Numbered, of
from storage.postgres.models import Generation, Job, Step

PUBLISH = "publish"  # the kind of step that moves pointers
_ASSET = (Generation.origin, Generation.tenant, Generation.asset)
# In full, as the index on it has it.
_OF_TEST = f"right(generation.origin, {1 + len(TEST_FOLDER)}) = '/{TEST_FOLDER}'"
_REMOVING = and_(Generation.removing_at.is_not(None), Generation.digest != GONE)


@dataclass(frozen=True, slots=True)
class Removal:
    """A generation being removed; `settled` when nobody can be writing to it any more."""

    generation: Numbered
    settled: bool


def doubtful(session: Session, within_s: float) -> list[Asset]:
    """Return the assets whose pointers a publisher may have moved, or yet move, unnoticed.

    Those of publish steps of which an attempt did not complete: a worker that was suspended while
    it wrote a pointer writes it when it wakes up, whoever has published since.
    """
    origin = Job.spec["origin"].astext
    rows = session.execute(
        select(origin, Job.tenant, Job.asset)
        .join(Step, Step.job_id == Job.id)
        .where(
            Step.kind == PUBLISH,
            Step.started_at > func.now() - timedelta(seconds=within_s),
            or_(Step.attempts > 1, Step.state.not_in((StepState.RUNNING, StepState.DONE))),
        )
        .distinct()
    )
    return [Asset(*row) for row in rows]


def due(session: Session, keep_s: float) -> list[Asset]:
    """Return the assets that have generations to remove, or being removed."""
    # Each by an index of its own, however many generations are kept.
    each = (_REMOVING, _superseded(keep_s), _in_vain())
    found = union(*(select(*_ASSET).where(condition) for condition in each))
    return sorted(Asset(*row) for row in session.execute(found))


def mark(session: Session, asset: Asset, keep_s: float, spared: Collection[int]) -> list[int]:
    """Note of a locked asset's unneeded generations that they are being removed; return them.

    Unneeded is what was superseded more than `keep_s` ago, or never published, while no job
    that could publish it is unfinished.
    """
    return sorted(
        session.scalars(
            update(Generation)
            .where(of(asset), _unneeded(keep_s), Generation.number.not_in(spared))
            .values(removing_at=func.clock_timestamp())
            .returning(Generation.number)
            .execution_options(synchronize_session=False)
        )
    )


def tests_over(session: Session, keep_s: float) -> list[Asset]:
    """Return the assets that have generations of tests that ended so long ago."""
    found = session.execute(select(*_ASSET).where(_test_over(keep_s)).distinct())
    return sorted(Asset(*row) for row in found)


def over(session: Session, asset: Asset, keep_s: float) -> set[int]:
    """Return a locked asset's generations of tests that ended so long ago."""
    return set(session.scalars(select(Generation.number).where(of(asset), _test_over(keep_s))))


def mark_over(session: Session, asset: Asset, numbers: Collection[int]) -> None:
    """Note of a locked asset's generations that they are being removed, whoever plays them."""
    now = func.clock_timestamp()
    session.execute(
        update(Generation)
        .where(of(asset), Generation.number.in_(numbers))
        .values(removing_at=now, superseded_at=func.coalesce(Generation.superseded_at, now))
    )


def supersede_anew(session: Session, asset: Asset, numbers: Collection[int]) -> None:
    """Note that players were led to these generations until now."""
    session.execute(
        update(Generation)
        .where(of(asset), Generation.number.in_(numbers), Generation.removing_at.is_(None))
        .values(superseded_at=func.clock_timestamp())
    )


def shelves(session: Session) -> list[tuple[str, str]]:
    """Return every origin and tenant that generations are known of."""
    pairs = select(Generation.origin, Generation.tenant).distinct()
    return sorted((origin, tenant) for origin, tenant in session.execute(pairs))


def being_removed(session: Session, settled_after_s: float) -> list[Removal]:
    """Return the generations being removed; settled ones' last job ended so long ago.

    Or is forgotten: it stayed for longer than that (storage.postgres.retention).
    """
    ended_before = func.now() - timedelta(seconds=settled_after_s)
    settled = or_(Job.id.is_(None), Job.finished_at < ended_before)
    rows = session.execute(
        select(*_ASSET, Generation.number, Generation.digest, settled)
        .outerjoin(Job, Job.id == Generation.job_id)
        .where(_REMOVING)
        .order_by(*_ASSET, Generation.number)
    )
    return [
        Removal(Numbered(Asset(origin, tenant, asset), number, digest), bool(is_settled))
        for origin, tenant, asset, number, digest, is_settled in rows
    ]


def take(session: Session, generation: Numbered) -> bool:
    """Lock a generation being removed until the transaction ends; False when somebody else has."""
    row = session.scalar(
        select(Generation.number)
        .where(_is(generation), _REMOVING)
        .with_for_update(skip_locked=True)
    )
    return row is not None


def forget(session: Session, generation: Numbered) -> None:
    """Forget a generation that is gone; the newest of an asset leaves its number behind."""
    newest = session.scalar(select(func.max(Generation.number)).where(of(generation.asset)))
    if newest == generation.number:
        session.execute(update(Generation).where(_is(generation)).values(digest=GONE))
    else:
        session.execute(delete(Generation).where(_is(generation)))


def _is(generation: Numbered) -> ColumnElement[bool]:
    return and_(of(generation.asset), Generation.number == generation.number)


def _unneeded(keep_s: float) -> ColumnElement[bool]:
    return or_(_superseded(keep_s), _in_vain())


def _superseded(keep_s: float) -> ColumnElement[bool]:
    long_ago = Generation.superseded_at < func.now() - timedelta(seconds=keep_s)
    return and_(Generation.removing_at.is_(None), long_ago, ~_unfinished())


def _test_over(keep_s: float) -> ColumnElement[bool]:
    made_at = func.coalesce(
        Generation.published_at, Generation.superseded_at, Generation.created_at
    )
    return and_(
        text(_OF_TEST),
        Generation.removing_at.is_(None),
        made_at < func.now() - timedelta(seconds=keep_s),
        ~_unfinished(),
    )


def _in_vain() -> ColumnElement[bool]:
    return and_(
        Generation.removing_at.is_(None),
        Generation.published_at.is_(None),
        Generation.superseded_at.is_(None),
        ~_unfinished(),
    )


def _unfinished() -> ColumnElement[bool]:
    return exists().where(
        Job.tenant == Generation.tenant,
        Job.asset == Generation.asset,
        Job.spec["origin"].astext == Generation.origin,
        Job.state.not_in(ENDED_JOB),
    )
