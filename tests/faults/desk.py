"""The desk of a fault farm: hands titles in, and waits for what PostgreSQL says of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from farm.access import EVERY_TENANT
from farm.plan import Resource
from farm.record import job_record
from farm.settings import Settings
from farm.spec import JobSpec
from farm.states import ENDED_JOB, StepState
from services.submit import submit
from storage.postgres import artifacts, snapshots
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup, Wakeups
from tests.waiting import HANGS_AFTER_S
from workers.sources.access import open_sources

T = TypeVar("T")

LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Seen:
    """A step as its row said at some moment."""

    id: int
    job_id: str
    key: str
    kind: str
    state: str
    resource: str
    epoch: int
    worker: str | None  # "host:pid"
    attempts: int
    errors: int
    lost_leases: int
    isolated: bool


class Desk:
    """A way to a farm's servers that nothing ever cuts."""

    database: Database
    wakeups: Wakeups
    settings: Settings

    def submit(self, spec: JobSpec) -> str:
        """Hand a title in; return its job."""
        files = open_sources(self.settings, spec.tenant).identities(spec)
        return submit(self.database, self.wakeups, spec, self.settings, files)

    def wake(self, steps: list[Seen], times: int = 1) -> None:
        """Wake workers for steps, whether there is anything to do or not."""
        self.wakeups.wake([Wakeup(step.id, Resource(step.resource)) for step in steps] * times)

    def steps(self, job_id: str | None = None) -> list[Seen]:
        """Return all steps (of a job) as they are now, in the order they were planned."""
        columns = [getattr(Step, name) for name in Seen.__slots__]
        query = select(*columns).order_by(Step.id)
        with self.database.begin() as session:
            rows = session.execute(query.where(Step.job_id == job_id) if job_id else query)
            return [Seen(*row) for row in rows]

    def step(self, job_id: str, key: str) -> Seen:
        """Return one step as it is now."""
        return next(step for step in self.steps(job_id) if step.key == key)

    def wait_for_step(self, job_id: str, kind: str, state: StepState = StepState.RUNNING) -> Seen:
        """Return the first step of a kind that is in `state`, waiting for it."""

        def find() -> Seen | None:
            steps = self.steps(job_id)
            return next((s for s in steps if (s.kind, s.state) == (kind, state)), None)

        return self.wait_for(find, f"a step {kind} {state}")

    def job_state(self, job_id: str) -> str:
        with self.database.begin() as session:
            return session.get_one(Job, job_id).state

    def wait_for_end(self, job_id: str, within_s: float = HANGS_AFTER_S) -> str:
        """Return the state a job ended in."""
        self.wait_until(
            lambda: self.job_state(job_id) in ENDED_JOB, f"the end of {job_id}", within_s
        )
        return self.job_state(job_id)

    def record(self, job_id: str) -> dict[str, Any]:
        """Return the job record, as users get it."""
        with self.database.begin() as session:
            return job_record(
                snapshots.job_snapshot(session, EVERY_TENANT, job_id),
                artifacts.of_job(session, job_id),
            )

    def wait_until(
        self, condition: Callable[[], bool], what: str, within_s: float = HANGS_AFTER_S
    ) -> None:
        """Return when `condition` holds."""
        self.wait_for(lambda: condition() or None, what, within_s)

    def wait_for(
        self, look: Callable[[], T | None], what: str, within_s: float = HANGS_AFTER_S
    ) -> T:
        """Return what `look` finds, waiting for it."""
        deadline = time.monotonic() + within_s
        while (found := look()) is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {within_s:g} s in vain: {what}\n{self.situation()}")
            time.sleep(LOOK_EVERY_S)
        return found

    def situation(self) -> str:
        """Return where the steps stand, for a person who looks for what went wrong."""
        open_steps = [step for step in self.steps() if step.state != StepState.DONE]
        return "\n".join(str(step) for step in open_steps) or "every step is done"
