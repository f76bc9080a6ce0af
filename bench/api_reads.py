"""Reads over a long backlog: single jobs at a rate, and every list with every filter."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.api_server import MeasuredApi, measured_api
from bench.backlog_fill import fill
from bench.http_load import Latencies, at_rate

TENANT = "tenant-3"  # a tenth of the backlog
PER_S, FOR_S = 200, 15
TIMES = 20  # that a list or page is asked for
PAGES_PER_S = 4
LISTS: Mapping[str, str] = {
    "all": "",
    "state": "state=QUEUED",
    "a rare state": "state=RUNNING",
    "a state that none has": "state=REJECTED",
    "catalog": "catalog=catalog-2",
    "asset": "asset=title-77",
    "external id": "external_id=none",
    "text, found nowhere": "text=nowhere",
    "text": "text=title-99",
    "time": "created_before=2020-01-01T00:00:00Z",
    "state and text": "state=PUBLISHED&text=title-5",
}

PAGES: Mapping[str, str] = {
    "farm": "/farm",
    "titles": "/titles",
    "titles that wait": "/titles?state=waiting",
    "titles by words": "/titles?q=title-99",
    "title": "/titles/{job}",
    "catalogs": "/catalogs",
    "submit": "/submit",
    "webhooks": "/webhooks",
    "keys": "/keys",
    "audit": "/audit",
}


@dataclass(frozen=True, slots=True)
class Reads:
    """How long single jobs, lists and pages took; pages as a tenant and an operator see them."""

    job: Latencies
    lists: Mapping[str, Latencies]
    pages: Mapping[str, Latencies]


async def measure_reads(jobs: int) -> Reads:
    """Return what reading takes where so many jobs are known."""
    with measured_api(TENANT) as api:
        await asyncio.to_thread(fill, api.backlog.url, jobs, 1)
        gc.freeze()  # a pause of ours would count as one of theirs
        ids = _ids(api)
        lists = {
            name: await _again_and_again(api, api.key, f"/v1/jobs?{query}")
            for name, query in LISTS.items()
        }
        pages = {
            f"{name}, {who}": await _again_and_again(api, visitor, path.format(job=ids[0]))
            for name, path in PAGES.items()
            for who, visitor in (("tenant", api.session), ("operator", api.operator))
        }
        return Reads(await _jobs(api, ids), lists, pages)


async def _again_and_again(api: MeasuredApi, visitor: str, path: str) -> Latencies:
    """Return how long one path takes, once connections, plans and rows are in memory."""
    await at_rate(api.port, visitor, [path] * 2, PAGES_PER_S, 1)
    return await at_rate(api.port, visitor, [path] * TIMES, PAGES_PER_S, 1)


def _ids(api: MeasuredApi) -> list[str]:
    with api.backlog.database.begin() as session:
        own = session.connection().exec_driver_sql(f"SELECT id FROM job WHERE tenant = '{TENANT}'")
        return sorted(row[0] for row in own)


async def _jobs(api: MeasuredApi, ids: Sequence[str]) -> Latencies:
    chance = random.Random(hashlib.sha256(str(len(ids)).encode()).digest())
    paths = [f"/v1/jobs/{chance.choice(ids)}" for _ in range(PER_S * FOR_S)]
    await at_rate(api.port, api.key, paths[:200], 50)  # until connections and plans are there
    return await at_rate(api.port, api.key, paths, PER_S)
