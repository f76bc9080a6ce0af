"""A PostgreSQL cluster with the schema in it, made once in a run and copied for each farm."""

from __future__ import annotations

import fcntl
import shutil
import time
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from tests.waiting import HANGS_AFTER_S
from workers.programs.servers import start_postgres


def make_cluster(folder: Path) -> Path:
    """Return a stopped cluster below `folder`; of several processes that ask, one makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cluster.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        finished = folder / "cluster"
        if not finished.exists():
            _make(folder / "state")
            (folder / "state" / "postgres").rename(finished)
    return finished


def copy_cluster(cluster: Path, state: Path) -> None:
    """Give a state directory that has no cluster yet a copy of one."""
    if not (state / "postgres").exists():
        shutil.copytree(cluster, state / "postgres")


def _make(state: Path) -> None:
    server, url = start_postgres(Settings(state_dir=state))
    database = Database(url, pool_size=1)
    try:
        wait_for_postgres(database)
        migrate(database)
    finally:
        database.close()
        server.stop()


def wait_for_postgres(database: Database) -> None:
    """Return when a PostgreSQL that was started just now answers."""
    deadline = time.monotonic() + HANGS_AFTER_S
    while True:
        try:
            return database.ping()
        except StorageUnavailable as error:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"PostgreSQL did not come up in {HANGS_AFTER_S:g} s: {error}"
                ) from error
            time.sleep(0.02)
