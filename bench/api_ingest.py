"""Catalogs going in: as one request, as COPY of the same rows, as single requests."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

import psycopg

from bench.api_server import MeasuredApi, measured_api
from bench.clips import BUILD
from bench.http_load import Connection

TENANT = "studio"
POSTS, AT_ONCE = 1000, 16


@dataclass(frozen=True, slots=True)
class Ingest:
    """Titles a second, each way, and the memory of the API."""

    titles_per_s: float
    again_per_s: float
    copy_per_s: float
    posts_per_s: float
    peak_mib: float


def title(number: int) -> dict[str, object]:
    """Return a title as content teams send them."""
    source = f"s3://sources/season-{number % 9}/{number}"
    return {
        "external_id": f"cms-{number}",
        "source": f"{source}.mov",
        "asset": f"film-{number}",
        "origin": "s3://origin/vod",
        "subtitles": [{"language": "en", "uri": f"{source}.en.srt"}],
        "metadata": {"season": number % 9, "name": f"Film {number}"},
    }


async def measure_ingest(titles: int) -> Ingest:
    """Return what a catalog of so many titles takes."""
    rows = [json.dumps(title(number)) for number in range(titles)]
    with measured_api(TENANT) as api:
        body = "\n".join(rows).encode()
        first_s = await _upload(api, body)
        again_s = await _upload(api, body)
        peak_mib = api.peak_mib
        copy_s = _copy(api, rows)
        posts_s = await _posts(api)
    return Ingest(titles / first_s, titles / again_s, titles / copy_s, POSTS / posts_s, peak_mib)


async def _upload(api: MeasuredApi, body: bytes) -> float:
    connection = Connection(api.port, api.key)
    began = time.perf_counter()
    path = "/v1/catalogs?name=autumn"
    status = await connection.request("POST", path, body, "application/x-ndjson")
    taken_s = time.perf_counter() - began
    await connection.close()
    if status != 202:
        raise RuntimeError(f"the catalog was answered {status}")
    return taken_s


def _copy(api: MeasuredApi, rows: list[str]) -> float:
    with psycopg.connect(api.backlog.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (external_id text PRIMARY KEY, request jsonb)")
        began = time.perf_counter()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY bare (external_id, request) FROM STDIN") as copy,
        ):
            for number, row in enumerate(rows):
                copy.write_row((f"cms-{number}", row))
        return time.perf_counter() - began


async def _posts(api: MeasuredApi) -> float:
    numbers = iter(range(POSTS))

    async def one_after_the_other() -> None:
        connection = Connection(api.port, api.key)
        for number in numbers:
            body = json.dumps({**title(number), "origin": str(BUILD / "api-origin")}).encode()
            status = await connection.request("POST", "/v1/jobs", body, "application/json")
            if status != 202:
                raise RuntimeError(f"a title was answered {status}")
        await connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return time.perf_counter() - began
