"""Catalogs: how far each is, in words and as a bar; what failed, with its fix; title by title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.catalog_rows import OF_TITLE, rows_of
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from api.pages.states import ShownState
from api.paging import cut, read_place
from farm.access import Scope
from farm.errors import InvalidSpec, error_class
from farm.spec import ASSET_PATTERN
from farm.states import TitleState
from services import catalog_turns, catalog_views, events, forecasts
from services.catalog_views import CatalogView
from storage.postgres.catalog_titles import TitleFilter
from storage.postgres.catalogs import CatalogRow

routes = APIRouter(prefix="/catalogs", include_in_schema=False)

PAGE = 50
OneCatalog = Annotated[str, Path(pattern=ASSET_PATTERN, max_length=128)]
Start = Annotated[str | None, Query(max_length=512)]


@dataclass(frozen=True, slots=True)
class BarShare:
    """A stretch of a catalog's bar: the titles in one state, in per cent of all."""

    state: str
    shown: ShownState
    titles: int
    x: float
    width: float


def bar_of(row: CatalogRow) -> tuple[BarShare, ...]:
    """Return the bar of a catalog's titles by state."""
    total = sum(row.titles.values())
    shares: list[BarShare] = []
    x = 0.0
    for state, shown in OF_TITLE.items():
        count = row.titles.get(state, 0)
        if count:
            width = 100 * count / total
            shares.append(BarShare(state, shown, count, round(x, 3), round(width, 3)))
            x += width
    return tuple(shares)


def in_words(view: CatalogView) -> str:
    """Return how far a catalog is: "812 of 1,000 published, 3 failed for 2 reasons"."""
    titles = view.row.titles
    total = sum(titles.values())
    published = titles.get(TitleState.PUBLISHED, 0) + titles.get(TitleState.SUPERSEDED, 0)
    said = [f"{published:,} of {total:,} published"]
    failed = titles.get(TitleState.FAILED, 0) + titles.get(TitleState.REJECTED, 0)
    if failed:
        reasons = len(view.failures)
        why = f" for {reasons} {'reason' if reasons == 1 else 'reasons'}" if reasons else ""
        said.append(f"{failed:,} failed{why}")
    for state, word in (
        (TitleState.CANCELLED, "cancelled"),
        (TitleState.TAKEN, "under way"),
        (TitleState.REVIEW, "for a person to decide"),
        (TitleState.WAITING, "to come"),
    ):
        if count := titles.get(state, 0):
            said.append(f"{count:,} {word}")
    return ", ".join(said)


@routes.get("")
def list_catalogs(
    request: Request, farm: Farm, caller: PageReader, after: Start = None
) -> Response:
    place = read_place(after or None, datetime, str)
    at = None if place is None else (place[0], place[1])
    found = catalog_views.list_catalogs(farm.database, caller, at, PAGE + 1)
    return show(
        request,
        "catalogs.html.j2",
        caller,
        rows=[(row, bar_of(row), in_words(CatalogView(row, ()))) for row in found[:PAGE]],
        older=cut(found, PAGE, lambda row: (row.created_at, row.id)),
    )


@routes.get("/{name}")
def catalog(
    request: Request,
    farm: Farm,
    caller: PageReader,
    name: OneCatalog,
    state: Annotated[str, Query(max_length=16)] = "",
    code: Annotated[str, Query(max_length=64, pattern="^[a-z_]*$")] = "",
    after: Start = None,
) -> Response:
    cursor = events.newest_place(farm.database)
    view = catalog_views.view(farm.database, caller, name)
    start = (read_place(after or None, int) or (0,))[0]
    chosen = frozenset({TitleState(state)}) if state in OF_TITLE else frozenset()
    wanted = TitleFilter(chosen, None, code or None)
    found = catalog_views.titles(farm.database, caller, name, wanted, start, PAGE + 1)
    jobs = catalog_views.jobs_of(farm.database, caller, found[:PAGE])
    filters = {key: value for key, value in (("state", state), ("code", code)) if value}
    return show(
        request,
        "catalog.html.j2",
        caller,
        view=view,
        words=in_words(view),
        bar=bar_of(view.row),
        failures=[(each, count, error_class(each)) for each, count in view.failures],
        rows=rows_of(found[:PAGE], jobs, farm.settings.prices),
        has_prices=farm.settings.prices is not None,
        eta=forecasts.catalog_eta(farm.database, caller, name, farm.settings.lease_s),
        state=state if chosen else "",
        code=code,
        filters=urlencode(filters),
        is_first=not start,
        further=cut(found, PAGE, lambda title: (title.position,)),
        cursor=str(cursor),
        is_ended=view.progress >= 1,
    )


@routes.post("/{name}/actions")
def act(farm: Farm, caller: PageReader, name: OneCatalog, form: Form) -> Response:
    caller.check(Scope.SUBMIT)
    action, code = form.get("action", ""), form.get("code", "") or None
    if action == "cancel":
        catalog_views.cancel(farm.database, farm.wakeups, caller, name)
    elif action == "retry":
        catalog_views.retry(farm.database, caller, name, TitleFilter(code=code))
        catalog_turns.begin_due(farm.database, farm.wakeups, farm.settings, caller.acts_for)
    else:
        raise InvalidSpec(f"{action!a} is neither cancel nor retry", input="action")
    return see_other(f"/catalogs/{name}")
