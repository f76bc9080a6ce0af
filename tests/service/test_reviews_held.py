"""What PostgreSQL holds of a review: beside pauses, lost leases, two decisions, a job that ends."""

from __future__ import annotations

import pytest

from farm.access import LOCAL
from farm.errors import Cancelled, Conflict
from farm.plan import StepPlan
from farm.states import JobState, StepState
from services import reviews as use
from storage.postgres import control, reviews
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Review, Step
from storage.wakeups import Wakeups
from tests.service.leased import submit, take

ASKED = [{"rule": "black", "title": "No long black picture", "evidence": "0.0 s to 12.0 s"}]


@pytest.fixture
def claimed(database: Database) -> Claim:
    """A job's only step, leased."""
    _, [step_id] = submit(database, StepPlan("publish", "publish"))
    return take(database, step_id)


def ask(database: Database, claimed: Claim) -> None:
    with database.begin() as session:
        reviews.wait_for_person(session, claimed, ASKED)


def states(database: Database, claimed: Claim) -> tuple[str, str]:
    with database.begin() as session:
        return (
            session.get_one(Job, claimed.job_id).state,
            session.get_one(Step, claimed.step_id).state,
        )


def is_open(database: Database, claimed: Claim) -> bool:
    with database.begin() as session:
        review = session.get(Review, claimed.job_id)
        return review is not None and review.decided_at is None


def test_a_job_paused_while_its_step_asks_waits_once_it_goes_on(
    database: Database, wakeups: Wakeups, claimed: Claim
) -> None:
    with database.begin() as session:
        control.pause(session, "*", claimed.job_id)
    ask(database, claimed)
    assert states(database, claimed) == (JobState.PAUSED, StepState.WAITING)
    assert use.list_open(database, LOCAL, None, 10) == []
    with pytest.raises(Conflict, match=r"waits for nobody's verdict \(PAUSED\)"):
        use.approve(database, wakeups, LOCAL, claimed.job_id, "Seen.")
    with database.begin() as session:
        assert control.resume(session, "*", claimed.job_id) == (JobState.WAITING, [])
    [listed] = use.list_open(database, LOCAL, None, 10)
    assert (listed.job_id, listed.asked) == (claimed.job_id, ASKED)
    use.approve(database, wakeups, LOCAL, claimed.job_id, "Seen.")
    assert states(database, claimed) == (JobState.RUNNING, StepState.QUEUED)
    again = take(database, claimed.step_id)
    assert again.params == {"approved": True}
    with database.begin() as session:
        assert session.get_one(Step, claimed.step_id).attempts == 1  # asking counts as none


def test_whoever_lost_the_lease_asks_nobody(database: Database, claimed: Claim) -> None:
    with database.begin() as session:
        session.get_one(Step, claimed.step_id).epoch += 1
    with pytest.raises(Cancelled):
        ask(database, claimed)
    assert states(database, claimed) == (JobState.RUNNING, StepState.RUNNING)
    assert not is_open(database, claimed)


def test_a_job_that_is_cancelled_meanwhile_closes_its_review_undecided(
    database: Database, claimed: Claim
) -> None:
    ask(database, claimed)
    assert is_open(database, claimed)
    with database.begin() as session:
        control.request_cancel(session, "*", claimed.job_id)
    assert states(database, claimed) == (JobState.CANCELLED, StepState.CANCELLED)
    assert not is_open(database, claimed)
    with database.begin() as session:
        assert session.get_one(Review, claimed.job_id).verdict is None


def test_of_two_decisions_the_second_comes_too_late(
    database: Database, wakeups: Wakeups, claimed: Claim
) -> None:
    ask(database, claimed)
    use.reject(database, LOCAL, claimed.job_id, "Too dark.")
    with pytest.raises(Conflict, match="it was rejected already"):
        use.approve(database, wakeups, LOCAL, claimed.job_id, "Seen.")
    assert states(database, claimed) == (JobState.REJECTED, StepState.FAILED)
