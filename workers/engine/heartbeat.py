"""Keeping every lease of a worker process alive, and learning which work is not wanted any more."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from farm.errors import Cancelled, StorageUnavailable
from farm.settings import Settings
from storage.postgres import claims, devices, fleet
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from workers.engine.capacity import Capacity, Closed
from workers.monitoring import liveness

log = logging.getLogger("reelfarm.worker")

LOOK_S = 1.0  # how often progress is worth a row update
WORTH_TELLING = 0.005  # of progress
MAX_AHEAD_S = 300.0  # S3 refuses signatures that are 15 minutes off


class Lease:
    """One claim's lease as this process knows it; `stopped()` turns true when work must end."""

    def __init__(self, claim: Claim, lease_s: float, asked_at: float) -> None:
        """`asked_at`: monotonic time from before PostgreSQL was asked for the claim."""
        self.claim = claim
        self._lease_s = lease_s
        self.renewed_at = asked_at
        self.progress = 0.0
        self.progress_told = 0.0
        self._why: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.claim.step_id, self.claim.epoch

    def report(self, share: float) -> None:
        """Note how much of the step is done, from 0 to 1."""
        self.progress = min(1.0, max(0.0, share))

    def end(self, why: str) -> None:
        """Have the work stopped."""
        self._why = self._why or why

    def stopped(self) -> bool:
        """Return whether the job ended, or the lease is lost or could not be renewed in time.

        Cut off from PostgreSQL the work may go on exactly as long as its lease lasts: after that
        somebody else has the step.
        """
        if self.is_over():
            self.end("its lease ended before PostgreSQL could be reached again")
        return self._why is not None

    def is_over(self) -> bool:
        """Return whether the lease has run out, as far as this process could tell."""
        return time.monotonic() - self.renewed_at > self._lease_s

    def check(self) -> None:
        """Raise Cancelled when the work must end."""
        if self.stopped():
            raise Cancelled(f"{self.claim.key} was stopped: {self._why}")


class Heartbeat:
    """A thread that renews all leases of this process at once, and reports the worker."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        name: str,
        capacity: Capacity,
        needs_right_time: bool,
    ) -> None:
        """`needs_right_time`: whether a wrong clock would make every step fail, as with S3."""
        self._database = database
        self._settings = settings
        self._name = name
        self._capacity = capacity
        self._leases: dict[tuple[int, int], Lease] = {}
        self._ended = threading.Event()
        self._needs_right_time = needs_right_time
        self._reported_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to renew leases, and to report the worker as soon as PostgreSQL answers."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and take the worker off the list, if PostgreSQL can be told."""
        self._ended.set()
        self._thread.join()
        with suppress(StorageUnavailable), self._database.begin() as session:
            fleet.leave(session, self._name)

    @contextmanager
    def keeping(self, lease: Lease) -> Iterator[None]:
        """Keep a lease alive until the block ends."""
        self._leases[lease.key] = lease
        try:
            yield
        finally:
            del self._leases[lease.key]

    def drain(self) -> None:
        """Have no more work taken, and have that known soon."""
        self._capacity.close(Closed.TOLD_TO_STOP)
        self._reported_at = float("-inf")

    def end_all(self, why: str) -> None:
        """Have all work stopped that still runs."""
        for lease in list(self._leases.values()):
            lease.end(why)

    def _run(self) -> None:
        while True:
            try:
                self._beat()
            except Exception as error:
                # Whatever it is, each lease watches its own end.
                log.warning("leases could not be renewed: %s", error)
                liveness.record_beat(self._settings, "worker", ready=False, note=str(error))
            if self._ended.wait(min(LOOK_S, self._settings.heartbeat_s)):
                return

    def _beat(self) -> None:
        asked_at = time.monotonic()  # a lease counts from before the answer
        report_due = asked_at - self._reported_at >= self._settings.heartbeat_s
        leases = {
            key: lease for key, lease in self._leases.items() if self._is_due(lease, asked_at)
        }
        if not leases and not report_due:
            return
        with self._database.begin() as session:
            progress = {key: lease.progress for key, lease in leases.items()}
            wanted = claims.beat(session, progress, self._settings.lease_s)
            if report_due:
                now_s = fleet.report(
                    session,
                    self._name,
                    self._capacity.resources,
                    self._capacity.cores,
                    self._capacity.memory_bytes,
                    draining=not self._capacity.takes_work,
                )
                devices.see(session, self._name, self._capacity.device_keys)
        for key, lease in leases.items():
            if key in wanted:
                lease.renewed_at, lease.progress_told = asked_at, progress[key]
            else:
                lease.end("its job ended, or its lease was lost")
        if report_due:
            self._reported_at = asked_at
            self._tell_state(time.time() - now_s)

    def _tell_state(self, ahead_s: float) -> None:
        wrong = self._wrong_time(ahead_s)
        if wrong is None:
            self._capacity.reopen(Closed.WRONG_TIME)
        elif self._capacity.takes_work:
            log.error("no work is taken: %s", wrong)
            self._capacity.close(Closed.WRONG_TIME)
        ready = self._capacity.takes_work
        liveness.record_beat(self._settings, "worker", ready=ready, note=wrong or "")

    def _wrong_time(self, ahead_s: float) -> str | None:
        """Return what is wrong with this machine's clock, if that matters here."""
        if not self._needs_right_time or abs(ahead_s) < MAX_AHEAD_S:
            return None
        way = "ahead of" if ahead_s > 0 else "behind"
        return (
            f"this machine's clock is {abs(ahead_s):.0f} s {way} PostgreSQL's, and the"
            " object store would refuse its requests: set it"
        )

    def _is_due(self, lease: Lease, now: float) -> bool:
        old = now - lease.renewed_at >= self._settings.heartbeat_s
        return old or lease.progress - lease.progress_told >= WORTH_TELLING
