"""Events as readers get them: from a place on, page by page, or live as they come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from farm.access import EVERY_TENANT, Caller
from farm.errors import StorageUnavailable
from storage.postgres import events, snapshots
from storage.postgres.database import Database
from storage.postgres.events import EventCursor, StoredEvent, Wanted
from storage.postgres.listener import Listener

log = logging.getLogger("reelfarm.events")

LOOK_S = 0.5  # also where nothing was heard: notifications may be lost
HELD_BACK_S = 0.05  # some events wait for an older transaction to end
BATCH = 500

Deliver = Callable[[StoredEvent | None], None]  # None: no more will come from here


def read_events(
    database: Database, caller: Caller, wanted: Wanted, after: EventCursor, limit: int
) -> list[StoredEvent]:
    """Return the caller's events after a place, in order; raise NotFound for another's job."""
    with database.begin(caller.tenant) as session:
        if wanted.job_id is not None:
            snapshots.check_job(session, caller.tenant, wanted.job_id)
        return events.read(session, after, replace(wanted, tenant=caller.tenant), limit)


def newest_place(database: Database) -> EventCursor:
    """Return the place behind all events there are."""
    with database.begin(EVERY_TENANT) as session:
        return events.newest(session)


@dataclass(frozen=True, slots=True, eq=False)
class _Subscriber:
    wanted: Wanted
    deliver: Deliver


class Feed:
    """New events as they become true, read once and handed to all who want them.

    Whoever subscribes first and reads what there is then misses nothing between the two; it may
    get some twice, and tells by the cursor.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscribers: set[_Subscriber] = set()
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._somebody = threading.Event()
        self._place: EventCursor | None = None  # None: nobody listens, so nobody reads
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Begin to read, whenever somebody subscribes."""
        self._thread.start()

    def close(self) -> None:
        """Tell all subscribers that no more will come."""
        self._ended.set()
        self._somebody.set()
        with self._changing:
            for subscriber in self._subscribers:
                subscriber.deliver(None)

    @contextmanager
    def subscribed(self, wanted: Wanted, deliver: Deliver) -> Iterator[None]:
        """Have events delivered until the block ends, on the thread of the feed.

        Raises StorageUnavailable when PostgreSQL does not answer.
        """
        subscriber = _Subscriber(wanted, deliver)
        with self._changing:
            if self._place is None:
                self._place = newest_place(self._database)
            self._subscribers.add(subscriber)
            self._somebody.set()
            if self._ended.is_set():
                deliver(None)
        try:
            yield
        finally:
            with self._changing:
                self._subscribers.discard(subscriber)
                if not self._subscribers:
                    self._place = None
                    if not self._ended.is_set():
                        self._somebody.clear()

    def _run(self) -> None:
        wait_s = 0.0
        with Listener(self._database.url) as listener:
            while True:
                self._somebody.wait()
                if self._ended.is_set():
                    return
                listener.wait(wait_s or LOOK_S)
                try:
                    wait_s = HELD_BACK_S if self._pass_on() else LOOK_S
                except StorageUnavailable as error:
                    log.warning("no events can be read: %s", error.message)
                    wait_s = LOOK_S

    def _pass_on(self) -> bool:
        """Hand on what is new; return whether some of it is held back yet."""
        place = self._place
        while place is not None:
            with self._database.begin(EVERY_TENANT) as session:
                found = events.read(session, place, Wanted(EVERY_TENANT), BATCH)
                waiting = not found and events.held_back(session)
            with self._changing:
                if self._place is None:  # the last one left meanwhile
                    return False
                for event in found:
                    for subscriber in self._subscribers:
                        if subscriber.wanted.includes(event):
                            subscriber.deliver(event)
                if found:
                    place = self._place = found[-1].cursor
            if len(found) < BATCH:
                return waiting
        return False
