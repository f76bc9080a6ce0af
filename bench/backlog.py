"""What a backlog of 100,000 titles costs: the queries that every claim, pass and status make.

A real PostgreSQL, filled by bench.backlog_fill; once with as many jobs as asked for, once with a
thousand: the ratio of PostgreSQL's processor time is the scaling. Times are of calls as the farm
makes them, with all that Python and the driver take. Claims are those of eight workers at once,
with nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass

from bench.backlog_calls import Times, queries, slowest_turns
from bench.backlog_claims import CLAIMERS, claims_per_s
from bench.backlog_fill import GROUPS, TITLE, fill
from bench.backlog_server import backlog_server
from storage.postgres.admission import NO_LIMITS, TitleLimits

SMALL = 1000
CLAIM_FOR_S = 5.0
AMPLE = TitleLimits(titles=1_000_000, titles_of_tenant=1_000_000)  # counted, and never reached


@dataclass(frozen=True, slots=True)
class Measured:
    """One backlog: its size, milliseconds of each query, claims per second, memory."""

    jobs: int
    steps: int
    groups: int
    queued: int
    generations: int
    next_turns_ms: Times
    overview_ms: Times
    due_ms: Times
    retention_ms: Times
    claims_per_s: float
    claims_under_limits_per_s: float
    postgres_mib: float


LIMITS_MS = {"next_turns_ms": 5.0, "overview_ms": 100.0, "due_ms": 20.0, "retention_ms": 20.0}
NAMES = {
    "next_turns_ms": "next turns, the slowest room",
    "overview_ms": "status overview",
    "due_ms": "wake-ups due",
    "retention_ms": "retention due",
}


def measure(jobs: int, seed: int) -> Measured:
    """Fill a new PostgreSQL with `jobs` jobs and measure it."""
    with backlog_server() as server:
        fill(server.url, jobs, seed)
        queued, generations = server.value(_QUEUED), server.value(_GENERATIONS)
        turns = slowest_turns(server.turns)
        times = dict(queries(server.database))
        free = claims_per_s(server.url, NO_LIMITS, CLAIM_FOR_S)
        limited = claims_per_s(server.url, AMPLE, CLAIM_FOR_S)
        return Measured(
            jobs=jobs,
            steps=jobs * len(TITLE),
            groups=GROUPS,
            queued=queued,
            generations=generations,
            next_turns_ms=turns,
            claims_per_s=round(free, 1),
            claims_under_limits_per_s=round(limited, 1),
            postgres_mib=round(server.memory_mib, 1),
            **times,
        )


_QUEUED = "SELECT count(*) FROM step WHERE state = 'QUEUED'"
_GENERATIONS = "SELECT count(*) FROM generation"


def missed(measured: Measured) -> list[str]:
    """Return the queries that take longer than they may."""
    return [name for name, limit_ms in LIMITS_MS.items() if getattr(measured, name).p99 > limit_ms]


def print_table(large: Measured, small: Measured) -> None:
    """Print both backlogs side by side."""
    print(
        f"{large.jobs} jobs, {large.steps} steps, {large.queued} queued in {large.groups} groups,"
        f" {large.generations} generations; beside it {small.jobs} jobs\n"
    )
    print(
        f"{'ms':<30}{'p50':>8}{'p99':>8}{'limit':>10}{'CPU p50':>10}"
        f"{'small p50':>12}{'p99':>8}{'CPU p50':>10}{'ratio':>7}"
    )
    for name, limit_ms in LIMITS_MS.items():
        here, there = getattr(large, name), getattr(small, name)
        print(
            f"{NAMES[name]:<30}{here.p50:>8.2f}{here.p99:>8.2f}{f'<= {limit_ms:.0f}':>10}"
            f"{here.cpu_p50:>10.2f}{there.p50:>12.2f}{there.p99:>8.2f}{there.cpu_p50:>10.2f}"
            f"{here.cpu_p50 / there.cpu_p50:>7.2f}"
        )
    print()
    for name, unit in (
        ("claims_per_s", f"claims per second, {CLAIMERS} claimers"),
        ("claims_under_limits_per_s", "  the same, titles counted"),
        ("postgres_mib", "memory of PostgreSQL, MiB"),
    ):
        here, there = getattr(large, name), getattr(small, name)
        ratio = f"{here / there:.2f}" if there else ""  # a thousand jobs are soon used up
        print(f"{unit:<48}{here:>10.1f}{there:>20.1f}{ratio:>8}")
    print(f"\n{'MISSED' if missed(large) else 'kept'}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.backlog", description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one object instead of the table")
    options = parser.parse_args()
    small = measure(SMALL, options.seed)
    large = measure(options.jobs, options.seed)
    if options.json:
        print(json.dumps({**asdict(large), "small": asdict(small), "missed": missed(large)}))
    else:
        print_table(large, small)
    sys.exit(1 if missed(large) else 0)


if __name__ == "__main__":
    main()
