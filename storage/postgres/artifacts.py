"""Parts by fingerprint and by step: what is known, and what a step may build on."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from farm.errors import Cancelled
from farm.parts import Part
from farm.plan import part_of, step_of
from farm.serial import from_json
from storage.postgres import statements
from storage.postgres.claims import Claim
from storage.postgres.models import Artifact, Step
from storage.postgres.statements import Connected

FRESH_S = 3600.0  # a use is not written down again so soon: most steps write nothing


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


def of_job(session: Session, job_id: str) -> dict[str, Part]:
    """Return what is remembered of a job's done steps, by reference ("step" or "step#part").

    For reading what they say: the files of an ended job's parts may be gone.
    """
    steps = session.execute(
        select(Step.key, Step.parts)
        .where(Step.job_id == job_id, Step.parts.is_not(None))
        .order_by(Step.id)
    )
    fingerprints = {
        f"{key}#{name}" if name else key: fingerprint
        for key, parts in steps
        for name, fingerprint in (parts or {}).items()
    }
    rows = statements.rows(session, _REMEMBERED, fingerprints=list(fingerprints.values()))
    parts = {fingerprint: from_json(Part, part) for fingerprint, part in rows}
    return {
        reference: parts[fingerprint]
        for reference, fingerprint in fingerprints.items()
        if fingerprint in parts
    }


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

# SKIP LOCKED: its job's row is locked, and whoever has a part's row may wait for that.
_USE_ALL = """
WITH used AS (SELECT fingerprint FROM artifact
               WHERE fingerprint IN (SELECT made.value FROM step
                                      CROSS JOIN LATERAL jsonb_each_text(step.parts) AS made
                                      WHERE step.job_id = %(job)s AND step.state = 'DONE')
                 AND used_at < now() - make_interval(secs => %(fresh_s)s) AND removing_at IS NULL
                 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE artifact SET used_at = now() FROM used WHERE artifact.fingerprint = used.fingerprint
"""

_REMEMBERED = "SELECT fingerprint, part FROM artifact WHERE fingerprint = ANY(%(fingerprints)s)"
