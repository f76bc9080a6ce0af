"""How long each query on a backlog takes, called as the farm calls it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy.orm import Session

from farm.plan import Resource
from storage.postgres import reconcile, retirement
from storage.postgres.admission import NO_LIMITS, Room, next_turns
from storage.postgres.database import Database
from storage.postgres.overview import farm_snapshot

SAMPLES = 500
WARM_UP = 12  # the driver prepares a statement at its sixth use, PostgreSQL looks at five plans
GIB = 1 << 30
ALL = (Resource.IO, Resource.CPU, Resource.QC)
ROOMS = (
    Room(ALL, 64, 256 * GIB, 64.0, 65.0, 256 * GIB, idle=True),  # a large worker with nothing to do
    Room(ALL, 8, 32 * GIB, 0.0, 1.0, 8 * GIB, idle=False),  # light ones only
    Room(ALL, 8, 32 * GIB, 2.0, 3.0, 8 * GIB, idle=False),  # no room for an encode
    Room(ALL, 8, 32 * GIB, 8.0, 9.0, 1 * GIB, idle=False),  # all cores, hardly any memory
    Room((Resource.IO,), 2, 4 * GIB, 2.0, 3.0, 4 * GIB, idle=True),
    Room((Resource.CPU,), 16, 64 * GIB, 16.0, 17.0, 64 * GIB, idle=True),
    Room((Resource.QC,), 4, 16 * GIB, 0.5, 1.5, 16 * GIB, idle=False),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: half and 99 in 100 calls took no longer.

    `cpu_p50` is of PostgreSQL's process alone: on a busy machine it says more.
    """

    p50: float
    p99: float
    cpu_p50: float


def slowest_turns(database: Database) -> Times:
    """Return how long `next_turns` takes for the room in which it takes longest."""

    def ask(room: Room) -> None:
        with database.autocommit() as connection:
            next_turns(connection, room, NO_LIMITS)

    return max(
        (_timed(database, partial(ask, room)) for room in ROOMS), key=lambda times: times.p99
    )


def queries(database: Database) -> Iterator[tuple[str, Times]]:
    """Give the name of each other query and its times."""
    calls: dict[str, Callable[[Session], object]] = {
        "overview_ms": lambda session: farm_snapshot(session, alive_within_s=60.0),
        "due_ms": lambda session: reconcile.due_for_waking(session, older_than_s=30.0),
        "retention_ms": lambda session: retirement.due(session, keep_s=24 * 3600.0),
    }
    for name, call in calls.items():
        yield name, _timed(database, partial(_in_transaction, database, call))


def _in_transaction(database: Database, call: Callable[[Session], object]) -> None:
    with database.begin() as session:
        call(session)


def _timed(database: Database, call: Callable[[], object]) -> Times:
    """Time `call`, which has one connection of the pool: the only one there is."""
    with database.autocommit() as connection:
        backend = connection.info.backend_pid
    for _ in range(WARM_UP):
        call()
    took_ms, cpu_ms = [], []
    for _ in range(SAMPLES):
        began, cpu_began = time.perf_counter(), _cpu_ms(backend)
        call()
        took_ms.append((time.perf_counter() - began) * 1000)
        cpu_ms.append(_cpu_ms(backend) - cpu_began)
    hundredths = quantiles(took_ms, n=100)
    return Times(round(hundredths[49], 3), round(hundredths[98], 3), round(median(cpu_ms), 3))


def _cpu_ms(pid: int) -> float:
    """Return the processor time a process has had (proc_pid_schedstat(5), in nanoseconds)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
