"""Catalogs: any number of titles in one request, each once, and what became of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sse_starlette import EventSourceResponse

from api.context import Farm, FeedOf, Reader, Submitter
from api.paging import After, Limit, Page, cut, read_place
from api.receiving import Receiver
from api.v1.catalog_shown import (
    CatalogShown,
    RetriedTitles,
    TitleQuery,
    TitleShown,
    UploadAnswer,
    UploadRowShown,
    answer_of,
    catalog_of,
    title_of,
    upload_row_of,
)
from api.v1.events import STREAM, LastSeen, Since, stream
from api.v1.results import csv_of, ndjson_of
from farm.errors import InvalidSpec
from farm.spec import ASSET_PATTERN
from services import catalog_turns, catalog_views, forecasts
from services.catalogs import CatalogUpload
from services.rows import CONTENT_TYPES, rows_of
from storage.postgres.catalog_titles import TitleFilter
from storage.postgres.events import Wanted

routes = APIRouter(prefix="/v1/catalogs", tags=["catalogs"])

# Whose body is as long as the catalog: its rows are taken as they come.
STREAMED, STREAMED_METHODS = re.compile(r"/v1/catalogs"), frozenset({"POST"})

Name = Annotated[str, Path(pattern=ASSET_PATTERN, max_length=128, description="of a catalog")]
BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in CONTENT_TYPES},
    }
}


@routes.post("", status_code=202, summary="Hand in a catalog", openapi_extra=BODY)
async def upload(
    farm: Farm,
    caller: Submitter,
    request: Request,
    name: Annotated[str, Query(pattern=ASSET_PATTERN, max_length=128)],
    on_change: Annotated[
        Literal["conflict", "update"],
        Query(description="what becomes of a title that is there with another request"),
    ] = "conflict",
) -> UploadAnswer:
    """Take in any number of titles as NDJSON, CSV or a JSON array, streamed.

    Good rows go in, whatever the others are. The same rows again change nothing, however much
    later: a title is known by its `external_id` in the catalog.
    """
    rows = rows_of(request.headers.get("Content-Type", ""))
    update = on_change == "update"
    receiver = Receiver(lambda: CatalogUpload(farm.database, farm.settings, caller, name, update))
    try:
        async for chunk in request.stream():
            await receiver.add(rows.feed(chunk))
        await receiver.add(rows.end())
    except InvalidSpec as error:  # the text itself is broken: what was before it is good
        receiver.stop(error)
    received = await receiver.finish()
    answer = answer_of(received)
    await run_in_threadpool(
        catalog_turns.begin_due, farm.database, farm.wakeups, farm.settings, caller.acts_for
    )
    return answer


@routes.get("", summary="List catalogs")
def list_catalogs(
    farm: Farm, caller: Reader, after: After = None, limit: Limit = 50
) -> Page[CatalogShown]:
    """The newest first."""
    place: Any = read_place(after, datetime, str)
    found = catalog_views.list_catalogs(farm.database, caller, place, limit + 1)
    return Page(
        items=[catalog_of(catalog_views.CatalogView(row, ())) for row in found[:limit]],
        next=cut(found, limit, lambda row: (row.created_at, row.id)),
    )


@routes.get("/{name}", summary="A catalog at a glance")
def read(farm: Farm, caller: Reader, name: Name) -> CatalogShown:
    """How many titles are in which state, what went wrong, by its code, and when all are done."""
    view = catalog_views.view(farm.database, caller, name)
    eta = forecasts.catalog_eta(farm.database, caller, name, farm.settings.lease_s)
    return catalog_of(view, eta)


@routes.get("/{name}/titles", summary="The titles of a catalog")
def titles(
    farm: Farm, caller: Reader, name: Name, asked: Annotated[TitleQuery, Query()]
) -> Page[TitleShown]:
    """As they came in."""
    after = (read_place(asked.after, int) or (0,))[0]
    wanted = asked.as_asked()
    found = catalog_views.titles(farm.database, caller, name, wanted, after, asked.limit + 1)
    return Page(
        items=[title_of(title) for title in found[: asked.limit]],
        next=cut(found, asked.limit, lambda title: (title.position,)),
    )


@routes.get(
    "/{name}/results",
    summary="What became of every title, as one file",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}, "application/x-ndjson": {}}}},
)
def results(
    farm: Farm, caller: Reader, name: Name, format: Literal["csv", "ndjson"] = "csv"
) -> Response:
    """Streamed, however many there are."""
    catalog_views.view(farm.database, caller, name)
    found = catalog_views.all_titles(farm.database, caller, name, TitleFilter())
    kind, text = ("text/csv", csv_of) if format == "csv" else ("application/x-ndjson", ndjson_of)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return StreamingResponse(text(found), media_type=kind, headers=headers)


@routes.get("/{name}/uploads/{upload_id}/rows", summary="Rows that were not accepted")
def upload_rows(
    farm: Farm,
    caller: Reader,
    name: Name,
    upload_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    after: After = None,
    limit: Limit = 100,
) -> Page[UploadRowShown]:
    """Of one upload, kept for 30 days."""
    line = (read_place(after, int) or (0,))[0]
    found = catalog_views.upload_rows(farm.database, caller, name, upload_id, line, limit + 1)
    return Page(
        items=[upload_row_of(row) for row in found[:limit]],
        next=cut(found, limit, lambda row: (row.line,)),
    )


@routes.post("/{name}/cancel", summary="End a catalog")
def cancel(farm: Farm, caller: Submitter, name: Name) -> CatalogShown:
    """Titles that wait never begin, those under way are cancelled; published ones stay."""
    return catalog_of(catalog_views.cancel(farm.database, farm.wakeups, caller, name))


@routes.post("/{name}/retry", summary="Make titles of a catalog again that did not come out")
def retry(farm: Farm, caller: Submitter, name: Name, asked: TitleQuery) -> RetriedTitles:
    """By default those that failed, were rejected or cancelled; what was made is used again."""
    count = catalog_views.retry(farm.database, caller, name, asked.as_asked())
    catalog_turns.begin_due(farm.database, farm.wakeups, farm.settings, caller.acts_for)
    return RetriedTitles(titles=count)


@routes.get("/{name}/events", responses=STREAM, response_class=EventSourceResponse)
async def follow(
    farm: Farm,
    feed: FeedOf,
    caller: Reader,
    name: Name,
    last_seen: LastSeen = None,
    after: Since = None,
) -> Response:
    """Follow the titles of a catalog from now on, or from the last event seen."""
    await run_in_threadpool(catalog_views.view, farm.database, caller, name)
    return stream(farm, feed, caller, Wanted(caller.tenant, catalog=name), last_seen or after)
