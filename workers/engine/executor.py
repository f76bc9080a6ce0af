"""Taking work: a woken thread claims step after step, as long as there is one it has room for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from farm.errors import ReelFarmError, StorageUnavailable
from farm.failpoint import reached
from farm.plan import Resource
from storage.postgres import claims
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.wakeups import Wakeup
from workers.engine.capacity import Grant
from workers.engine.execute import WorkerContext, execute
from workers.engine.heartbeat import Heartbeat, Lease
from workers.engine.limits import CurrentLimits
from workers.engine.turns import Turns
from workers.monitoring.events import StepEvents

log = logging.getLogger("reelfarm.worker")

STEPS_PER_CORE = 4  # the lightest steps weigh a quarter of a core
WAKE_EVERY_S = 0.05  # for others at most: each that is woken wakes the next

Taken = tuple[Lease, Grant]  # a claim's lease, and what it may use of this worker


class Executor:
    """The threads of one worker process, over the cores and leases they share.

    A wake-up only says to look: whose turn it is, PostgreSQL knows. A thread that is awake asks it
    again and again, and wakes others, here where there is room for more, elsewhere where there is
    not.
    """

    def __init__(
        self,
        worker: WorkerContext,
        heartbeat: Heartbeat,
        events: StepEvents,
        name: str,
        look_again: Callable[[], None],
    ) -> None:
        """`look_again` is called when there may be room again for what wake-ups are sent for."""
        self._worker = worker
        self._heartbeat = heartbeat
        self._capacity = worker.capacity
        self._events = events
        self._look_again = look_again
        settings = worker.settings
        self._limits = CurrentLimits(worker.turns, settings)
        self._turns = Turns(
            worker.turns,
            name,
            settings.lease_s,
            device_keys=worker.capacity.encoding_devices,
            decoder_keys=worker.capacity.decoding_devices,
        )
        self._woke_at = float("-inf")
        self._threads = ThreadPoolExecutor(STEPS_PER_CORE * (worker.capacity.cores + 1), "executor")

    def wake(self, step_id: int) -> None:
        """Have a thread work, if there is work; return as soon as that is known.

        Not sooner: a wake-up taken and not looked at yet would be kept from other workers. The
        step woken for may be somebody else's by now: the wake-up that was not sent because this
        one was still queued (storage.wakeups.LONGEST_QUEUE) was for another.
        """
        self._guarded(lambda: self._take_or_pass_on(step_id))
        self._look_again()

    def join(self) -> None:
        """Return when every thread has ended its step; no more are woken."""
        self._threads.shutdown()

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except StorageUnavailable as error:  # the reconciler sends lost wake-ups again
            log.warning("%s", error.message)
        except Exception:
            log.exception("a defect in ReelFarm")

    def _take_or_pass_on(self, step_id: int) -> None:
        taken = self._take()
        if taken is not None:
            self._threads.submit(self._guarded, lambda: self._work(taken))
        elif not self._takes_anything() and (resource := self._waits(step_id)):
            # It does not fit beside what runs here, or this worker was just closed: let
            # others have the wake-up. (Where anything is taken, somebody else is taking the step.)
            self._capacity.has_no_room()
            self._wake(Wakeup(step_id, resource))

    def _takes_anything(self) -> bool:
        return self._capacity.takes_work and self._capacity.room().idle

    def _waits(self, step_id: int) -> Resource | None:
        with self._worker.database.autocommit() as connection:
            return claims.is_queued(connection, step_id)

    def _work(self, taken: Taken | None) -> None:
        """Run what was taken, then take and run more until there is nothing that fits."""
        while taken is not None:
            lease, grant = taken
            with self._capacity.held(grant), self._heartbeat.keeping(lease):
                self._events.started(lease.claim)
                error = execute(self._worker, lease, grant)
                self._tell(lease.claim, error)
            taken = self._take()

    def _take(self) -> Taken | None:
        with self._capacity.asking:
            taken, waiting, fits = None, None, False
            try:
                if not self._capacity.is_full():
                    taken = self._claim()
                if taken is not None and (waiting := self._turns.waiting) is not None:
                    fits = self._turns.fits(waiting, self._capacity.room())
            finally:
                self._capacity.will_ask(fits)
                if not fits:
                    self._look_again()
        if taken is not None:
            reached("claim.after-commit")
        if waiting is not None:
            self._wake_another(waiting, here=fits)
        return taken

    def _claim(self) -> Taken | None:
        asked_at = time.monotonic()
        self._turns.limits = self._limits.now()
        claim = self._turns.claim_next(self._capacity.room())
        if claim is None:
            return None
        lease = Lease(claim, self._worker.settings.lease_s, asked_at)
        return lease, self._capacity.grant(claim)

    def _wake_another(self, waiting: Turn, here: bool) -> None:
        if here:
            with suppress(RuntimeError):  # the pool is closed: this worker was told to stop
                self._threads.submit(self._guarded, lambda: self._work(self._take()))
        elif time.monotonic() - self._woke_at > WAKE_EVERY_S:
            self._woke_at = time.monotonic()
            self._wake(Wakeup(waiting.step_id, waiting.resource))

    def _wake(self, step: Wakeup) -> None:
        try:
            self._worker.wakeups.wake([step])
        except StorageUnavailable as error:  # costs time only: the reconciler wakes for it
            log.warning("%s", error.message)

    def _tell(self, claim: Claim, error: ReelFarmError | None) -> None:
        if error is None:
            self._events.succeeded(claim)
        else:
            self._events.failed(claim, error)
