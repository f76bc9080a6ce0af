"""Ending a lease: complete, fail, retry, give back, each only while the claim still holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from farm.errors import Cancelled
from farm.events import News
from farm.failpoint import reached
from farm.parts import Part
from farm.plan import Resource, StepPlan
from farm.serial import to_json
from farm.states import GOING_ON, STEP_MOVES, JobState, StepState, check_move
from storage.postgres import artifacts, events, jobs, statements, uploads
from storage.postgres.claims import Claim, mine
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a step took; `work` is how much it did, where only running could tell."""

    wall_s: float
    cpu_s: float
    peak_rss_bytes: int
    device: str | None
    work: float | None = None
    decoded_on: str | None = None


def secure(session: Session, claimed: Claim) -> Job:
    """Keep the lease ours until the transaction ends; return its job, locked.

    Raises Cancelled if it is not ours any more. Whoever would take it away, or end the job, waits
    for the job's row.
    """
    job = jobs.lock(session, claimed.job_id)
    held = session.scalar(select(Step.id).where(*mine(claimed)))
    if held is None or job.state not in GOING_ON:
        raise Cancelled(f"{claimed.key} was stopped: its job or lease ended")
    return job


def complete(
    session: Session,
    claimed: Claim,
    made: Mapping[str, tuple[str, Part]],
    parts: Mapping[str, str],
    more_steps: Sequence[StepPlan],
    cost: Cost,
    news: Sequence[News] = (),
) -> list[Wakeup]:
    """Make a step's output true and free its successors; return the steps that can start now.

    `made` holds new parts by name with their fingerprints, `parts` the fingerprints of all, `news`
    what is to be told of them.
    Raises Cancelled when the lease is not ours any more, or a part that it reuses is being removed;
    nothing is changed then.
    """
    # Before the job is locked: steps of one job complete one after the other, so quickly.
    keep(session, claimed.kind, made.values())
    if reused := set(parts.values()) - {fingerprint for fingerprint, _ in made.values()}:
        artifacts.hold(session, claimed, reused)
    if any(part.files for _, part in made.values()):
        uploads.settle(session, claimed.step_id, claimed.epoch)
    state = statements.value(
        session,
        _DONE,
        id=claimed.step_id,
        epoch=claimed.epoch,
        job=claimed.job_id,
        parts=json.dumps(dict(parts)),
        reused=not made,
        **asdict(cost),
    )
    if state not in GOING_ON:
        raise Cancelled(f"{claimed.key}: the lease was lost before the step could complete")
    events.tell(session, claimed.job_id, news)
    if more_steps:
        jobs.add_steps(session, jobs.lock(session, claimed.job_id), more_steps)
    freed, goes_on = jobs.free_steps(session, claimed.job_id, JobState(state))
    if not goes_on:
        jobs.succeed(session, jobs.lock(session, claimed.job_id))
    reached("complete.before-commit")
    return freed


def keep(session: Session, kind: str, made: Iterable[tuple[str, Part]]) -> None:
    """Remember parts by fingerprint; where one is known already, the first to come stays.

    Unless that is being removed: then the new one takes its place.
    """
    # In one order, so that two jobs that make the same parts cannot deadlock.
    for fingerprint, part in sorted(made, key=lambda item: item[0]):
        as_json = json.dumps(to_json(part))
        statements.rows(session, _KEEP, fingerprint=fingerprint, kind=kind, part=as_json)


def fail(session: Session, claimed: Claim, error: dict[str, Any], state: JobState) -> None:
    """End a step, and with it its job, in FAILED or REJECTED, if the lease is still ours."""
    job = jobs.lock(session, claimed.job_id)
    failed = session.execute(
        update(Step)
        .where(*mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, StepState.FAILED),
            error=error,
            errors=Step.errors + 1,
            finished_at=func.clock_timestamp(),
            lease_until=None,
        )
        .returning(Step.id)
    ).one_or_none()
    if failed is not None:
        events.tell_of_step(session, claimed.step_id, "failed", told_of(error))
    if failed is not None and job.state in GOING_ON:
        jobs.finish(session, job, state, {**error, "step": claimed.key})
    reached("fail.before-commit")


def errors_so_far(session: Session, claimed: Claim) -> int:
    """Return how often the step failed before this attempt."""
    return session.scalar(select(Step.errors).where(Step.id == claimed.step_id)) or 0


