"""Keeping a lease alive while a step runs, and learning that it is not wanted any more."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from farm.settings import Settings
from storage import leases
from storage.database import Database

log = logging.getLogger("reelfarm.worker")

PROGRESS_S = 1.0  # how often progress is worth a row update


class Heartbeat:
    """A thread that renews a claim's lease; `stopped()` turns true when the work must end."""

    def __init__(self, database: Database, claimed: leases.Claim, settings: Settings) -> None:
        self._database = database
        self._claimed = claimed
        self._settings = settings
        self._ended = threading.Event()
        self._unwanted = threading.Event()
        self._progress = 0.0
        self._renewed_at = time.monotonic()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def report(self, share: float) -> None:
        """Note how much of the step is done, from 0 to 1."""
        self._progress = min(1.0, max(0.0, share))

    def stopped(self) -> bool:
        """Return whether the job ended, or the lease is lost or could not be renewed in time."""
        expired = time.monotonic() - self._renewed_at > self._settings.lease_s
        return self._unwanted.is_set() or expired

    def _beat(self) -> None:
        shown = 0.0
        while not self._ended.wait(min(PROGRESS_S, self._settings.heartbeat_s)):
            due = time.monotonic() - self._renewed_at >= self._settings.heartbeat_s
            if not due and self._progress - shown < 0.005:
                continue
            shown = self._progress
            if not self._renew(shown):
                self._unwanted.set()
                return

    def _renew(self, progress: float) -> bool:
        asked_at = time.monotonic()  # the lease counts from before the answer
        try:
            with self._database.begin() as session:
                wanted = leases.beat(session, self._claimed, self._settings.lease_s, progress)
        except Exception as error:
            # Cut off from the truth, for whatever reason, the step may go on exactly as long as
            # its lease lasts, which `stopped` watches.
            log.warning("%s: the lease could not be renewed: %s", self._claimed.key, error)
            return True
        self._renewed_at = asked_at
        return wanted
