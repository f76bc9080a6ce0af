"""Claim, beat, complete: a step belongs to one worker at a time, and epochs fence off the rest.

The database's clock is the only clock. Every statement names the epoch of its claim, so that a
worker that lost its lease changes nothing, however late it wakes up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from farm.errors import Cancelled
from farm.parts import Part
from farm.plan import StepPlan
from farm.serial import to_json
from farm.states import STEP_MOVES, JobState, StepState, check_move
from storage import jobs
from storage.models import Artifact, Job, Step


@dataclass(frozen=True, slots=True)
class Claim:
    """A step leased to this worker under `epoch`."""

    step_id: int
    job_id: str
    key: str
    kind: str
    params: dict[str, Any]
    inputs: tuple[str, ...]
    spec: dict[str, Any]
    epoch: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a step took."""

    wall_s: float
    cpu_s: float
    peak_rss_bytes: int
    device: str | None


def job_of(session: Session, step_id: int) -> str:
    """Return the job a step belongs to; raise LookupError for a step that is gone."""
    job_id = session.scalar(select(Step.job_id).where(Step.id == step_id))
    if job_id is None:
        raise LookupError(f"there is no step {step_id}")
    return job_id


def next_queued(session: Session, job_id: str) -> int | None:
    """Return the first step of a job that could be claimed now, if there is one."""
    return session.scalar(
        select(Step.id)
        .where(
            Step.job_id == job_id,
            Step.state == StepState.QUEUED,
            func.coalesce(Step.not_before, func.now()) <= func.now(),
        )
        .order_by(Step.id)
        .limit(1)
    )


def claim(session: Session, step_id: int, worker: str, lease_s: float) -> Claim | None:
    """Lease a queued step to `worker`; return None when it is not to be had (any more, or yet)."""
    session.execute(  # job before step, as everywhere: no deadlocks
        update(Job)
        .where(
            Job.id == select(Step.job_id).where(Step.id == step_id).scalar_subquery(),
            Job.state == JobState.QUEUED,
        )
        .values(state=JobState.RUNNING)
    )
    step = session.scalars(
        update(Step)
        .where(
            Step.id == step_id,
            Step.state == StepState.QUEUED,
            func.coalesce(Step.not_before, func.now()) <= func.now(),
            Step.job_id.in_(select(Job.id).where(Job.state == JobState.RUNNING)),
        )
        .values(
            state=StepState.RUNNING,
            epoch=Step.epoch + 1,
            attempts=Step.attempts + 1,
            worker=worker,
            lease_until=func.now() + timedelta(seconds=lease_s),
            heartbeat_at=None,
            started_at=func.now(),
            progress=0.0,
        )
        .returning(Step)
    ).one_or_none()
    if step is None:
        return None
    job = session.get_one(Job, step.job_id)
    return Claim(
        step.id,
        step.job_id,
        step.key,
        step.kind,
        step.params,
        tuple(step.inputs),
        job.spec,
        step.epoch,
    )


def beat(session: Session, claimed: Claim, lease_s: float, progress: float) -> bool:
    """Renew the lease and note progress; return False when the work is not wanted any more."""
    wanted = select(Job.id).where(Job.id == claimed.job_id, Job.state == JobState.RUNNING)
    renewed = session.execute(
        update(Step)
        .where(*_mine(claimed), Step.job_id.in_(wanted))
        .values(
            lease_until=func.now() + timedelta(seconds=lease_s),
            heartbeat_at=func.now(),
            progress=progress,
        )
        .returning(Step.id)
    ).one_or_none()
    return renewed is not None


def hold(session: Session, claimed: Claim) -> None:
    """Keep the lease ours until the transaction ends; raise Cancelled if it is not ours any more.

    Whoever would take it away, or end the job, waits for the job's row.
    """
    job = jobs.lock(session, claimed.job_id)
    mine = session.scalar(select(Step.id).where(*_mine(claimed)))
    if mine is None or job.state != JobState.RUNNING:
        raise Cancelled(f"{claimed.key} was stopped: its job or lease ended")