def retry_later(session: Session, claimed: Claim, error: dict[str, Any], backoff_s: float) -> None:
    """Queue a step again after a pause that doubles with each error, if its job goes on."""
    job = jobs.lock(session, claimed.job_id)
    if job.state not in GOING_ON:
        _end_cancelled(session, claimed)
        return
    pause = func.make_interval(0, 0, 0, 0, 0, 0, backoff_s * func.power(2.0, Step.errors))
    given_back = give_back(
        session,
        claimed,
        waiting_state(job),
        error=error,
        errors=Step.errors + 1,
        not_before=func.now() + pause,
    )
    if given_back:
        events.tell_of_step(session, claimed.step_id, "retrying", told_of(error))
    reached("fail.before-commit")


def stop(session: Session, claimed: Claim) -> Wakeup | None:
    """Give back a step whose work was stopped: CANCELLED with its job, otherwise queued again.

    Returns what to wake workers for, None where nothing of it is left to do (for us).
    """
    job = jobs.lock(session, claimed.job_id)
    if job.state not in GOING_ON:
        _end_cancelled(session, claimed)
        return None
    state = waiting_state(job)
    given_back = give_back(session, claimed, state)
    if given_back:
        events.tell_of_step(session, claimed.step_id, "released")
    reached("release.before-commit")
    return given_back if state == StepState.QUEUED else None


def waiting_state(job: Job) -> StepState:
    """Return the state in which a step of a job that goes on waits for its turn."""
    return StepState.BLOCKED if job.state == JobState.PAUSED else StepState.QUEUED


def told_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an error: its detail is for engineers, and the job record has it."""
    return {key: error[key] for key in ("code", "message", "step") if key in error}


def _end_cancelled(session: Session, claimed: Claim) -> None:
    if give_back(session, claimed, StepState.CANCELLED, finished_at=func.clock_timestamp()):
        events.tell_of_step(session, claimed.step_id, "cancelled")


def give_back(session: Session, claimed: Claim, state: StepState, **values: Any) -> Wakeup | None:
    """End our lease with the step in `state`, not done; return None if it was not ours any more."""
    row = session.execute(
        update(Step)
        .where(*mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, state),
            queued_at=func.now(),
            woken_at=None,
            lease_until=None,
            **values,
        )
        .returning(Step.id, Step.resource)
    ).one_or_none()
    return Wakeup(row[0], Resource(row[1])) if row else None


# The move is RUNNING -> DONE. Of a step that is done again both count as spent.
_DONE = """
WITH held AS (SELECT state FROM job WHERE id = %(job)s FOR UPDATE),
done AS (
UPDATE step
   SET state = 'DONE', parts = CAST(%(parts)s AS jsonb), reused = %(reused)s, progress = 1,
       finished_at = clock_timestamp(), lease_until = NULL, wall_s = %(wall_s)s,
       cpu_s = coalesce(step.cpu_s, 0) + %(cpu_s)s,
       peak_rss_bytes = %(peak_rss_bytes)s, device = %(device)s,
       decoded_on = %(decoded_on)s, work = coalesce(%(work)s::float8, work)
  FROM held
 WHERE id = %(id)s AND epoch = %(epoch)s AND step.state = 'RUNNING'
RETURNING held.state, step.tenant, step.catalog, step.job_id, step.key, step.kind, step.label,
          step.attempts, step.worker
),
told AS (
INSERT INTO event (tenant, catalog, job_id, type, data)
SELECT tenant, catalog, job_id, 'step.ended',
       jsonb_build_object('step', key, 'kind', kind, 'label', label, 'attempt', attempts,
                          'worker', worker, 'outcome', 'done', 'reused', %(reused)s::boolean,
                          'wall_s', %(wall_s)s::float8, 'cpu_s', %(cpu_s)s::float8,
                          'device', %(device)s::text)
  FROM done
)
SELECT state FROM done
"""

_KEEP = """
INSERT INTO artifact (fingerprint, kind, part)
VALUES (%(fingerprint)s, %(kind)s, CAST(%(part)s AS jsonb))
ON CONFLICT (fingerprint) DO UPDATE
   SET part = CASE WHEN artifact.removing_at IS NULL THEN artifact.part ELSE excluded.part END,
       used_at = now(), removing_at = NULL
"""
