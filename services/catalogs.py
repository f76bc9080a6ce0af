"""Catalogs: any number of titles under one name, each once forever, begun when its turn nears."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec, ReelFarmError
from farm.settings import Settings
from farm.spec import JobRequest, refused
from farm.uploads import upload_ids
from services.allowed import Allowed
from services.catalog_admission import admit
from services.locations import load_locations, locations_now
from services.rows import RawRow
from storage.postgres import audit, catalog_intake, catalogs, control
from storage.postgres.catalog_intake import Met, NewTitle
from storage.postgres.database import Database

DUPLICATE, REJECTED = "duplicate", "rejected"


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """A row that added nothing: it was there already, or cannot be taken."""

    line: int
    external_id: str | None
    status: str
    job_id: str | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Rows as they were read: titles that can go in, and the others."""

    titles: Sequence[NewTitle]
    refusals: Sequence[NotAccepted]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of some rows of an upload."""

    accepted: int
    updated: int
    not_accepted: list[NotAccepted]


class CatalogUpload:
    """One upload to a catalog: rows go in some at a time, each time in a transaction.

    Whatever was in when it was cut short stays, and the same rows again change nothing.
    """

    def __init__(
        self, database: Database, settings: Settings, caller: Caller, name: str, update: bool
    ) -> None:
        """Raises nothing for a new name: the catalog is made."""
        self._database = database
        self._caller = caller
        self._update = update
        self.name = name
        with database.begin(caller.tenant) as session:
            self._locations = locations_now(session, load_locations(settings), caller.acts_for)
            self.catalog_id = catalogs.open_named(session, caller.acts_for, name)
            self.id = catalogs.begin_upload(session, caller.acts_for, self.catalog_id)
            audit.note(session, caller, "catalog.uploaded", name, upload=self.id, update=update)

    def read(self, rows: Sequence[RawRow]) -> ReadRows:
        """Return what rows ask for, or why they cannot be taken."""
        titles: list[NewTitle] = []
        refusals: list[NotAccepted] = []
        for row in rows:
            try:
                titles.append(self._title(row))
            except ReelFarmError as error:
                external_id = (row.fields or {}).get("external_id")
                known = external_id if isinstance(external_id, str) else None
                refusals.append(NotAccepted(row.line, known, REJECTED, error=error.as_json()))
        return ReadRows(titles, refusals)

    def take(self, rows: ReadRows) -> Received:
        """Put titles into the catalog, and say of those that are not new what they are."""
        place = (self._caller.acts_for, self.catalog_id)
        with self._database.begin(self._caller.tenant) as session:
            admitted = admit(session, *place, rows.titles, self._update)
            taken = catalog_intake.take_in(session, *place, admitted.titles, self._update)
            by_line = {title.line: title for title in rows.titles}
            met = [_met(each, by_line[each.line]) for each in taken.met]
            turned_away = [
                NotAccepted(title.line, title.external_id, REJECTED, error=error.as_json())
                for title, error in admitted.refused
            ]
            left = sorted([*rows.refusals, *met, *turned_away], key=lambda each: each.line)
            catalog_intake.keep_rows(
                session,
                self.id,
                ((each.line, each.external_id, each.status, each.error) for each in left),
            )
        self._cancel(taken.replaced)
        return Received(taken.new, len(taken.replaced), left)

    def _title(self, row: RawRow) -> NewTitle:
        return title_of_row(row, self.name, self._locations.sources(self._caller.acts_for))

    def _cancel(self, job_ids: Sequence[str | None]) -> None:
        """End the jobs of titles that are another request now; an ended one stays as it is."""
        for job_id in filter(None, job_ids):
            with self._database.begin(self._caller.tenant) as session:
                control.request_cancel(session, self._caller.tenant, job_id)


def title_of_row(row: RawRow, catalog: str, allowed: Allowed) -> NewTitle:
    """Return the title that a row asks for; raise InvalidSpec or LocationNotAllowed."""
    if row.fields is None:
        raise InvalidSpec.of(f"line {row.line}", row.problem)
    try:
        request = JobRequest.model_validate({**row.fields, "catalog": catalog})
    except ValidationError as error:
        raise refused(error, JobRequest) from error
    if not request.external_id:
        message = "give each title an id of yours: it makes sure that it is made once"
        raise InvalidSpec.of("external_id", message)
    for uri in request.files:
        allowed.check_uri(uri)
    given = request.given()
    del given["catalog"]
    text = json.dumps(given, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return NewTitle(
        row.line,
        request.external_id,
        text,
        digest,
        request.priority,
        upload_ids(request.files),
        request.mode == "test",
    )


def _met(met: Met, title: NewTitle) -> NotAccepted:
    """Return what is said of a title that was there already."""
    if met.before is None:
        return NotAccepted(met.line, met.external_id, DUPLICATE, met.job_id)
    changes = difference(met.before, json.loads(title.request))
    conflict = Conflict(
        f"{met.external_id} is in the catalog already, with other"
        f" {', '.join(sorted(changes))}: send it with on_change=update to replace it",
        input=met.external_id,
        difference=changes,
    )
    return NotAccepted(met.line, met.external_id, REJECTED, met.job_id, conflict.as_json())


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return each field in which two requests differ, with both values."""
    names = sorted(before.keys() | after.keys())
    return {
        name: {"is": before.get(name), "sent": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    }
