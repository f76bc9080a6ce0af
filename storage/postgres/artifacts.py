"""Parts by fingerprint and by step: what is known, and what a step may build on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from farm.parts import Part
from farm.plan import part_of, step_of
from farm.serial import from_json
from storage.postgres import statements
from storage.postgres.claims import Claim
from storage.postgres.models import Artifact, Step
from storage.postgres.statements import Connected


def known(there: Connected, fingerprints: Iterable[str]) -> dict[str, Part]:
    """Return the parts that exist among `fingerprints`."""
    rows = statements.rows(there, _KNOWN, fingerprints=list(fingerprints))
    return {fingerprint: from_json(Part, part) for fingerprint, part in rows}


def forget(session: Session, fingerprints: Iterable[str]) -> None:
    """Forget parts whose files are gone, so that they can be made and remembered anew."""
    gone = list(fingerprints)
    if gone:
        session.execute(delete(Artifact).where(Artifact.fingerprint.in_(gone)))


def of_job(session: Session, job_id: str) -> dict[str, Part]:
    """Return every part of a job's done steps, by reference ("step" or "step#part")."""
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
    parts = known(session, fingerprints.values())
    return {reference: parts[fingerprint] for reference, fingerprint in fingerprints.items()}


def of_inputs(claimed: Claim) -> dict[str, Part]:
    """Return the parts a step consumes, by reference; raise LookupError when one is missing."""
    found = {(step, name): part for step, name, part in claimed.found}
    wanted = claimed.inputs
    if missing := sorted(ref for ref in wanted if (step_of(ref), part_of(ref)) not in found):
        raise LookupError(f"inputs {missing} of job {claimed.job_id} do not exist")
    return {ref: from_json(Part, found[step_of(ref), part_of(ref)]) for ref in wanted}


_KNOWN = "SELECT fingerprint, part FROM artifact WHERE fingerprint = ANY(%(fingerprints)s)"
