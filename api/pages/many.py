"""Many titles at once: pasted or dropped as CSV, looked at cell by cell before anything is sent."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import LargeForm, PageReader
from api.pages.page import see_other, show
from farm.access import Scope
from farm.errors import InvalidSpec, ReelFarmError
from farm.spec import ASSET_PATTERN
from services import catalog_turns
from services.allowed import Allowed
from services.catalogs import CatalogUpload, title_of_row
from services.locations import load_locations
from services.rows import RawRow, rows_of

routes = APIRouter(prefix="/catalogs", include_in_schema=False)

PASTED = re.compile(r"/catalogs/(preview|hand-in)")  # bodies larger than others
CSV = "text/csv; charset=utf-8"
SHOWN_GOOD, SHOWN_WRONG = 5, 100
AT_ONCE = 2000  # rows in one transaction


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One row with its cells, and what is wrong with which column; "" has what is of none."""

    line: int
    cells: Sequence[str]
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenRows:
    """What would become of pasted rows; `stopped` says why reading them had to stop."""

    columns: Sequence[str]
    good: int
    wrong: int
    shown: Sequence[SeenRow]
    stopped: str | None


@routes.post("/preview")
def preview(request: Request, farm: Farm, caller: PageReader, form: LargeForm) -> Response:
    caller.check(Scope.SUBMIT)
    name = _name(form)
    allowed = load_locations(farm.settings).sources(caller.acts_for)
    return show(
        request,
        "many.html.j2",
        caller,
        name=name,
        text=form.get("rows", ""),
        seen=look(form.get("rows", ""), name, allowed),
    )


@routes.post("/hand-in")
def hand_in(farm: Farm, caller: PageReader, form: LargeForm) -> Response:
    caller.check(Scope.SUBMIT)
    name, text = _name(form), form.get("rows", "")
    rows, _ = _read(text)
    if not rows:
        raise InvalidSpec.of("rows", "there is no title: give a header and at least one row")
    upload = CatalogUpload(farm.database, farm.settings, caller, name, update=False)
    for place in range(0, len(rows), AT_ONCE):
        upload.take(upload.read(rows[place : place + AT_ONCE]))
    catalog_turns.begin_due(farm.database, farm.wakeups, farm.settings, caller.acts_for)
    return see_other(f"/catalogs/{name}")


def look(text: str, catalog: str, allowed: Allowed) -> SeenRows:
    """Return what would become of rows: the first good ones, and those that are wrong."""
    lines = [cells for cells in csv.reader(io.StringIO(text)) if cells]
    columns = [each.strip() for each in lines[0]] if lines else []
    rows, stopped = _read(text)
    shown: list[SeenRow] = []
    good = wrong = 0
    for place, row in enumerate(rows, 1):
        cells = lines[place] if place < len(lines) else []
        try:
            title_of_row(row, catalog, allowed)
        except ReelFarmError as error:
            wrong += 1
            if wrong <= SHOWN_WRONG:
                shown.append(SeenRow(row.line, cells, _faults(error, columns)))
        else:
            good += 1
            if good <= SHOWN_GOOD:
                shown.append(SeenRow(row.line, cells))
    return SeenRows(columns, good, wrong, shown, stopped)


def _read(text: str) -> tuple[list[RawRow], str | None]:
    reader = rows_of(CSV)
    rows: list[RawRow] = []
    try:
        rows += reader.feed(text.encode())
        rows += reader.end()
    except InvalidSpec as error:
        return rows, error.message
    return rows, None


def _faults(error: ReelFarmError, columns: Sequence[str]) -> dict[str, str]:
    listed = error.detail.get("fields")
    faults: dict[str, str] = {}
    for each in listed if isinstance(listed, list) else ():
        faults[_column_of(str(each["field"]), columns)] = str(each["message"])
    if not faults:
        at = "source" if "location" in error.detail and "source" in columns else ""
        faults[at] = error.message
    return faults


def _column_of(name: str, columns: Sequence[str]) -> str:
    """Return the column that a field of a request came from, "" where it is of none."""
    if name in columns:
        return name
    if found := re.match(r"subtitles\.(\d+)", name):
        texts = [each for each in columns if each.startswith("subtitles.")]
        if int(found[1]) < len(texts):
            return texts[int(found[1])]
    return ""


def _name(form: Mapping[str, str]) -> str:
    name = form.get("name", "").strip()
    if not re.fullmatch(ASSET_PATTERN, name) or len(name) > 128:
        raise InvalidSpec.of("name", "use letters, digits, '.', '_' and '-'")
    return name
