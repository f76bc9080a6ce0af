"""Reviews: what persons say of titles that wait for their verdict, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec
from services.submit import wake
from storage.postgres import audit, reviews
from storage.postgres.database import Database, Transaction
from storage.postgres.models import Job, Review
from storage.postgres.reviews import OpenReview, ReviewPlace
from storage.wakeups import Wakeups

MOST_WORDS = 2000  # of a reason or a comment


def list_open(
    database: Database, caller: Caller, after: ReviewPlace | None, limit: int
) -> Sequence[OpenReview]:
    """Return the caller's titles that wait for a person, the one that waits longest first."""
    with database.begin(caller.tenant) as session:
        return reviews.open_reviews(session, caller.tenant, after, limit)


def claim(database: Database, caller: Caller, job_id: str, *, take_over: bool = False) -> None:
    """Have the caller review a title; raise Conflict where somebody else does.

    Unless it is to be taken over. Raises NotFound for a job that is not the caller's and Conflict
    for one that waits for no verdict, as all of these do.
    """
    with database.begin(caller.tenant) as session:
        job, review = reviews.held(session, caller.tenant, job_id)
        if not take_over:
            _check_claim(review, caller)
        reviews.claim(session, job, review, caller.name)
        audit.note(session, caller, "review.claimed", job_id)


def release(database: Database, caller: Caller, job_id: str) -> None:
    """Have nobody review a title; raise Conflict where somebody else does."""
    with database.begin(caller.tenant) as session:
        job, review = _held(session, caller, job_id)
        reviews.claim(session, job, review, None)
        audit.note(session, caller, "review.released", job_id)


def comment(
    database: Database, caller: Caller, job_id: str, words: str, time_s: float | None
) -> None:
    """Keep a comment on a title that waits, on the moment `time_s` of it or on all of it."""
    with database.begin(caller.tenant) as session:
        job, _ = reviews.held(session, caller.tenant, job_id)
        words = _checked(words)
        reviews.note(session, job, caller.name, words, time_s=time_s)
        audit.note(session, caller, "review.commented", job_id, words=words, time_s=time_s)


def waive(database: Database, caller: Caller, job_id: str, rule: str, reason: str) -> None:
    """Keep that a check may be as it is, and why; raise InvalidSpec for one nobody is asked about.

    The title waits on: it takes an approval to be published.
    """
    with database.begin(caller.tenant) as session:
        job, review = _held(session, caller, job_id)
        reason = _checked(reason)
        asked = [check["rule"] for check in review.asked]
        if rule not in asked:
            there = ", ".join(asked) or "none: all of the title is to be looked at"
            raise InvalidSpec.of("waives", f"{rule!a} is not to be decided on; there is {there}")
        if rule in reviews.waived(session, job_id):
            raise Conflict(f"{rule} of job {job_id} was waived already", input=job_id)
        reviews.note(session, job, caller.name, reason, waives=rule)
        audit.note(session, caller, "review.waived", job_id, rule=rule, reason=reason)


def approve(database: Database, wakeups: Wakeups, caller: Caller, job_id: str, reason: str) -> None:
    """Let a title be published; raise Conflict where somebody else reviews it."""
    with database.begin(caller.tenant) as session:
        job, review = _held(session, caller, job_id)
        reason = _checked(reason)
        to_wake = reviews.approve(session, job, review, caller.name, reason)
        audit.note(session, caller, "review.approved", job_id, reason=reason)
    wake(wakeups, to_wake)


def reject(database: Database, caller: Caller, job_id: str, reason: str) -> None:
    """End a title's job without publishing it; raise Conflict where somebody else reviews it."""
    with database.begin(caller.tenant) as session:
        job, review = _held(session, caller, job_id)
        reason = _checked(reason)
        reviews.reject(session, job, review, caller.name, reason)
        audit.note(session, caller, "review.rejected", job_id, reason=reason)


def _checked(words: str) -> str:
    """Return what somebody says, without blanks around; raise InvalidSpec for what is too much."""
    said = words.strip()
    if not said or len(said) > MOST_WORDS or "\0" in said:
        raise InvalidSpec.of("words", f"say why: from 1 to {MOST_WORDS} letters, none of them NUL")
    return said


def _held(session: Transaction, caller: Caller, job_id: str) -> tuple[Job, Review]:
    """Return a waiting job and its review, which nobody but the caller has."""
    job, review = reviews.held(session, caller.tenant, job_id)
    _check_claim(review, caller)
    return job, review


def _check_claim(review: Review, caller: Caller) -> None:
    if review.claimed_by not in (None, caller.name):
        raise Conflict(
            f"{review.claimed_by} reviews job {review.job_id}: take it over first, or leave it to"
            " them",
            input=review.job_id,
            claimed_by=review.claimed_by,
        )
