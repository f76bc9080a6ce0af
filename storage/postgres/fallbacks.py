"""Steps that were to be done on a device and go elsewhere: to another one, or to the processor.

None of it counts as a failed attempt: it is the device that failed, and not the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from farm.devices import Fallback
from farm.plan import Resource, StepPlan
from farm.serial import to_json
from farm.states import STEP_MOVES, StepState, check_move
from storage.postgres import events, jobs, statements
from storage.postgres.claims import Claim, mine
from storage.postgres.leases import waiting_state
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup

Transaction: TypeAlias = Session  # what use cases hand on


def leased(session: Session, claimed: Claim) -> tuple[Job, Step] | None:
    """Return the job and the step of a claim that still holds, both locked; None where not."""
    job = jobs.lock(session, claimed.job_id)
    step = session.scalar(
        select(Step)
        .where(*mine(claimed))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (job, step) if step is not None else None


def has_another(session: Session, step: Step, avoids: Sequence[str], within_s: float) -> bool:
    """Return whether a device of the step's kind works that it has not failed on."""
    return bool(
        statements.value(
            session,
            _ANOTHER,
            kind=step.device_kind,
            sessions=step.sessions,
            avoids=list(avoids),
            within_s=within_s,
        )
    )


def queue_again(
    session: Session,
    job: Job,
    step: Step,
    fallback: Fallback,
    *,
    error: dict[str, Any],
    avoids: Sequence[str] | None = None,
    params: dict[str, Any] | None = None,
    pause_s: float = 0.0,
) -> Wakeup | None:
    """Give a leased step back, to be done on a device again; return what to wake workers for."""
    step.avoids = list(step.avoids if avoids is None else avoids)
    if params is not None:
        step.params = params
    return _given_back(session, job, step, fallback, error, pause_s)


def queue_on_cpu(
    session: Session,
    job: Job,
    step: Step,
    fallback: Fallback,
    plan: StepPlan,
    *,
    error: dict[str, Any],
) -> Wakeup | None:
    """Give a leased step back, to be done on the processor; return what to wake workers for."""
    _replan(step, plan)
    return _given_back(session, job, step, fallback, error, 0.0)


def move_to_cpu(session: Session, step: Step, fallback: Fallback, plan: StepPlan) -> Wakeup | None:
    """Have a step that waits for a device done on the processor instead, as planned."""
    if step.state == StepState.BLOCKED:  # of those there is a count by class
        statements.rows(session, _BLOCKED_MOVED, was=step.resource, now=plan.size.resource.value)
    _replan(step, plan)
    step.fallbacks = [*step.fallbacks, to_json(fallback)]
    step.woken_at = None
    session.flush()
    return Wakeup(step.id, plan.size.resource) if step.state == StepState.QUEUED else None


def waiting(session: Session, job_id: str) -> Sequence[Step]:
    """Return the steps of a locked job that wait for a device, or will."""
    states = (StepState.QUEUED, StepState.BLOCKED)
    return session.scalars(
        select(Step)
        .where(Step.job_id == job_id, Step.resource == Resource.GPU, Step.state.in_(states))
        .order_by(Step.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def stranded_jobs(session: Session, within_s: float, most: int) -> Sequence[str]:
    """Return jobs that take the processor, too, and have steps that no device can do at present."""
    return [
        job_id for (job_id,) in statements.rows(session, _STRANDED, within_s=within_s, most=most)
    ]


def count_error(session: Session, step: Step) -> int:
    """Count a failure as one of the step's own; return how many there were before."""
    before = step.errors
    session.execute(update(Step).where(Step.id == step.id).values(errors=Step.errors + 1))
    return before


def _replan(step: Step, plan: StepPlan) -> None:
    size = plan.size
    step.params = plan.params
    step.work = plan.work
    step.resource = size.resource
    step.cores = size.cores
    step.memory_bytes = size.memory_bytes
    step.device_kind = size.device_kind
    step.sessions = size.sessions
    step.pixels_per_s = size.pixels_per_s


def _given_back(
    session: Session,
    job: Job,
    step: Step,
    fallback: Fallback,
    error: dict[str, Any],
    pause_s: float,
) -> Wakeup | None:
    state = check_move(STEP_MOVES, StepState(step.state), waiting_state(job))
    step.state = state
    step.fallbacks = [*step.fallbacks, to_json(fallback)]
    step.attempts -= 1
    step.lease_until = None
    step.held_device = None
    step.woken_at = None
    step.queued_at = session.scalar(select(func.now()))
    if pause_s:
        step.not_before = session.scalar(
            select(func.now() + func.make_interval(0, 0, 0, 0, 0, 0, pause_s))
        )
    session.flush()
    events.tell_of_step(session, step.id, "retrying", error)
    return Wakeup(step.id, Resource(step.resource)) if state == StepState.QUEUED else None


_ANOTHER = """
SELECT EXISTS (SELECT FROM device
                WHERE kind = %(kind)s AND sessions >= %(sessions)s AND open_until IS NULL
                  AND seen_at > now() - make_interval(secs => %(within_s)s)
                  AND NOT key = ANY(%(avoids)s::text[]))
"""

_BLOCKED_MOVED = """
INSERT INTO blocked_steps (resource, steps) VALUES (%(was)s, -1), (%(now)s, 1)
"""

# A device that is at work is there: its steps wait, however long it takes.
_STRANDED = """
SELECT DISTINCT step.job_id
  FROM step JOIN job ON job.id = step.job_id
 WHERE step.state = 'QUEUED' AND step.resource = 'gpu'
   AND coalesce(job.spec ->> 'device', 'prefer') = 'prefer'
   AND NOT EXISTS (SELECT FROM device
                    WHERE device.kind = step.device_kind AND device.sessions >= step.sessions
                      AND device.open_until IS NULL
                      AND device.seen_at > now() - make_interval(secs => %(within_s)s)
                      AND NOT step.avoids ? device.key)
 LIMIT %(most)s
"""
