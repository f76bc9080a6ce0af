"""Claims: a step is leased to one worker at a time, under an epoch that fences off the rest.

The database's clock is the only clock. Every statement names the epoch of its claim, so that a
worker that lost its lease changes nothing, however late it wakes up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from farm.devices import HeldDevice
from farm.failpoint import reached
from farm.plan import Resource
from farm.states import StepState
from storage.postgres import statements
from storage.postgres.admission import NO_LIMITS, TitleLimits, Turn
from storage.postgres.models import Step
from storage.postgres.statements import Connected

BEGIN_LOCK = 7_245_330_119  # whoever begins a job under limits has it


@dataclass(frozen=True, slots=True)
class Claim:
    """A step leased to this worker under `epoch`, with what it builds on.

    `inputs` are references, `found` what there is of their steps' parts, as in the database:
    (step key, part name, part). storage.postgres.artifacts reads them.
    """

    step_id: int
    job_id: str
    key: str
    kind: str
    label: str
    params: dict[str, Any]
    inputs: tuple[str, ...]
    spec: dict[str, Any]
    epoch: int
    cores: float
    memory_bytes: int
    isolated: bool
    submitted_at: datetime
    found: Sequence[Sequence[Any]] = ()
    device: HeldDevice | None = None  # with sessions of its own, for as long as the lease holds


def is_queued(there: Connected, step_id: int) -> Resource | None:
    """Return the resource class of a step that waits to be claimed, None for any other."""
    found = statements.value(there, _QUEUED, id=step_id)
    return Resource(found) if found else None


def claim(there: Connected, step_ids: Sequence[int], worker: str, lease_s: float) -> Claim | None:
    """Lease to `worker` the first of these steps that nobody has, or is taking.

    Returns None when there is none, or its job does not run.
    """
    found = statements.rows(there, _CLAIM, ids=list(step_ids), worker=worker, lease_s=lease_s)
    if not found:
        return None
    step_id, job_id, key, kind, label, params, inputs, *rest = found[0]
    return Claim(step_id, job_id, key, kind, label, params, tuple(inputs), *rest)


def claim_first(
    session: Session, turn: Turn, worker: str, lease_s: float, limits: TitleLimits = NO_LIMITS
) -> Claim | None:
    """Lease a step and begin its job, of which none has run; return None as `claim` does.

    None, too, where `limits` leave no place for the title. Exact, as one job at a time is begun
    under limits: however many workers ask at once, no more titles are in progress than may be.
    """
    if limits.any:
        statements.rows(session, _TAKE_TURNS, id=turn.job_id, lock=BEGIN_LOCK)
    statements.rows(  # job before step: no deadlocks
        session,
        _BEGIN_JOB,
        id=turn.job_id,
        **limits.as_values(),
    )
    claimed = claim(session, [turn.step_id], worker, lease_s)
    reached("claim.before-commit")
    return claimed


def beat(
    session: Session, held: Mapping[tuple[int, int], float], lease_s: float
) -> set[tuple[int, int]]:
    """Renew leases and note progress; return those whose work is still wanted.

    `held` maps (step id, epoch) to progress from 0 to 1.
    """
    if not held:
        return set()
    renewed = statements.rows(
        session,
        _BEAT,
        ids=[step_id for step_id, _ in held],
        epochs=[epoch for _, epoch in held],
        shares=list(held.values()),
        lease_s=lease_s,
    )
    return {(step_id, epoch) for step_id, epoch in renewed}


def mine(claimed: Claim) -> tuple[Any, ...]:
    """Return the condition under which a claim still holds."""
    return (
        Step.id == claimed.step_id,
        Step.epoch == claimed.epoch,
        Step.state == StepState.RUNNING,
    )


# The moves are those of farm.states: QUEUED -> RUNNING, of the job and of the step.
_QUEUED = "SELECT resource FROM step WHERE id = %(id)s AND state = 'QUEUED'"

# Those who begin jobs queue up here, each with the row of its job, until the one before committed.
# The count then is a statement of its own: it sees what was committed until it began.
_TAKE_TURNS = """
WITH held AS MATERIALIZED (
    SELECT id FROM job WHERE id = %(id)s AND state = 'QUEUED' FOR UPDATE
)
SELECT pg_advisory_xact_lock(%(lock)s) FROM held
"""

_BEGIN_JOB = """
WITH begun AS (
    UPDATE job SET state = 'RUNNING', begun_at = clock_timestamp()
     WHERE id = %(id)s AND state = 'QUEUED'
       AND (%(titles)s = 0
            OR (SELECT count(*) FROM job AS other
                 WHERE other.begun_at IS NOT NULL AND other.finished_at IS NULL
                   AND other.state <> 'WAITING') < %(titles)s)
       AND (%(titles_of_tenant)s = 0 AND NOT job.tenant = ANY(%(limited_tenants)s::text[])
            OR (SELECT count(*) FROM job AS other
                 WHERE other.begun_at IS NOT NULL AND other.finished_at IS NULL
                   AND other.state <> 'WAITING' AND other.tenant = job.tenant)
             < coalesce((%(limits_of_tenants)s::int[])[array_position(%(limited_tenants)s::text[],
                                                                      job.tenant::text)],
                        %(titles_of_tenant)s))
    RETURNING id
)
UPDATE step SET begins = false
  FROM begun WHERE step.job_id = begun.id AND step.state = 'QUEUED' AND step.begins
