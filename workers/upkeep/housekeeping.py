"""Housekeeping: what dead workers and old generations leave in the stores is cleared away.

Any number of passes may run at once, here and elsewhere: they leave each other's work alone, and
everything they do can be done twice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields

from farm.errors import ReelFarmError
from farm.settings import Settings
from storage.objects.parallel import in_parallel
from storage.objects.store import ObjectStore
from storage.objects.stores import open_store
from storage.postgres import chores, decisions, retirement, uploads
from storage.postgres.database import Database
from storage.postgres.retirement import Removal
from workers.upkeep import retiring
from workers.upkeep.handed_in import let_uploads_go

log = logging.getLogger("reelfarm.housekeeping")

FOLDERS_AT_ONCE = 10  # in one transaction
INCOMING_EVERY_S = 3600.0
MAX_TROUBLES = 3  # of one store in one pass: then it is out of order, and its turn is over


@dataclass(frozen=True, slots=True)
class Kept:
    """How much a pass put in order."""

    pointers: int  # assets whose pointers had to be brought back to their current generation
    uploads: int  # folders of steps that did not complete
    incoming: int  # unfinished puts
    generations: int  # begun to be removed
    objects: int  # removed, with all of these
    sources: int = 0  # files that tenants handed in, begun to be removed

    @property
    def anything(self) -> bool:
        """Return whether there was anything to do."""
        return any(astuple(self))


def keep_house(database: Database, settings: Settings) -> Kept:
    """Put in order what can be, once; raise StorageUnavailable only without PostgreSQL.

    What a store refuses is logged, and done by a later pass.
    """
    work = _Pass(database, settings)
    work.tidy_assets()
    work.end_tests()
    work.clear_uploads()
    work.clear_incoming()
    work.clear_sources()
    work.remove_generations()
    return Kept(**{field.name: work.counts[field.name] for field in fields(Kept)})


class _Pass:
    """One pass: the stores it has opened, its troubles with them, and its counts."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._stores: dict[str, ObjectStore] = {}
        self._troubles: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def tidy_assets(self) -> None:
        with self._database.begin() as session:
            assets = {
                *retirement.doubtful(session, self._settings.abandoned_after_s),
                *decisions.doubtful(session, self._settings.abandoned_after_s),
                *retirement.due(session, self._settings.keep_generations_s),
            }
        for asset in sorted(assets):
            with self._trouble_logged(asset.origin):
                tidied = retiring.tidy(
                    self._database,
                    self._store(asset.origin),
                    asset,
                    self._settings.keep_generations_s,
                )
                self.counts["pointers"] += tidied.mended
                self.counts["generations"] += tidied.marked

    def end_tests(self) -> None:
        """Take what was published to be tried off its origin, once it had its time."""
        keep_s = self._settings.keep_tests_s
        with self._database.begin() as session:
            assets = retirement.tests_over(session, keep_s)
        for asset in assets:
            with self._trouble_logged(asset.origin):
                ended = retiring.end_tests(self._database, self._store(asset.origin), asset, keep_s)
                self.counts["generations"] += ended.marked

    def clear_uploads(self) -> None:
        """Clear the folders of the work store that no part lies in, again on every pass.

        A worker that was suspended can still be writing there, so a folder is only forgotten once
        it is old.
        """
        last: str | None = ""
        while last is not None:
            after, last = last, None
            with self._trouble_logged(self._settings.work):
                last = self._clear_uploads(after)

    def _clear_uploads(self, after: str) -> str | None:
        """Clear some folders in order; return the last one, None when there was none."""
        with self._database.begin() as session:
            found = uploads.abandoned(
                session, self._settings.abandoned_after_s, FOLDERS_AT_ONCE, after
            )
            for upload in found:
                with self._trouble_logged(self._settings.work):
                    self._clear(upload.folder)
                    if upload.settled:
                        uploads.forget(session, upload.folder)
        return found[-1].folder if found else None

    def _clear(self, folder: str) -> None:
        work = self._store(self._settings.work)
        keys = [found.key for found in work.listed(f"{folder}/")]
        in_parallel(work.delete, keys, work.parallel)
        self.counts["uploads"] += bool(keys)
        self.counts["objects"] += len(keys)

    def clear_sources(self) -> None:
        """Clear what tenants handed in, once it had its time or nobody goes on with it."""
        with self._trouble_logged(self._settings.work):
            self.counts["sources"] += let_uploads_go(self._database, self._settings)

    def clear_incoming(self) -> None:
        """Clear unfinished puts, once for all reconcilers and an hour: listing them costs requests.

        More often only where they count as abandoned sooner.
        """
        age_s = self._settings.abandoned_after_s
        with self._database.begin() as session:
            if not chores.take(session, "incoming", min(age_s, INCOMING_EVERY_S)):
                return
        with self._trouble_logged(self._settings.work):
            work = self._store(self._settings.work)
            self.counts["incoming"] += work.clear_abandoned("work/", age_s)
        with self._database.begin() as session:
            shelves = retirement.shelves(session)
        for origin, tenant in shelves:
            with self._trouble_logged(origin):
                store = self._store(origin)
                self.counts["incoming"] += store.clear_abandoned(f"{tenant}/", age_s)

    def remove_generations(self) -> None:
        """Remove what is left of generations that are to go; forget them once nothing comes back.

        A publisher that was suspended can still be uploading to one that was never published.
        """
        with self._database.begin() as session:
            removals = retirement.being_removed(session, self._settings.abandoned_after_s)
        for removal in removals:
            with self._trouble_logged(removal.generation.asset.origin):
                self._remove(removal)

    def _remove(self, removal: Removal) -> None:
        store = self._store(removal.generation.asset.origin)
        with self._database.begin() as session:
            if not retirement.take(session, removal.generation):
                return
            self.counts["objects"] += retiring.remove(store, removal.generation)
            if removal.settled and not any(store.listed(f"{removal.generation.folder}/")):
                retirement.forget(session, removal.generation)

    def _store(self, location: str) -> ObjectStore:
        """Return the store there; raise _OutOfOrderError when it had its chances in this pass."""
        if self._troubles[location] >= MAX_TROUBLES:
            raise _OutOfOrderError
        if location not in self._stores:
            self._stores[location] = open_store(location, self._settings)
        return self._stores[location]

    @contextmanager
    def _trouble_logged(self, location: str) -> Iterator[None]:
        """Log what a store refuses, so that the others get their turn."""
        try:
            yield
        except _OutOfOrderError:
            pass
        except ReelFarmError as error:
            self._database.ping()  # without PostgreSQL there is nothing to go on with
            self._troubles[location] += 1
            log.warning("%s: %s", location, error.message)


class _OutOfOrderError(Exception):
    """A store was in trouble too often in this pass; it was logged."""
