"""Telling PostgreSQL how a step ended: again and again while it is away and the lease lasts.

The epoch makes that safe: what was stored already, with the answer lost, changes nothing more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from farm.errors import (
    ConformanceFailed,
    DeviceFailed,
    QualityRejected,
    ReelFarmError,
    StorageUnavailable,
)
from farm.events import News
from farm.failpoint import reached
from farm.parts import Part
from farm.plan import ChangedStep, Resource, StepPlan
from farm.serial import to_json
from farm.settings import Settings
from farm.states import JobState
from services.fallbacks import Moved, after_fault
from storage.postgres import (
    artifacts,
    breakers,
    leases,
    questions,
    reconcile,
    reopening,
    reviews,
    scores,
    uploads,
)
from storage.postgres.database import Database
from storage.wakeups import LONGEST_QUEUE, Wakeup, Wakeups
from workers.engine.capacity import Capacity
from workers.engine.heartbeat import Lease
from workers.steps.result import StepResult

log = logging.getLogger("reelfarm.worker")

TRY_AGAIN_S = 0.5

T = TypeVar("T")


class Outcome:
    """The end of one step; each call raises StorageUnavailable when the lease ends first."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        settings: Settings,
        capacity: Capacity,
        lease: Lease,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._settings = settings
        self._capacity = capacity
        self._lease = lease
        self._claim = lease.claim

    def done(
        self,
        made: Mapping[str, tuple[str, Part]],
        prints: Mapping[str, str],
        gone: Mapping[str, Part],
        result: StepResult,
        cost: leases.Cost,
        news: Sequence[News] = (),
    ) -> None:
        """Make the step's parts true, in place of damaged ones; wake for what it freed.

        `gone` holds those by fingerprint; what is left of their files is to be cleared away.
        Scores in `result` are kept with it. Raises Cancelled when the step is not ours any more.
        """

        def tell() -> list[Wakeup]:
            with self._database.begin() as session:
                artifacts.forget(session, gone)
                for folder in uploads.folders_of(gone.values()):
                    uploads.begin(session, folder, self._claim.step_id, self._claim.epoch)
                more_steps = result.more_steps
                freed = leases.complete(session, self._claim, made, prints, more_steps, cost, news)
                scores.keep(session, self._claim, result.scores)
                if self._claim.device is not None:
                    breakers.note_success(session, self._claim.device.key)
                to_wake = self._worth_waking(freed)
                reconcile.mark_woken(session, to_wake)
                return to_wake

        to_wake = self._until_stored(tell)
        reached("complete.after-commit")
        self._wake(to_wake)

    def asked_for(self, result: StepResult) -> bool:
        """Tell what a step asks for that has made nothing yet; return False where it has."""
        if result.again is not None:
            self._asked(result.more_steps, result.again)
        elif result.changes:
            self._reopened(result.more_steps, result.changes, result.news)
        elif result.waits_for is not None:
            self._waits(to_json(result.waits_for))
        else:
            return False
        return True

    def _asked(self, more_steps: Sequence[StepPlan], inputs: Sequence[str]) -> None:
        """Have further steps run first, and then this one anew with `inputs`; wake for those.

        Raises Cancelled when the step is not ours any more.
        """

        def tell() -> list[Wakeup]:
            with self._database.begin() as session:
                freed = questions.wait_for(session, self._claim, more_steps, inputs)
                to_wake = self._worth_waking(freed)
                reconcile.mark_woken(session, to_wake)
                return to_wake

        to_wake = self._until_stored(tell)
        reached("ask.after-commit")
        self._wake(to_wake)

    def _reopened(
        self,
        more_steps: Sequence[StepPlan],
        changes: Sequence[ChangedStep],
        news: Sequence[News],
    ) -> None:
        """Have steps that are done be done again, and ours after them; wake for what can start.

        Raises Cancelled when the step is not ours any more.
        """

        def tell() -> list[Wakeup]:
            with self._database.begin() as session:
                freed = reopening.reopen(session, self._claim, more_steps, changes, news)
                to_wake = self._worth_waking(freed)
                reconcile.mark_woken(session, to_wake)
                return to_wake

        to_wake = self._until_stored(tell)
        reached("reopen.after-commit")
        self._wake(to_wake)

    def _waits(self, asked: Sequence[Mapping[str, Any]]) -> None:
        """Have the step wait for a person, who is to decide on these checks.

        Raises Cancelled when the step is not ours any more.
        """

        def tell() -> None:
            with self._database.begin() as session:
                reviews.wait_for_person(session, self._claim, asked)

        self._until_stored(tell)
        reached("review.after-commit")

    def stopped(self) -> None:
        """Give the step back: cancelled with its job, otherwise to be done by somebody else."""

        def tell() -> Wakeup | None:
            with self._database.begin() as session:
                return leases.stop(session, self._claim)

        waiting = self._until_stored(tell)
        reached("release.after-commit")
        self._wake([waiting] if waiting else [])

    def failed(self, error: ReelFarmError) -> None:
        """Queue the step again where trying again may help, as often as set; else end the job."""
        rejected = isinstance(error, QualityRejected | ConformanceFailed)

        def tell() -> None:
            with self._database.begin() as session:
                tried_before = leases.errors_so_far(session, self._claim)
                if error.retryable and tried_before + 1 < self._settings.max_attempts:
                    pause_s = self._settings.backoff_s
                    leases.retry_later(session, self._claim, error.as_json(), pause_s)
                else:
                    state = JobState.REJECTED if rejected else JobState.FAILED
                    leases.fail(session, self._claim, error.as_json(), state)

        self._until_stored(tell)
        reached("fail.after-commit")

    def fell_back(self, failed: DeviceFailed) -> str | None:
        """Queue the step again where it can be done instead; return where, None if nowhere.

        The job then ends with that error, where it is still ours to end.
        """

        def tell() -> Moved | None:
            with self._database.begin() as session:
                moved = after_fault(session, self._claim, failed, self._settings)
                if moved is None:
                    leases.fail(session, self._claim, failed.as_json(), JobState.FAILED)
                else:
                    reconcile.mark_woken(session, list(moved.wake))
                return moved

        moved = self._until_stored(tell)
        reached("fail.after-commit")
        if moved is None:
            return None
        self._wake(self._worth_waking(moved.wake))
        return moved.to

    def _worth_waking(self, freed: Sequence[Wakeup]) -> list[Wakeup]:
        """Return a queue's worth of each class, less what this worker is sure to take itself."""
        own = self._capacity.resources if self._capacity.idle_soon() else ()
        ours = next((step for step in freed if step.resource in own), None)
        others = [step for step in freed if step != ours]
        return [
            step
            for resource in Resource
            for step in [step for step in others if step.resource == resource][:LONGEST_QUEUE]
        ]

    def _until_stored(self, tell: Callable[[], T]) -> T:
        while True:
            try:
                return tell()
            except StorageUnavailable as error:
                if self._lease.is_over():
                    raise
                log.warning("%s: its end cannot be told yet: %s", self._claim.key, error.message)
                time.sleep(TRY_AGAIN_S)

    def _wake(self, steps: list[Wakeup]) -> None:
        try:
            self._wakeups.wake(steps)
        except StorageUnavailable as error:  # costs time only: the reconciler wakes for them
            log.warning("%s", error.message)