def complete(
    session: Session,
    claimed: Claim,
    made: Mapping[str, tuple[str, Part]],
    parts: Mapping[str, str],
    more_steps: Iterable[StepPlan],
    cost: Cost,
) -> list[int]:
    """Make a step's output true and free its successors; return the steps that can start now.

    `made` holds new parts by name with their fingerprints, `parts` the fingerprints of all.
    Raises Cancelled when the lease is not ours any more; nothing is changed then.
    """
    job = jobs.lock(session, claimed.job_id)
    done = session.execute(
        update(Step)
        .where(*_mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, StepState.DONE),
            parts=dict(parts),
            reused=not made,
            progress=1.0,
            finished_at=func.clock_timestamp(),
            lease_until=None,
            wall_s=cost.wall_s,
            cpu_s=cost.cpu_s,
            peak_rss_bytes=cost.peak_rss_bytes,
            device=cost.device,
        )
        .returning(Step.id)
    ).one_or_none()
    if done is None or job.state != JobState.RUNNING:
        raise Cancelled(f"{claimed.key}: the lease was lost before the step could complete")
    keep(session, claimed.kind, made.values())
    jobs.add_steps(session, claimed.job_id, more_steps)
    freed = jobs.free_steps(session, claimed.job_id)
    open_steps = session.scalar(
        select(func.count()).where(Step.job_id == claimed.job_id, Step.state != StepState.DONE)
    )
    if not open_steps:
        jobs.finish(session, job, JobState.PUBLISHED, None)
    return freed


def keep(session: Session, kind: str, made: Iterable[tuple[str, Part]]) -> None:
    """Remember parts by fingerprint; where one is known already, the first to come stays."""
    # In one order, so that two jobs that make the same parts cannot deadlock.
    ordered = sorted(made, key=lambda item: item[0])
    rows = [{"fingerprint": f, "kind": kind, "part": to_json(part)} for f, part in ordered]
    if rows:
        session.execute(insert(Artifact).values(rows).on_conflict_do_nothing())


def fail(session: Session, claimed: Claim, error: dict[str, Any], state: JobState) -> None:
    """End a step, and with it its job, in FAILED or REJECTED, if the lease is still ours."""
    job = jobs.lock(session, claimed.job_id)
    failed = session.execute(
        update(Step)
        .where(*_mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, StepState.FAILED),
            error=error,
            errors=Step.errors + 1,
            finished_at=func.clock_timestamp(),
            lease_until=None,
        )
        .returning(Step.id)
    ).one_or_none()
    if failed is not None and job.state == JobState.RUNNING:
        jobs.finish(session, job, state, {**error, "step": claimed.key})


def errors_so_far(session: Session, claimed: Claim) -> int:
    """Return how often the step failed before this attempt."""
    return session.scalar(select(Step.errors).where(Step.id == claimed.step_id)) or 0


def retry_later(session: Session, claimed: Claim, error: dict[str, Any], backoff_s: float) -> None:
    """Queue a step again after a pause that doubles with each error, if its job goes on."""
    if jobs.lock(session, claimed.job_id).state != JobState.RUNNING:
        stop(session, claimed)
        return
    pause = func.make_interval(0, 0, 0, 0, 0, 0, backoff_s * func.power(2.0, Step.errors))
    session.execute(
        update(Step)
        .where(*_mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, StepState.QUEUED),
            error=error,
            errors=Step.errors + 1,
            not_before=func.now() + pause,
            queued_at=func.now(),
            rung_at=None,
            lease_until=None,
        )
    )


def stop(session: Session, claimed: Claim) -> None:
    """Give back a step whose work was stopped: CANCELLED with its job, otherwise QUEUED again."""
    job = jobs.lock(session, claimed.job_id)
    goes_on = job.state == JobState.RUNNING
    state = StepState.QUEUED if goes_on else StepState.CANCELLED
    session.execute(
        update(Step)
        .where(*_mine(claimed))
        .values(
            state=check_move(STEP_MOVES, StepState.RUNNING, state),
            finished_at=None if goes_on else func.clock_timestamp(),
            queued_at=func.now(),
            rung_at=None,
            lease_until=None,
        )
    )


def _mine(claimed: Claim) -> tuple[Any, ...]:
    return (
        Step.id == claimed.step_id,
        Step.epoch == claimed.epoch,
        Step.state == StepState.RUNNING,
    )
