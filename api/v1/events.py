"""Events: what became true, to be read again from any place, or followed live."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.context import Farm, FeedOf, Reader
from api.v1.shown import OneJob
from farm.access import Caller
from farm.events import END_OF, EventType
from farm.spec import ASSET_PATTERN
from farm.states import ENDED_JOB
from services import events, records
from services.events import Feed
from storage.postgres.events import BEGINNING, EventCursor, StoredEvent, Wanted, read_cursor

routes = APIRouter(prefix="/v1", tags=["events"])

PAGE = 500
BACKLOG = 2000  # events a reader may be behind before it is sent away, to come back
PING_S = 15
SEND_WITHIN_S = 30.0
ENDS = frozenset(END_OF.values())

LastSeen = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=64,
        description="the id of the last event seen: what came after it comes first",
    ),
]
Since = Annotated[
    str | None,
    Query(
        alias="after",
        max_length=64,
        description="the same, where headers cannot be set: a browser's first connection",
    ),
]
Types = Annotated[
    list[EventType] | None, Query(alias="type", max_length=32, description="of these types alone")
]


class EventShown(BaseModel):
    """Something that became true; `data` is as docs/events.md says for its type."""

    id: str = Field(description="its place among all", examples=["48213-1077"])
    type: EventType
    at: datetime
    tenant: str
    catalog: str | None
    job: str | None
    data: dict[str, Any]


class EventPage(BaseModel):
    """Some events in order, and where they go on."""

    events: list[EventShown]
    next: str = Field(description="`after` of the next request, also where nothing is new")


@routes.get("/events", summary="Read events again, from any place on")
def replay(
    farm: Farm,
    caller: Reader,
    after: Annotated[
        str | None, Query(max_length=64, description="`next` of an answer, or the id of an event")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
    types: Types = None,
    job: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", max_length=32)] = None,
    catalog: Annotated[str | None, Query(pattern=ASSET_PATTERN, max_length=128)] = None,
) -> EventPage:
    """In the order in which they became true, with none left out.

    Events stay as long as the record of their job; those of progress for a day.
    """
    place = BEGINNING if after is None else read_cursor(after)
    wanted = _wanted(caller, job, catalog, types)
    found = events.read_events(farm.database, caller, wanted, place, limit)
    return EventPage(
        events=[_shown(event) for event in found], next=str(found[-1].cursor if found else place)
    )


STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events; `data` of each is the event as JSON",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
}


@routes.get("/events/stream", responses=STREAM, response_class=EventSourceResponse)
async def follow(
    farm: Farm,
    feed: FeedOf,
    caller: Reader,
    last_seen: LastSeen = None,
    after: Since = None,
    types: Types = None,
) -> Response:
    """Follow all events from now on, or from the last one seen."""
    wanted = _wanted(caller, None, None, types)
    return stream(farm, feed, caller, wanted, last_seen or after)


@routes.get(
    "/jobs/{job_id}/events",
    responses={**STREAM, 204: {"description": "the job has ended, and all was seen"}},
    response_class=EventSourceResponse,
)
async def follow_job(
    farm: Farm,
    feed: FeedOf,
    caller: Reader,
    job_id: OneJob,
    last_seen: LastSeen = None,
    after: Since = None,
) -> Response:
    """Follow one title from its beginning, or from the last event seen, to its end."""
    job = await run_in_threadpool(records.read_job, farm.database, caller, job_id)
    place = read_cursor(last_seen or after or str(BEGINNING))
    wanted = Wanted(caller.tenant, job_id)
    if job.state in ENDED_JOB:
        unseen = await run_in_threadpool(
            events.read_events, farm.database, caller, wanted, place, 1
        )
        if not unseen:
            return Response(status_code=204)  # which tells browsers not to come again
    return stream(farm, feed, caller, wanted, str(place), until_end=True)


def _wanted(
    caller: Caller, job: str | None, catalog: str | None, types: list[EventType] | None
) -> Wanted:
    return Wanted(caller.tenant, job, catalog, None if types is None else frozenset(types))


def stream(
    farm: Farm,
    feed: Feed,
    caller: Caller,
    wanted: Wanted,
    last_seen: str | None,
    until_end: bool = False,
) -> EventSourceResponse:
    """Return the answer that gives the caller's events as they come, after the last one seen."""
    place = read_cursor(last_seen) if last_seen is not None else None
    return EventSourceResponse(
        _events(farm, feed, caller, wanted, place, until_end),
        ping=PING_S,
        send_timeout=SEND_WITHIN_S,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    farm: Farm,
    feed: Feed,
    caller: Caller,
    wanted: Wanted,
    place: EventCursor | None,
    until_end: bool,
) -> AsyncIterator[ServerSentEvent]:
    """Give what came after `place` (None: nothing of it), then what comes."""
    live: asyncio.Queue[StoredEvent | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def deliver(event: StoredEvent | None) -> None:
        loop.call_soon_threadsafe(live.put_nowait, event)

    subscription = feed.subscribed(wanted, deliver)
    await run_in_threadpool(subscription.__enter__)
    try:
        if place is None:
            place = await run_in_threadpool(events.newest_place, farm.database)
            # Else who is cut off before the first event would not know from where to go on.
            yield ServerSentEvent(id=str(place), comment="from here on", sep="\n")
        while True:
            found = await run_in_threadpool(
                events.read_events, farm.database, caller, wanted, place, PAGE
            )
            for event in found:
                place = event.cursor
                yield _sent(event)
                if until_end and event.type in ENDS:
                    return
            if len(found) < PAGE:
                break
        while (event_or_end := await live.get()) is not None and live.qsize() < BACKLOG:
            if event_or_end.cursor > place:
                yield _sent(event_or_end)
                if until_end and event_or_end.type in ENDS:
                    return
    finally:
        subscription.__exit__(None, None, None)


def _sent(event: StoredEvent) -> ServerSentEvent:
    data = _shown(event).model_dump(mode="json")
    return ServerSentEvent(
        json.dumps(data, separators=(",", ":")), id=str(event.cursor), event=event.type, sep="\n"
    )


def _shown(event: StoredEvent) -> EventShown:
    return EventShown(
        id=str(event.cursor),
        type=EventType(event.type),
        at=event.at,
        tenant=event.tenant,
        catalog=event.catalog,
        job=event.job_id,
        data=event.data,
    )
