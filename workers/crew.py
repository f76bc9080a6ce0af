"""Taking work: a woken thread claims step after step, as long as there is one it has room for."""

from __future__ import annotations

import logging
import time

from farm.errors import ReelFarmError, StorageUnavailable
from farm.failpoint import reached
from farm.plan import Resource
from storage import claims
from storage.bell import Ring
from storage.claims import Claim
from workers.agenda import Agenda
from workers.capacity import Capacity, Grant
from workers.events import StepEvents
from workers.execute import Farm, execute
from workers.keeper import Hold, Keeper

log = logging.getLogger("reelfarm.worker")


class Crew:
    """The threads of one worker process, over the cores and leases they share.

    The bell only wakes: whose turn it is, PostgreSQL knows. A thread that is awake asks it again
    and again, which also saves the second that Celery takes to look into its queue after a time of
    no room.
    """

    def __init__(
        self, farm: Farm, keeper: Keeper, capacity: Capacity, events: StepEvents, name: str
    ) -> None:
        self._farm = farm
        self._keeper = keeper
        self._capacity = capacity
        self._events = events
        self._agenda = Agenda(farm.database, name, farm.settings.lease_s)

    def wake(self, step_id: int) -> None:
        """Work until nothing is left that could be taken, if the step rung for still waits."""
        try:
            if self._waits(step_id) and not self._work() and (resource := self._waits(step_id)):
                # It does not fit here, now: the bell is for whoever listens.
                self._capacity.has_no_room()
                self._ring(Ring(step_id, resource))
        except StorageUnavailable as error:  # the reconciler rings again
            log.warning("%s", error.message)

    def _waits(self, step_id: int) -> Resource | None:
        with self._farm.database.begin() as session:
            return claims.is_queued(session, step_id)

    def _work(self) -> bool:
        """Return whether there was work."""
        worked = False
        while (taken := self._take()) is not None:
            hold, grant = taken
            with self._capacity.held(grant), self._keeper.keeping(hold):
                self._events.started(hold.claim)
                error = execute(self._farm, hold, grant)
                self._tell(hold.claim, error)
            worked = True
        return worked

    def _take(self) -> tuple[Hold, Grant] | None:
        if not self._keeper.takes_work:
            return None
        with self._capacity.asking:
            if self._capacity.is_full():
                return None
            asked_at = time.monotonic()
            claim = self._agenda.claim_next(self._capacity.room())
            if claim is None:
                return None
            grant = self._capacity.grant(claim)
            waiting = self._agenda.waiting(self._capacity.room())
        reached("claim.after-commit")
        if waiting is not None and self._capacity.listens():
            # There would be more, and room for it: another thread, here or elsewhere.
            self._ring(Ring(waiting.step_id, waiting.resource))
        return Hold(claim, self._farm.settings.lease_s, asked_at), grant

    def _ring(self, step: Ring) -> None:
        try:
            self._farm.bell.ring([step])
        except StorageUnavailable as error:  # costs time only: the reconciler rings for it
            log.warning("%s", error.message)

    def _tell(self, claim: Claim, error: ReelFarmError | None) -> None:
        if error is None:
            self._events.succeeded(claim)
        else:
            self._events.failed(claim, error)
