"""Events to many watchers: how late the last one has it, and what a steady stream costs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.api_server import MeasuredApi, measured_api
from bench.http_load import Connection
from farm.events import EventType, News
from storage.postgres import events
from storage.postgres.models import Job

TENANT = "studio"
ROUNDS = 5
PER_S, FOR_S, JOBS = 50, 10, 50


@dataclass(frozen=True, slots=True)
class Stream:
    """When the last watcher had an event, in ms, and the share of a core at 50 events/s."""

    last_ms: float
    core: float


async def measure_stream(watchers: int) -> Stream:
    """Return what events to so many watchers take."""
    with measured_api(TENANT) as api:
        with api.backlog.database.begin() as session:
            for number in range(JOBS):
                spec = {"source": "s3://in/a.mov"}
                row = Job(id=f"{number:032x}", tenant=TENANT, asset="a", request="r", spec=spec)
                session.add(row)
        last_ms = await _to_all(api, watchers)
        core = await _steady(api)
    return Stream(last_ms, core)


async def _to_all(api: MeasuredApi, watchers: int) -> float:
    """Return the longest time from the commit of an event until all had it, of some rounds."""
    heard = [asyncio.Event() for _ in range(watchers)]
    streams = [asyncio.create_task(_watch(api, "/v1/events/stream", each)) for each in heard]
    await asyncio.sleep(3)  # all are connected
    slowest = 0.0
    for _ in range(ROUNDS):
        for each in heard:
            each.clear()
        await asyncio.to_thread(_tell, api, 0)
        began = time.perf_counter()
        await asyncio.wait_for(asyncio.gather(*(each.wait() for each in heard)), 30)
        slowest = max(slowest, time.perf_counter() - began)
        await asyncio.sleep(0.3)
    await _end(streams)
    return slowest * 1000


async def _steady(api: MeasuredApi) -> float:
    """Return the share of a core that the API takes for a stream, a watcher a job."""
    paths = [f"/v1/jobs/{number:032x}/events" for number in range(JOBS)]
    streams = [asyncio.create_task(_watch(api, path, asyncio.Event())) for path in paths]
    await asyncio.sleep(3)
    began, before = time.perf_counter(), api.cpu_s()
    for number in range(PER_S * FOR_S):
        await asyncio.sleep(max(0.0, began + number / PER_S - time.perf_counter()))
        await asyncio.to_thread(_tell, api, number % JOBS)
    share = (api.cpu_s() - before) / (time.perf_counter() - began)
    await _end(streams)
    return share


async def _watch(api: MeasuredApi, path: str, heard: asyncio.Event) -> None:
    connection = Connection(api.port, api.key)
    try:
        async for line in connection.lines(path):
            if line.startswith(b"data:"):
                heard.set()
    finally:
        await connection.close()


def _tell(api: MeasuredApi, number: int) -> None:
    with api.backlog.database.begin() as session:
        events.tell(session, f"{number:032x}", [News(EventType.WARNING, {"note": number})])


async def _end(streams: list[asyncio.Task[None]]) -> None:
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
