"""Reviews: a step waits for a person, and what that person says frees it or ends its job.

Every change takes the job's row first, so that of two decisions one comes too late and is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.errors import Conflict, ReviewRejected
from farm.events import EventType, News
from farm.failpoint import reached
from farm.plan import Resource
from farm.states import JOB_MOVES, STEP_MOVES, JobState, StepState, TitleState, check_move
from storage.postgres import catalog_titles, control, events, jobs
from storage.postgres.claims import Claim
from storage.postgres.leases import give_back, secure
from storage.postgres.models import Job, Review, ReviewNote, Step
from storage.postgres.scoped import within
from storage.wakeups import Wakeup

APPROVED, REJECTED = "approved", "rejected"
MAX_NOTES = 1000  # of one title


ReviewPlace = tuple[datetime, str]  # of a review in a list: when it was opened, and of which job


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A title that waits for a person's verdict, as lists show it."""

    job_id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str
    asked: Sequence[Mapping[str, Any]]
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None

    @property
    def place(self) -> ReviewPlace:
        """Return where in the list it is."""
        return self.opened_at, self.job_id


def wait_for_person(session: Session, claimed: Claim, asked: Sequence[Mapping[str, Any]]) -> None:
    """End our lease with the step WAITING, and have a review opened for its job.

    It is no failed attempt, and counts as none. A paused job stays so, and waits once it goes on.
    Raises Cancelled when the lease is not ours any more; nothing is changed then.
    """
    job = secure(session, claimed)
    give_back(session, claimed, StepState.WAITING, progress=0.0, attempts=Step.attempts - 1)
    events.tell_of_step(session, claimed.step_id, "released")
    opened = insert(Review).values(job_id=job.id, tenant=job.tenant, asked=list(asked))
    session.execute(opened.on_conflict_do_nothing())
    if job.state == JobState.RUNNING:
        job.state = check_move(JOB_MOVES, JobState.RUNNING, JobState.WAITING)
    if job.catalog:
        catalog_titles.move(session, job.id, TitleState.REVIEW)
    told = {"asset": job.asset, "external_id": job.external_id, "asked": list(asked)}
    events.tell(session, job.id, [News(EventType.REVIEW_ASKED, told)])
    reached("review.before-commit")


def open_reviews(
    session: Session, tenant: str, after: ReviewPlace | None, limit: int
) -> list[OpenReview]:
    """Return the titles that wait for a person, the one that waits longest first."""
    query = (
        select(
            *(Review.job_id, Job.tenant, Job.asset, Job.external_id, Job.catalog, Review.asked),
            *(Review.opened_at, Review.claimed_by, Review.claimed_at),
        )
        .join(Job, Job.id == Review.job_id)
        .where(
            Review.decided_at.is_(None),
            Job.state == JobState.WAITING,
            within(Review.tenant, tenant),
        )
        .order_by(Review.opened_at, Review.job_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Review.opened_at, Review.job_id) > after)
    return [OpenReview(*row) for row in session.execute(query)]


def held(session: Session, tenant: str, job_id: str) -> tuple[Job, Review]:
    """Return a job that waits for a person and its review, both locked.

    Raises NotFound where the tenant has no such job, Conflict for one that does not wait.
    """
    job = control.locked(session, tenant, job_id)
    review = session.get(Review, job_id, with_for_update=True, populate_existing=True)
    if job.state != JobState.WAITING or review is None:
        raise Conflict(
            f"job {job_id} waits for nobody's verdict ({job.state})"
            + (f": it was {review.verdict} already" if review and review.verdict else ""),
            input=job_id,
            state=job.state,
        )
    return job, review


def claim(session: Session, job: Job, review: Review, by: str | None) -> None:
    """Note who reviews a title; None: nobody does any more."""
    review.claimed_by = by
    review.claimed_at = session.scalar(select(func.clock_timestamp())) if by else None
    events.tell(session, job.id, [News(EventType.REVIEW_CLAIMED, {"asset": job.asset, "by": by})])


def note(
    session: Session,
    job: Job,
    by: str,
    words: str,
    *,
    time_s: float | None = None,
    waives: str | None = None,
) -> None:
    """Keep a comment, or that a check is waived and why; raise Conflict where there are enough."""
    count = select(func.count()).where(ReviewNote.job_id == job.id)
    if (session.scalar(count) or 0) >= MAX_NOTES:
        raise Conflict(f"job {job.id} has {MAX_NOTES} notes already: decide", input=job.id)
    session.add(
        ReviewNote(
            job_id=job.id, tenant=job.tenant, by=by, words=words, time_s=time_s, waives=waives
        )
    )
    told = {"asset": job.asset, "by": by, "words": words, "time_s": time_s, "waives": waives}
    events.tell(session, job.id, [News(EventType.REVIEW_NOTED, told)])


def waived(session: Session, job_id: str) -> set[str]:
    """Return the checks of a title that were waived."""
    found = select(ReviewNote.waives).where(
        ReviewNote.job_id == job_id, ReviewNote.waives.is_not(None)
    )
    return {rule for rule in session.scalars(found) if rule is not None}


def approve(session: Session, job: Job, review: Review, by: str, reason: str) -> list[Wakeup]:
    """Let a title be published; return what to wake workers for."""
    _decide(session, review, APPROVED, by, reason)
    job.state = check_move(JOB_MOVES, JobState.WAITING, JobState.RUNNING)
    freed = session.execute(
        update(Step)
        .where(Step.job_id == job.id, Step.state == StepState.WAITING)
        .values(
            state=check_move(STEP_MOVES, StepState.WAITING, StepState.QUEUED),
            params=Step.params.op("||")(func.jsonb_build_object("approved", True)),
            queued_at=func.now(),
            woken_at=None,
        )
        .returning(Step.id, Step.resource)
    )
    if job.catalog:
        catalog_titles.move(session, job.id, TitleState.TAKEN)
    told = {"asset": job.asset, "by": by, "reason": reason}
    events.tell(session, job.id, [News(EventType.REVIEW_APPROVED, told)])
    return [Wakeup(step_id, Resource(resource)) for step_id, resource in freed]


def reject(session: Session, job: Job, review: Review, by: str, reason: str) -> None:
    """End a title's job, whose outputs stay unpublished."""
    _decide(session, review, REJECTED, by, reason)
    error = ReviewRejected(
        f"{job.asset}: rejected in review by {by}, nothing was published: {reason}",
        by=by,
        reason=reason,
    ).as_json()
    [key] = session.scalars(
        update(Step)
        .where(Step.job_id == job.id, Step.state == StepState.WAITING)
        .values(
            state=check_move(STEP_MOVES, StepState.WAITING, StepState.FAILED),
            error=error,
            finished_at=func.clock_timestamp(),
        )
        .returning(Step.key)
    )
    jobs.finish(session, job, JobState.REJECTED, {**error, "step": key})


def _decide(session: Session, review: Review, verdict: str, by: str, reason: str) -> None:
    review.verdict, review.decided_by, review.reason = verdict, by, reason
    review.decided_at = session.scalar(select(func.clock_timestamp()))
