"""A farm to measure: real PostgreSQL and Redis, and worker processes of a module's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, text

from bench.clips import BUILD
from farm.errors import StorageUnavailable
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.plan import StepPlan
from farm.settings import Settings
from farm.spec import JobSpec
from farm.states import ENDED_JOB
from storage.postgres import fleet, jobs, reconcile
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Job
from storage.wakeups import Wakeups, celery_app
from workers.programs.servers import start_postgres, start_redis

IDLE = "bench.idle_worker"
READY_WITHIN_S = 30.0
LADDER = LadderPolicy(name="none", rungs=(PolicyRung(width=64, height=64, max_bps=10_000, crf=30),))


@dataclass(frozen=True, slots=True)
class BenchFarm:
    """Its database and wake-ups, and how to submit to it."""

    settings: Settings
    database: Database
    wakeups: Wakeups
    urls: dict[str, str]

    def submit(self, steps: Sequence[StepPlan], tenant: str = "bench") -> str:
        """Submit a job of steps without a title behind them, and wake workers for it."""
        spec = JobSpec(tenant=tenant, asset="none", source="none", origin="none", ladder=LADDER)
        with self.database.begin() as session:
            job_id, freed = jobs.submit(session, spec, steps, "bench")
            reconcile.mark_woken(session, freed)
        self.wakeups.wake(freed)
        return job_id

    def wait(self, job_ids: Sequence[str], within_s: float) -> None:
        """Return when all jobs have ended; raise TimeoutError."""
        deadline = time.monotonic() + within_s
        going_on = (
            select(Job.id).where(Job.id.in_(list(job_ids)), Job.state.not_in(ENDED_JOB)).limit(1)
        )
        while True:
            with self.database.begin() as session:
                if session.scalar(going_on) is None:
                    return
            if time.monotonic() > deadline:
                raise TimeoutError(f"jobs had not ended after {within_s} s")
            time.sleep(0.02)

    def query(self, statement: str) -> list[tuple[float, ...]]:
        """Return the rows of a query of figures."""
        with self.database.begin() as session:
            return [tuple(row) for row in session.execute(text(statement))]


@contextmanager
def bench_farm(worker_cores: Sequence[int], worker: str = IDLE) -> Iterator[BenchFarm]:
    """Run servers and one worker per entry of `worker_cores` as long as the block lasts.

    `worker` is the module the worker processes run.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="farm-") as folder, ExitStack() as closing:
        settings = Settings(state_dir=Path(folder), sources="any", origins="any")
        urls = {}
        for name, start in (("broker", start_redis), ("database", start_postgres)):
            server, urls[name] = start(settings)
            closing.callback(server.stop)
        database = Database(urls["database"])
        closing.callback(database.close)
        wait_for(database)
        migrate(database)
        for number, cores in enumerate(worker_cores):
            closing.callback(_end, _start_worker(worker, Path(folder), number, cores, urls))
        farm = BenchFarm(settings, database, Wakeups(celery_app(urls["broker"])), urls)
        _wait_for_workers(farm, len(worker_cores))
        yield farm


def _start_worker(
    module: str, folder: Path, number: int, cores: int, urls: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / f"worker-{number}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={
                **os.environ,
                "REELFARM_STATE_DIR": str(folder / f"worker-{number}"),
                "REELFARM_DATABASE_URL": urls["database"],
                "REELFARM_BROKER_URL": urls["broker"],
                "REELFARM_CORES": str(cores),
                "REELFARM_WORK_URL": str(folder / "work"),
                "REELFARM_SOURCES": "any",
                "REELFARM_ORIGINS": "any",
            },
        )


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait(timeout=60)


def wait_for(database: Database) -> None:
    """Return when PostgreSQL answers; raise StorageUnavailable where it does not come up."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            return database.ping()
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _wait_for_workers(farm: BenchFarm, count: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        with farm.database.begin() as session:
            alive = len(fleet.alive(session, within_s=60))
        if alive == count:
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"{alive} of {count} workers came up in {READY_WITHIN_S} s")
        time.sleep(0.05)
    time.sleep(1)  # reported is not yet taking wake-ups
