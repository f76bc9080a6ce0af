"""Parts by fingerprint and by step: what is known, and what a step may build on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from farm.errors import Cancelled
from farm.parts import Part, StepMade
from farm.plan import part_of, step_of
from farm.serial import from_json
from storage.postgres import statements
from storage.postgres.claims import Claim
from storage.postgres.models import Artifact
from storage.postgres.statements import Connected

FRESH_S = 3600.0  # a use is not written down again so soon: most steps write nothing


def made_before(there: Connected, fingerprints: Iterable[str], moment: datetime) -> frozenset[str]:
    """Return those among `fingerprints` whose parts were made before a moment."""
    rows = statements.rows(there, _MADE_BEFORE, fingerprints=list(fingerprints), moment=moment)
    return frozenset(fingerprint for (fingerprint,) in rows)


def known(there: Connected, fingerprints: Iterable[str]) -> dict[str, Part]:
    """Return the parts that exist among `fingerprints`; they count as used now.

    That is written down where the last use was not within FRESH_S: a part is kept for far longer.
    """
    rows = statements.rows(there, _KNOWN, fingerprints=list(fingerprints), fresh_s=FRESH_S)
    if stale := sorted(fingerprint for fingerprint, _, is_fresh in rows if not is_fresh):
        fresh = [(fingerprint, part) for fingerprint, part, is_fresh in rows if is_fresh]
        rows = [*fresh, *statements.rows(there, _USE, fingerprints=stale)]
    return {fingerprint: from_json(Part, part) for fingerprint, part, *_ in rows}


def hold(session: Session, claimed: Claim, fingerprints: Collection[str]) -> None:
    """Keep parts that a completing step reuses from being removed until the transaction ends.

    From then on it is the step that keeps them. Raises Cancelled where one is being removed: the
    step is to start again, and to make it.
    """
    held = statements.rows(session, _HOLD, fingerprints=list(fingerprints))
    if len(held) < len(set(fingerprints)):
        raise Cancelled(f"{claimed.key}: a part it was to reuse was just removed: it starts again")


def use_all(session: Session, job_id: str) -> None:
    """Note that an ending job has used all its parts until now, but those others are noting."""
    statements.rows(session, _USE_ALL, job=job_id, fresh_s=FRESH_S)


def forget(session: Session, fingerprints: Iterable[str]) -> None:
    """Forget parts whose files are gone, so that they can be made and remembered anew."""
    gone = list(fingerprints)
    if gone:
        session.execute(delete(Artifact).where(Artifact.fingerprint.in_(gone)))


def of_job(there: Connected, job_id: str) -> dict[str, Part]:
    """Return what is remembered of a job's done steps, by reference ("step" or "step#part").

    For reading what they say: the files of an ended job's parts may be gone.
    """
    rows = statements.rows(there, _OF_JOB, job=job_id)
    return {reference: from_json(Part, part) for reference, part in rows}


def steps_of_job(there: Connected, job_id: str) -> tuple[StepMade, ...]:
    """Return a job's done steps as they were planned, and what their parts are known by."""
    rows = statements.rows(there, _STEPS_OF_JOB, job=job_id)
    return tuple(
        StepMade(key, kind, params, tuple(inputs), made) for key, kind, params, inputs, made in rows
    )


def of_inputs(claimed: Claim) -> dict[str, Part]:
    """Return the parts a step consumes, by reference; raise LookupError when one is missing."""
    found = {(step, name): part for step, name, part in claimed.found}
    wanted = claimed.inputs
    if missing := sorted(ref for ref in wanted if (step_of(ref), part_of(ref)) not in found):
        raise LookupError(f"inputs {missing} of job {claimed.job_id} do not exist")
    return {ref: from_json(Part, found[step_of(ref), part_of(ref)]) for ref in wanted}


_KNOWN = """
SELECT fingerprint, part, used_at > now() - make_interval(secs => %(fresh_s)s)
  FROM artifact WHERE fingerprint = ANY(%(fingerprints)s) AND removing_at IS NULL
"""

_MADE_BEFORE = """
SELECT fingerprint FROM artifact
 WHERE fingerprint = ANY(%(fingerprints)s) AND created_at < %(moment)s
"""

# In one order, so that two steps that use the same parts cannot deadlock.
_USE = """
WITH used AS (SELECT fingerprint FROM artifact
               WHERE fingerprint = ANY(%(fingerprints)s) AND removing_at IS NULL
               ORDER BY fingerprint FOR NO KEY UPDATE)
UPDATE artifact SET used_at = now() FROM used WHERE artifact.fingerprint = used.fingerprint
RETURNING artifact.fingerprint, artifact.part
"""

# KEY SHARE: steps that use the same part do not wait for one another, only retention does.
_HOLD = """
SELECT fingerprint FROM artifact
 WHERE fingerprint = ANY(%(fingerprints)s) AND removing_at IS NULL
 ORDER BY fingerprint FOR KEY SHARE
"""

# Functions of the database's: the role of the API has no part of this table itself.
_USE_ALL = "SELECT use_parts_of_job(%(job)s, %(fresh_s)s)"
_OF_JOB = "SELECT reference, part FROM parts_of_job(%(job)s)"
_STEPS_OF_JOB = """
SELECT key, kind, params, inputs, parts FROM step
 WHERE job_id = %(job)s AND parts IS NOT NULL ORDER BY id
"""
