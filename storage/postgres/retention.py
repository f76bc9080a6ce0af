"""What nobody needs any more goes: parts by their last use, jobs and deliveries by their end.

Events go with their job, those of progress before it.

In batches, each a transaction: any number of passes may run at once, and skip what others hold.
A part goes in three steps, so that no step is ever led to a file that is not there: it is marked,
which hides it from all who look for it; then its files go, as those of any folder that nobody will
read (storage.postgres.uploads); its row, which the records of jobs still read, goes last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from farm.parts import Part
from farm.serial import from_json
from farm.states import ENDED_JOB, StepState
from storage.postgres import statements, uploads
from storage.postgres.models import Artifact, Delivery, EventRow, Job, Step

Act = Callable[[Session, float, int], int | None]  # each of these: with a time and a batch's size


def mark_parts(
    session: Session, keep_s: float, limit: int, *, keep_rejected_s: float
) -> int | None:
    """Mark parts that no job has used for so long; return how many, None when none was due.

    A part of a job that has not ended is in use, however long it takes, and one of a rejected job
    for `keep_rejected_s`, so that whoever asks why can look. Those who take parts into
    use hold their rows (artifacts.hold), so that what was taken before they are locked here is
    seen, and nothing is taken afterwards.
    """
    due = statements.rows(session, _DUE, keep_s=keep_s, limit=limit)
    if not due:
        return None
    found = [fingerprint for (fingerprint,) in due]
    marked = statements.rows(session, _MARK, fingerprints=found, keep_rejected_s=keep_rejected_s)
    for part, made_at, is_marked in marked:
        if is_marked:
            for folder in uploads.folders_of([from_json(Part, part)]):
                uploads.give_up(session, folder, made_at)
    return sum(1 for _, _, is_marked in marked if is_marked)


def forget_parts(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget parts that were marked and last used so long ago; return how many, None if none."""
    used_before = func.now() - timedelta(seconds=keep_s)
    due = (
        select(Artifact.fingerprint)
        .where(Artifact.removing_at.is_not(None), Artifact.used_at < used_before)
        .order_by(Artifact.used_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _delete(session, Artifact.fingerprint, session.scalars(due).all())


def forget_jobs(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget jobs that ended so long ago, with all that is theirs; return how many.

    That is their steps, needs, deliveries and events. None when none was due. Not those that a step
    still runs of, or a delivery is still owed of.
    """
    running = exists().where(Step.job_id == Job.id, Step.state == StepState.RUNNING)
    owed = exists().where(Delivery.job_id == Job.id, ~_delivery_ended())
    due = (
        select(Job.id)
        .where(
            Job.state.in_(ENDED_JOB),
            Job.finished_at < func.now() - timedelta(seconds=keep_s),
            ~running,
            ~owed,
        )
        .order_by(Job.finished_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(due).all()
    if found:  # which events do not refer to
        rows = delete(EventRow).where(EventRow.job_id.in_(found))
        session.execute(rows, execution_options={"synchronize_session": False})
    return _delete(session, Job.id, found)


def forget_progress(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget events of progress told so long ago; return how many, None when none was due."""
    gone = statements.rows(session, _FORGET_PROGRESS, keep_s=keep_s, limit=limit)
    return len(gone) or None


def forget_deliveries(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget deliveries that ended, either way, so long ago; return how many, None if none."""
    ended_at = func.coalesce(Delivery.delivered_at, Delivery.gave_up_at)
    due = (
        select(Delivery.id)
        .where(_delivery_ended(), ended_at < func.now() - timedelta(seconds=keep_s))
        .order_by(ended_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _delete(session, Delivery.id, session.scalars(due).all())


def forget_uploads(session: Session, keep_s: float, limit: int) -> int | None:
    """Forget what became of older uploads to catalogs; return how many, None when none was due."""
    gone = statements.rows(session, _FORGET_UPLOADS, keep_s=keep_s, limit=limit)
    return len(gone) or None


def _delete(session: Session, key: InstrumentedAttribute[Any], found: Sequence[Any]) -> int | None:
    if not found:
        return None
    rows = delete(key.class_).where(key.in_(found))
    session.execute(rows, execution_options={"synchronize_session": False})
    return len(found)


def _delivery_ended() -> ColumnElement[bool]:
    return or_(Delivery.delivered_at.is_not(None), Delivery.gave_up_at.is_not(None))


_DUE = """
SELECT fingerprint FROM artifact
 WHERE removing_at IS NULL AND used_at < now() - make_interval(secs => %(keep_s)s)
 ORDER BY used_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

# A snapshot of its own, later than the locks. Only jobs that were begun have steps that are done.
# What such a job needs is used now: it is not looked at again in every pass.
_MARK = """
WITH needed AS MATERIALIZED (
    SELECT DISTINCT made.value AS fingerprint
      FROM job JOIN step ON step.job_id = job.id
     CROSS JOIN LATERAL jsonb_each_text(step.parts) AS made
     WHERE (job.state IN ('RUNNING', 'PAUSED', 'WAITING')
            OR job.state = 'REJECTED'
               AND job.finished_at > now() - make_interval(secs => %(keep_rejected_s)s))
       AND step.state = 'DONE'
       AND made.value = ANY(%(fingerprints)s)
), judged AS (
    SELECT artifact.fingerprint, needed.fingerprint IS NULL AS goes
      FROM artifact LEFT JOIN needed USING (fingerprint)
     WHERE artifact.fingerprint = ANY(%(fingerprints)s)
)
UPDATE artifact
   SET removing_at = CASE WHEN goes THEN now() END,
       used_at = CASE WHEN goes THEN used_at ELSE now() END
  FROM judged WHERE artifact.fingerprint = judged.fingerprint
RETURNING part, created_at, goes
"""

_FORGET_PROGRESS = """
DELETE FROM event
 WHERE (xact, id) IN (SELECT xact, id FROM event
                       WHERE type = 'step.progress'
                         AND at < now() - make_interval(secs => %(keep_s)s)
                       ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""

# Their rows go with them.
_FORGET_UPLOADS = """
DELETE FROM catalog_upload
 WHERE id IN (SELECT id FROM catalog_upload
               WHERE created_at < now() - make_interval(secs => %(keep_s)s)
               ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
