"""Parts by fingerprint and by step: what is known, and what a step may build on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from farm.parts import Part
from farm.plan import part_of, step_of
from farm.serial import from_json
from storage.models import Artifact, Step


def known(session: Session, fingerprints: Iterable[str]) -> dict[str, Part]:
    """Return the parts that exist among `fingerprints`."""
    rows = session.execute(
        select(Artifact.fingerprint, Artifact.part).where(
            Artifact.fingerprint.in_(list(fingerprints))
        )
    )
    return {fingerprint: from_json(Part, part) for fingerprint, part in rows}


def forget(session: Session, fingerprints: Iterable[str]) -> None:
    """Forget parts whose files are gone, so that they can be made and remembered anew."""
    session.execute(delete(Artifact).where(Artifact.fingerprint.in_(list(fingerprints))))


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


def of_inputs(session: Session, job_id: str, references: Iterable[str]) -> dict[str, Part]:
    """Return the parts a step consumes, by reference; raise LookupError when one is missing."""
    wanted = list(references)
    rows = session.execute(
        select(Step.key, Step.parts).where(
            Step.job_id == job_id, Step.key.in_({step_of(ref) for ref in wanted})
        )
    )
    steps: dict[str, dict[str, Any] | None] = dict(rows.all())
    fingerprints = {ref: (steps.get(step_of(ref)) or {}).get(part_of(ref)) for ref in wanted}
    if missing := sorted(ref for ref, found in fingerprints.items() if found is None):
        raise LookupError(f"inputs {missing} of job {job_id} do not exist")
    parts = known(session, [f for f in fingerprints.values() if f])
    return {ref: parts[fingerprint] for ref, fingerprint in fingerprints.items() if fingerprint}
