"""The farm on one machine: PostgreSQL, Redis and worker processes, as long as a `with` lasts."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO

from farm.errors import StateInUse, StorageUnavailable
from farm.settings import Settings
from storage.postgres import reconcile
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.wakeups import Wakeups, celery_app
from workers.engine.scratch import clear_dead
from workers.programs.open_files import take_open_files
from workers.programs.servers import (
    READY_WITHIN_S,
    Server,
    postgres_url,
    start_postgres,
    start_redis,
)
from workers.programs.supervised import Supervised, start_ours
from workers.upkeep.reconciler import Rounds, take_back
from workers.upkeep.webhooks import deliver_due

GIVEN_ANSWERS_WITHIN_S = 5.0  # a server that was there before us needs no time to come up


class Stack:
    """Owns a state directory and everything that runs on it. Start it from the main thread.

    (A death signal fires when the thread that forked ends, so the thread has to last.)
    """

    def __init__(self, settings: Settings, workers: int = 1) -> None:
        self.settings = settings
        self.urls: dict[str, str] = {}  # of "broker" and "database"
        self._closing = ExitStack()
        self._servers: list[Supervised] = []
        self._workers: list[Supervised] = []
        self._worker_count = workers
        self._next_reconcile = 0.0
        self.database: Database
        self.wakeups: Wakeups

    def __enter__(self) -> Stack:
        with ExitStack() as undo:
            undo.callback(self._closing.close)
            self._start()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    @property
    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that run now."""
        return [worker.pid for worker in self._workers]

    def tend(self, job_id: str | None = None) -> None:
        """Replace dead workers and servers, take back lost leases, wake again; to be called often.

        With a `job_id` only that job's steps are woken for: others stay where they are.
        """
        for server in self._servers:
            server.tend()
        for worker in self._workers:
            name = _name_of_worker(worker.pid)
            if worker.tend():
                with self.database.begin() as session:  # no need to wait for its leases to end
                    reconcile.release_worker(session, name)
                self._next_reconcile = 0.0
        if time.monotonic() < self._next_reconcile:
            return
        self._next_reconcile = time.monotonic() + self.settings.reconcile_s
        take_back(self.database, self.wakeups, self.settings, job_id)

    def settle(self, job_id: str) -> None:
        """End the workers and the steps of an ended job they still ran; tell who wants to know."""
        self._stop_workers()
        with self.database.begin() as session:
            reconcile.release_job(session, job_id)
        deliver_due(self.database, self.settings)

    def _start(self) -> None:
        take_open_files()
        _prepare(self.settings.state_dir)
        self._closing.enter_context(_locked(self.settings.state_dir))
        servers = self._closing.enter_context(ExitStack())
        self._closing.callback(self._stop_workers)
        self._start_server("broker", self.settings.broker_url, start_redis, servers)
        self.urls["database"] = self.settings.database_url or postgres_url(self.settings)
        for number in range(
            self._worker_count
        ):  # they import while PostgreSQL is made and comes up
            self._workers.append(Supervised(partial(self._start_worker, number)))
        self._start_server("database", self.settings.database_url, start_postgres, servers)
        self.wakeups = Wakeups(celery_app(self.urls["broker"]))
        self.database = Database(self.urls["database"], pool_size=4)
        self._closing.callback(self.database.close)
        self._wait_for_database()
        migrate(self.database)
        if self.settings.database_url is None:
            with self.database.begin() as session:
                reconcile.release_all(session)
        self._closing.enter_context(Rounds(self.database, self.wakeups, self.settings))

    def _start_server(
        self,
        name: str,
        given: str | None,
        start: Callable[[Settings], tuple[Server, str]],
        closing: ExitStack,
    ) -> None:
        """Start a server that is not given by a setting."""
        if given is not None:
            self.urls[name] = given
            return

        def start_it() -> Server:
            server, self.urls[name] = start(self.settings)
            return server

        process = Supervised(start_it)
        closing.callback(process.stop)
        self._servers.append(process)

    def _start_worker(self, number: int) -> Server:
        name = "worker" if number == 0 else f"worker-{number + 1}"
        log = self.settings.state_dir / "logs" / f"{name}.log"
        # Killed when stopped: its steps' leases are released at the next start, and their programs
        # end with it, by their sandbox. Waiting for a step to end could take hours.
        module = ["workers.engine.main"]
        return start_ours("worker", module, self._settings_of_workers(), log, signal.SIGKILL)

    def _wait_for_database(self) -> None:
        ours = self.settings.database_url is None
        deadline = time.monotonic() + (READY_WITHIN_S if ours else GIVEN_ANSWERS_WITHIN_S)
        while True:
            try:
                self.database.ping()
            except StorageUnavailable:
                for server in self._servers:
                    server.check()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _settings_of_workers(self) -> dict[str, str]:
        """Return our settings, with the servers' addresses, as a worker's environment."""
        urls = {f"{name}_url": url for name, url in self.urls.items()}
        fields = self.settings.model_dump(mode="json", exclude_none=True) | urls
        secrets = {"webhook_secret", "flower_auth", "key"}  # no worker's business
        return {
            f"REELFARM_{name.upper()}": str(value)
            for name, value in fields.items()
            if name not in secrets
        }

    def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.stop()
        if self.settings.scratch.is_dir():
            clear_dead(self.settings.scratch)


def _name_of_worker(pid: int) -> str:
    """Return the name under which a worker process on this machine claims steps."""
    return f"{socket.gethostname()}:{pid}"


def _prepare(state: Path) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            f"cannot use {state} as state directory: {error.strerror}: choose another --state"
        ) from error


def _locked(state: Path) -> IO[str]:
    """Return the state directory's lock file, locked for the life of this process."""
    lock = (state / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise StateInUse(
            f"another reelfarm (process {owner}) is using {state}:"
            " wait for it, or give this one its own --state"
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
