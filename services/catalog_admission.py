"""Which titles of an upload may go into their catalog, by what is there of them already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from farm.errors import InvalidSource, ReelFarmError
from services import quotas
from services.handed_in import no_such_upload
from services.quotas import WaitingRoom
from storage.postgres import catalog_intake, source_uploads
from storage.postgres.catalog_intake import Known, NewTitle
from storage.postgres.database import Transaction


@dataclass(frozen=True, slots=True)
class Admitted:
    """Titles that may go in, and those that may not, with the reason."""

    titles: Sequence[NewTitle]
    refused: Sequence[tuple[NewTitle, ReelFarmError]]


def admit(
    session: Transaction, tenant: str, catalog_id: str, titles: Sequence[NewTitle], update: bool
) -> Admitted:
    """Return which titles may go into a catalog until the transaction ends.

    Those that add nothing always may, so that the same upload again changes nothing, however much
    later. The files that others name are there, and stay; of others the first go in for which the
    tenant's quota has room.
    """
    room = quotas.waiting_room(session, tenant)
    named = {upload_id for title in titles for upload_id in title.uploads.values()}
    there = source_uploads.usable(session, tenant, named) if named else {}
    if named <= there.keys() and (room is None or room.left >= len(titles)):
        return Admitted(titles, ())
    ids = {title.external_id for title in titles}
    known = catalog_intake.known(session, tenant, catalog_id, ids)
    door = _Door(known, there.keys(), room, update)
    for title in titles:
        door.ask(title)
    return Admitted(door.admitted, door.refused)


@dataclass(slots=True)
class _Door:
    """Lets titles in one after the other: of several with one id the first counts."""

    known: Mapping[str, Known]
    uploads: Collection[str]
    room: WaitingRoom | None
    update: bool
    admitted: list[NewTitle] = field(default_factory=list)
    refused: list[tuple[NewTitle, ReelFarmError]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _taken: int = 0  # of the room

    def ask(self, title: NewTitle) -> None:
        if self._begins_anew(title):
            error = self._missing(title) or self._no_room(title)
            if error is not None:
                self.refused.append((title, error))
                return
            self._taken += self._adds(title)
        self._seen.add(title.external_id)
        self.admitted.append(title)

    def _begins_anew(self, title: NewTitle) -> bool:
        if title.external_id in self._seen:
            return False
        before = self.known.get(title.external_id)
        return before is None or (self.update and before.digest != title.digest)

    def _missing(self, title: NewTitle) -> InvalidSource | None:
        for uri, upload_id in title.uploads.items():
            if upload_id not in self.uploads:
                return no_such_upload(uri)
        return None

    def _no_room(self, title: NewTitle) -> ReelFarmError | None:
        if self.room is None or self.room.left - self._taken >= self._adds(title):
            return None
        return replace(self.room, left=self.room.left - self._taken).refusal()

    def _adds(self, title: NewTitle) -> bool:
        """Return whether there is one title more that waits than before."""
        before = self.known.get(title.external_id)
        return not title.is_test and not (before is not None and before.counts)
