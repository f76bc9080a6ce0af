"""The API under load: catalogs going in, reads over a long backlog, events to many watchers.

A real API process over a real PostgreSQL and Redis, all on this machine with the load. Beside the
ingest: COPY of the same rows into a bare table, and single POSTs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.api_ingest import measure_ingest
from bench.api_reads import measure_reads
from bench.api_stream import measure_stream


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and its limit, below which or above which it has to stay."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def kept(self) -> bool:
        """Return whether the limit is kept, if there is one."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )


async def measure(titles: int, jobs: int, watchers: int) -> list[Figure]:
    """Return all figures."""
    ingest = await measure_ingest(titles)
    reads = await measure_reads(jobs)
    stream = await measure_stream(watchers)
    return [
        Figure(f"catalog of {titles}, NDJSON", ingest.titles_per_s, "titles/s", at_least=10_000),
        Figure("  COPY of the same rows alone", ingest.copy_per_s, "rows/s"),
        Figure("  the same catalog again", ingest.again_per_s, "titles/s"),
        Figure("  single POSTs, 16 at once", ingest.posts_per_s, "titles/s"),
        Figure("  memory of the API, peak", ingest.peak_mib, "MiB", at_most=300),
        Figure(f"one job, 200/s, {jobs} jobs, p50", reads.job.p50, "ms"),
        Figure("  p99", reads.job.p99, "ms", at_most=25),
        Figure("  failed", reads.job.failed, "", at_most=0),
        *(
            Figure(f"list: {name}, the slowest of 20", found.worst, "ms", at_most=100)
            for name, found in reads.lists.items()
        ),
        *(
            Figure(f"page: {name}, the slowest of 20", found.worst, "ms", at_most=200)
            for name, found in reads.pages.items()
        ),
        *(
            Figure(f"page: {name}, failed", found.failed, "", at_most=0)
            for name, found in reads.pages.items()
            if found.failed
        ),
        Figure(f"an event to {watchers} watchers, the last", stream.last_ms, "ms", at_most=1000),
        Figure("50 events/s, a watcher each job, of a core", stream.core * 100, "%", at_most=10),
    ]


def print_table(figures: Sequence[Figure]) -> None:
    """Print every figure with its limit."""
    for figure in figures:
        limit = ""
        if figure.at_most is not None:
            limit = f"<= {figure.at_most:g}"
        if figure.at_least is not None:
            limit = f">= {figure.at_least:g}"
        mark = "" if figure.kept else "MISSED"
        print(f"{figure.name:<52}{figure.value:>12.1f} {figure.unit:<10}{limit:>10}  {mark}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.api", description=__doc__)
    parser.add_argument("--titles", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--watchers", type=int, default=500)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.titles, options.jobs, options.watchers))
    print_table(figures)
    sys.exit(0 if all(figure.kept for figure in figures) else 1)


if __name__ == "__main__":
    main()
