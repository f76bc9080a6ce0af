"""A step that cannot tell before others have run: it waits for them, and is then run anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from farm.failpoint import reached
from farm.plan import StepPlan
from farm.states import JobState, StepState
from storage.postgres import events, jobs
from storage.postgres.claims import Claim
from storage.postgres.leases import give_back, secure
from storage.postgres.models import Step
from storage.wakeups import Wakeup


def wait_for(
    session: Session, claimed: Claim, steps: Sequence[StepPlan], inputs: Sequence[str]
) -> list[Wakeup]:
    """Add steps to the job and have ours wait for them, with new inputs; return what can start.

    It is no failed attempt, and counts as none. Raises Cancelled when the lease is not ours any
    more; nothing is changed then.
    """
    job = secure(session, claimed)
    jobs.add_steps(session, job, steps)
    give_back(
        session,
        claimed,
        StepState.BLOCKED,
        inputs=list(inputs),
        progress=0.0,
        attempts=Step.attempts - 1,
    )
    jobs.need(session, job.id, claimed.step_id, inputs)
    events.tell_of_step(session, claimed.step_id, "released")
    freed, _ = jobs.free_steps(session, job.id, JobState(job.state))
    reached("ask.before-commit")
    return freed
