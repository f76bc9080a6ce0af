"""The reconciler: finds what got lost, on every pass, forever. Any number may run at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from farm.errors import InvalidSpec, ReelFarmError, StorageUnavailable
from farm.failpoint import reached
from farm.settings import Settings
from farm.signals import told_to_stop
from services import catalog_turns, ingest_turns
from services.fallbacks import rescue_stranded
from storage.postgres import catalogs, devices, fleet, overview, reconcile
from storage.postgres.database import Database
from storage.wakeups import Wakeups, celery_app
from workers.monitoring import liveness
from workers.upkeep.housekeeping import keep_house
from workers.upkeep.retention import let_go
from workers.upkeep.webhooks import deliver_due

log = logging.getLogger("reelfarm.reconcile")

HOUSE_EVERY_S = 60.0  # listing stores costs requests
LEAVE_WITHIN_S = 2.0


def take_back(
    database: Database, wakeups: Wakeups, settings: Settings, job_id: str | None = None
) -> None:
    """Take back steps whose lease ended, and wake for those nobody was woken for lately.

    With a `job_id` only that job's steps are woken for: others stay where they are. Raises
    StorageUnavailable when PostgreSQL does not answer.
    """
    with database.begin() as session:
        taken_back = reconcile.reap_expired(session)
    reached("reap.after-commit")
    if taken_back:
        log.warning("took back steps %s: their leases ended", [s.step_id for s in taken_back])
    if job_id is None:
        catalog_turns.begin_due(database, wakeups, settings)
    if moved := rescue_stranded(database, settings):
        log.warning("steps %s go to the CPU: no device is there", [s.step_id for s in moved])
    with database.begin() as session:
        due = reconcile.due_for_waking(session, settings.wake_again_s, job_id)
    try:
        wakeups.wake(due)
    except StorageUnavailable as error:
        log.warning("%s", error.message)
        with database.begin() as session:  # so that they are woken for as soon as Redis is back
            reconcile.mark_unwoken(session, due)


def put_in_order(database: Database, settings: Settings) -> None:
    """Remove what nobody will need any more from the database and the stores."""
    with database.begin() as session:
        fleet.forget_the_dead(session)
        devices.forget_the_dead(session)
        overview.fold(session)
        catalogs.fold_counts(session)
    gone = let_go(database, settings)  # first: keep_house then removes the files of what is marked
    if gone.anything:
        log.info("retention: %s", gone)
    kept = keep_house(database, settings)
    if kept.anything:
        log.info("housekeeping: %s", kept)


class Rounds:
    """What other servers have a part in, each on a thread: a slow one holds up nothing else."""

    def __init__(self, database: Database, wakeups: Wakeups, settings: Settings) -> None:
        self._ended = threading.Event()
        self._threads = [
            self._every(
                settings.reconcile_s, "deliveries", lambda: deliver_due(database, settings)
            ),
            self._every(
                settings.reconcile_s,
                "ingest",
                lambda: ingest_turns.begin_settled(database, wakeups, settings),
            ),
            self._every(HOUSE_EVERY_S, "housekeeping", lambda: put_in_order(database, settings)),
        ]

    def __enter__(self) -> Rounds:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(LEAVE_WITHIN_S)  # whatever it is doing can be cut short at any point

    def _every(self, pause_s: float, name: str, act: Callable[[], object]) -> threading.Thread:
        def go_round() -> None:
            while not self._ended.wait(pause_s):
                try:
                    act()
                except ReelFarmError as error:  # it passes, or ops reads it
                    log.warning("%s: %s", name, error.message)
                except Exception:
                    log.exception("%s: a defect in ReelFarm", name)

        return threading.Thread(target=go_round, name=name, daemon=True)


def reconcile_forever(settings: Settings, once: bool = False) -> None:
    """Make a pass every `reconcile_s` until told to stop; with `once`, do everything once.

    Raises InvalidSpec where the settings lack a server.
    """
    if settings.database_url is None or settings.broker_url is None:
        raise InvalidSpec("a reconciler needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    database = Database(settings.database_url, idle_s=settings.lease_s)
    wakeups = Wakeups(celery_app(settings.broker_url))
    if once:
        ingest_turns.begin_settled(database, wakeups, settings)
        take_back(database, wakeups, settings)
        deliver_due(database, settings)
        put_in_order(database, settings)
        return
    with told_to_stop() as stop, Rounds(database, wakeups, settings):
        while not stop.is_set():
            try:
                take_back(database, wakeups, settings)
                liveness.record_beat(settings, "reconcile", ready=True)
            except ReelFarmError as error:  # it passes: a reconciler never gives up
                log.warning("%s", error.message)
                liveness.record_beat(settings, "reconcile", ready=False, note=error.message)
            stop.wait(settings.reconcile_s)
