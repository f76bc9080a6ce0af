"""Every change of a step's or job's state, written down by PostgreSQL itself as it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from farm.states import JOB_MOVES, STEP_MOVES, JobState, StepState
from storage.postgres.database import Database

INSTALL = """
CREATE TABLE step_history (
    seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    step_id bigint, job_id text, key text, old text, new text, old_epoch int, epoch int, worker text
);
CREATE TABLE job_history (
    seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    job_id text, old text, new text
);
CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
    INSERT INTO step_history (step_id, job_id, key, old, new, old_epoch, epoch, worker)
    VALUES (NEW.id, NEW.job_id, NEW.key, OLD.state, NEW.state, OLD.epoch, NEW.epoch, NEW.worker);
    RETURN NULL;
END $$;
CREATE FUNCTION note_job() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
    INSERT INTO job_history (job_id, old, new) VALUES (NEW.id, OLD.state, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER note_step AFTER UPDATE ON step FOR EACH ROW
    WHEN (OLD.state <> NEW.state OR OLD.epoch <> NEW.epoch) EXECUTE FUNCTION note_step();
CREATE TRIGGER note_job AFTER UPDATE ON job FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION note_job();
"""


@dataclass(frozen=True, slots=True)
class StepChange:
    """One change of a step's row that was committed."""

    step_id: int
    job_id: str
    key: str
    old: str
    new: str
    old_epoch: int
    epoch: int
    worker: str | None


def install(database: Database) -> None:
    """Have PostgreSQL write the history of all jobs from now on."""
    with database.begin() as session:
        session.execute(text(INSTALL))


def step_changes(database: Database) -> Sequence[StepChange]:
    """Return every change of a step, in the order they happened."""
    columns = "step_id, job_id, key, old, new, old_epoch, epoch, worker"
    with database.begin() as session:
        rows = session.execute(text(f"SELECT {columns} FROM step_history ORDER BY seq"))
        return [StepChange(*row) for row in rows]


def broken_rules(database: Database) -> list[str]:
    """Return everything in the history that must never happen, in words."""
    changes = step_changes(database)
    broken = [
        f"step {c.key} of {c.job_id} went from {c.old} to {c.new}, which no rule allows"
        for c in changes
        if c.old != c.new and StepState(c.new) not in STEP_MOVES[StepState(c.old)]
    ]
    broken += [
        f"step {c.key} of {c.job_id} went from epoch {c.old_epoch} back to {c.epoch}"
        for c in changes
        if c.epoch < c.old_epoch
    ]
    broken += _twice(changes, StepState.DONE, "was completed")
    broken += _twice(changes, StepState.RUNNING, "was claimed")
    done = Counter((c.job_id, c.key) for c in changes if c.new == StepState.DONE)
    # What it was done with was changed since: it is done once more.
    done.subtract((c.job_id, c.key) for c in changes if c.old == StepState.DONE != c.new)
    broken += [f"step {key} of {job} was done {n} times" for (job, key), n in done.items() if n > 1]
    return broken + _broken_jobs(database)


def _twice(changes: Sequence[StepChange], state: StepState, what: str) -> list[str]:
    seen = Counter((c.job_id, c.key, c.epoch) for c in changes if c.new == state and c.old != state)
    return [
        f"step {key} of {job} {what} {times} times under epoch {epoch}"
        for (job, key, epoch), times in seen.items()
        if times > 1
    ]


def _broken_jobs(database: Database) -> list[str]:
    with database.begin() as session:
        rows = session.execute(text("SELECT job_id, old, new FROM job_history ORDER BY seq"))
        return [
            f"job {job_id} went from {old} to {new}, which no rule allows"
            for job_id, old, new in rows
            if JobState(new) not in JOB_MOVES[JobState(old)]
        ]
