"""Steps that are done, and are to be done again with something changed: they wait as before.

What does not build on them stays done. A worker that still had one of them is fenced off.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.events import News
from farm.failpoint import reached
from farm.plan import ChangedStep, StepPlan, building_on
from farm.states import STEP_MOVES, JobState, StepState, check_move
from storage.postgres import events, jobs
from storage.postgres.claims import Claim
from storage.postgres.leases import give_back, secure
from storage.postgres.models import Step
from storage.wakeups import Wakeup


def reopen(
    session: Session,
    claimed: Claim,
    steps: Sequence[StepPlan],
    changes: Sequence[ChangedStep],
    news: Sequence[News],
) -> list[Wakeup]:
    """Add steps to the job, have changed ones and all that builds on them done again, ours too.

    Returns what can start. It is no failed attempt of ours, and counts as none. Raises Cancelled
    when the lease is not ours any more; nothing is changed then.
    """
    job = secure(session, claimed)
    jobs.add_steps(session, job, steps)
    found = session.scalars(
        select(Step).where(Step.job_id == job.id).order_by(Step.id).with_for_update()
    )
    there = {step.key: step for step in found}
    for change in changes:
        step = there[change.key]
        step.params = {**step.params, **change.params}
        step.inputs = [*step.inputs, *change.more_inputs]
        jobs.need(session, job.id, step.id, change.more_inputs)
    inputs = {key: step.inputs for key, step in there.items()}
    again = building_on(inputs, [change.key for change in changes])
    for key in sorted(again - {claimed.key}):
        if there[key].state != StepState.BLOCKED:
            _reopen(there[key])
    session.flush()
    give_back(session, claimed, StepState.BLOCKED, progress=0.0, attempts=Step.attempts - 1)
    jobs.need(session, job.id, claimed.step_id, [change.key for change in changes])
    events.tell_of_step(session, claimed.step_id, "released")
    events.tell(session, job.id, news)
    freed, _ = jobs.free_steps(session, job.id, JobState(job.state))
    reached("reopen.before-commit")
    return freed


def _reopen(step: Step) -> None:
    """Have a step wait as if it had not run; what it took stays counted."""
    step.state = check_move(STEP_MOVES, StepState(step.state), StepState.BLOCKED)
    step.epoch += 1
    step.parts = None
    step.reused = False
    step.progress = 0.0
    step.finished_at = step.lease_until = step.not_before = step.woken_at = None
