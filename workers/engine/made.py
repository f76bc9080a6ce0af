"""What a job's steps have made until now, for the one that writes down where it all comes from."""

from __future__ import annotations

from dataclasses import replace

from farm.parts import Part, StepMade
from storage.postgres import artifacts
from storage.postgres.database import Database
from workers.steps.registry import step_kind


def parts_made(database: Database, job_id: str) -> dict[str, Part]:
    """Return the parts of a job's done steps by reference."""
    with database.autocommit() as connection:
        return artifacts.of_job(connection, job_id)


def steps_made(database: Database, job_id: str) -> tuple[StepMade, ...]:
    """Return a job's done steps, without the fingerprints that no other job would find."""
    with database.autocommit() as connection:
        steps = artifacts.steps_of_job(connection, job_id)
    return tuple(
        step if step_kind(step.kind).cacheable else replace(step, fingerprints={}) for step in steps
    )