"""

# What the step needs was done before it was queued, so that one snapshot shows both. LIMIT:
# PostgreSQL takes any JSON object for a hundred keys, and would read the whole table.
_CLAIM = """
WITH claimed AS (
UPDATE step
   SET state = 'RUNNING', epoch = step.epoch + 1, attempts = step.attempts + 1, worker = %(worker)s,
       lease_until = now() + make_interval(secs => %(lease_s)s), heartbeat_at = NULL,
       started_at = clock_timestamp(), progress = 0, held_device = NULL
  FROM job
 WHERE step.id = (SELECT id FROM step
                   WHERE id = ANY(%(ids)s) AND state = 'QUEUED'
                     AND (not_before IS NULL OR not_before <= now())
                   ORDER BY array_position(%(ids)s, id)
                   LIMIT 1 FOR UPDATE SKIP LOCKED)
   AND job.id = step.job_id AND job.state = 'RUNNING'
RETURNING step.id, step.job_id, step.key, step.kind, step.label, step.params,
          step.inputs, job.spec, step.epoch, step.cores, step.memory_bytes, step.isolated,
          step.tenant, step.catalog, step.attempts, step.submitted_at,
          (SELECT coalesce(jsonb_agg(jsonb_build_array(needed.key, made.key, known.part)), '[]')
             FROM step AS needed
            CROSS JOIN LATERAL jsonb_each_text(needed.parts) AS made (key, fingerprint)
            CROSS JOIN LATERAL (SELECT part FROM artifact
                                 WHERE artifact.fingerprint = made.fingerprint LIMIT 1) AS known
            WHERE needed.job_id = step.job_id
              AND needed.key = ANY(ARRAY(SELECT split_part(reference, '#', 1)
                                           FROM jsonb_array_elements_text(step.inputs)
                                                AS reference))) AS found
),
told AS (
INSERT INTO event (tenant, catalog, job_id, type, data)
SELECT tenant, catalog, job_id, 'step.started',
       jsonb_build_object('step', key, 'kind', kind, 'label', label, 'attempt', attempts,
                          'worker', %(worker)s::text)
  FROM claimed
)
SELECT id, job_id, key, kind, label, params, inputs, spec, epoch, cores, memory_bytes, isolated,
       submitted_at, found
  FROM claimed
"""

# Progress is told a twentieth at a time: often enough for a bar, seldom enough for a table.
_BEAT = """
WITH held AS MATERIALIZED (
    SELECT held.*, step.progress AS before
      FROM unnest(CAST(%(ids)s AS bigint[]), CAST(%(epochs)s AS int[]),
                  CAST(%(shares)s AS float8[])) AS held (id, epoch, share)
      JOIN step ON step.id = held.id
),
beaten AS (
    UPDATE step
       SET lease_until = now() + make_interval(secs => %(lease_s)s),
           heartbeat_at = now(), progress = held.share
      FROM held, job
     WHERE step.id = held.id AND step.epoch = held.epoch AND step.state = 'RUNNING'
       AND job.id = step.job_id AND job.state IN ('RUNNING', 'PAUSED')
    RETURNING step.id, step.epoch, step.tenant, step.catalog, step.job_id, step.key, step.kind,
              step.label, step.progress, held.before
),
told AS (
    INSERT INTO event (tenant, catalog, job_id, type, data)
    SELECT tenant, catalog, job_id, 'step.progress',
           jsonb_build_object('step', key, 'kind', kind, 'label', label,
                              'progress', round(progress::numeric, 3))
      FROM beaten
     WHERE floor(progress * 20) > floor(before * 20)
)
SELECT id, epoch FROM beaten
"""
