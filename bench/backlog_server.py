"""The PostgreSQL of a backlog to measure: new, migrated, gone when it is done with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import text

from bench.clips import BUILD
from bench.farm import wait_for
from farm.settings import Settings
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from workers.programs.servers import start_postgres

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class BacklogServer:
    """A running PostgreSQL with the farm's tables."""

    url: str
    database: Database
    turns: Database  # as a worker asks whose turn it is
    pid: int

    def value(self, query: str) -> int:
        """Return the one figure of a query."""
        with self.database.begin() as session:
            return int(session.execute(text(query)).scalar_one())

    @property
    def memory_mib(self) -> float:
        """Return what all of its processes take, each shared page counted once."""
        main = psutil.Process(self.pid)
        each = (main, *main.children(recursive=True))
        return float(sum(process.memory_full_info().pss for process in each)) / MIB


@contextmanager
def backlog_server() -> Iterator[BacklogServer]:
    """Run a PostgreSQL as long as the block lasts."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="backlog-") as folder, ExitStack() as closing:
        server, url = start_postgres(Settings(state_dir=Path(folder)))
        closing.callback(server.stop)
        database = Database(url)
        closing.callback(database.close)
        wait_for(database)
        migrate(database)
        turns = Database(url, few_statements=True)
        closing.callback(turns.close)
        yield BacklogServer(url, database, turns, server.child.pid)
