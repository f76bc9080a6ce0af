"""Rows of a catalog on their way in: handed on some at a time, while the next ones come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from farm.errors import InvalidSpec
from services.catalogs import CatalogUpload, NotAccepted, Received
from services.rows import RawRow

AT_ONCE = 2000  # rows in one transaction
SHOWN = 1000  # rows in the answer itself; the others by a link


@dataclass(frozen=True, slots=True)
class WholeUpload:
    """What became of all rows of an upload; `not_accepted` are the first of those."""

    upload: CatalogUpload
    accepted: int
    updated: int
    statuses: Counter[str]
    not_accepted: list[NotAccepted]
    stopped: InvalidSpec | None


class Receiver:
    """Takes the rows of one upload; there is an upload as soon as there are rows."""

    def __init__(self, begin: Callable[[], CatalogUpload]) -> None:
        self._begin = begin
        self._upload: CatalogUpload | None = None
        self._rows: list[RawRow] = []
        self._under_way: asyncio.Future[Received] | None = None
        self._accepted = self._updated = 0
        self._statuses: Counter[str] = Counter()
        self._not_accepted: list[NotAccepted] = []
        self._stopped: InvalidSpec | None = None

    async def add(self, rows: Iterable[RawRow]) -> None:
        """Take rows, handing on as many as go in one transaction."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) >= AT_ONCE:
                await self._hand_on()

    def stop(self, error: InvalidSpec) -> None:
        """Note that no more rows can be read; raise the error where there was none before it."""
        if self._upload is None and not self._rows:
            raise error
        self._stopped = error

    async def finish(self) -> WholeUpload:
        """Hand on the rest, and return what became of all."""
        upload = await self._hand_on()
        await self._settle()
        return WholeUpload(
            upload,
            self._accepted,
            self._updated,
            self._statuses,
            self._not_accepted,
            self._stopped,
        )

    async def _hand_on(self) -> CatalogUpload:
        """Have the rows there are put into the catalog, once those before them are.

        They are read while the database still works on those.
        """
        if self._upload is None:
            self._upload = await run_in_threadpool(self._begin)
        batch, self._rows = self._rows, []
        read = await run_in_threadpool(self._upload.read, batch)
        await self._settle()
        self._under_way = asyncio.ensure_future(run_in_threadpool(self._upload.take, read))
        return self._upload

    async def _settle(self) -> None:
        if self._under_way is None:
            return
        received = await self._under_way
        self._under_way = None
        self._accepted += received.accepted
        self._updated += received.updated
        self._statuses.update(row.status for row in received.not_accepted)
        room = SHOWN - len(self._not_accepted)
        self._not_accepted += received.not_accepted[:room]
