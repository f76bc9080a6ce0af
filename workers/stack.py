"""The farm on one machine: PostgreSQL, Redis and a worker process, as long as a `with` lasts."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from farm.errors import StateInUse, StorageUnavailable
from farm.settings import Settings
from storage import reconcile
from storage.bell import Bell, celery_app
from storage.database import Database
from storage.migrate import migrate
from workers.programs.leash import leashed
from workers.programs.servers import READY_WITHIN_S, Server, start_postgres, start_redis

MAX_LOG_BYTES = 16 << 20
EARLY_S = 10.0
MAX_EARLY_DEATHS = 5
GIVEN_ANSWERS_WITHIN_S = 5.0  # a server that was there before us needs no time to come up
RING_AGAIN_S = 30.0  # a bell older than this may have been lost


class Stack:
    """Owns a state directory and everything that runs on it. Start it from the main thread.

    (A death signal fires when the thread that forked ends, so the thread has to last.)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._closing = ExitStack()
        self._servers: list[Server] = []
        self._worker: Server | None = None
        self._worker_started = 0.0
        self._early_deaths = 0
        self._urls: dict[str, str] = {}
        self._next_sweep = 0.0
        self.database: Database
        self.bell: Bell

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
    def worker_pid(self) -> int:
        """Return the process id of the worker that runs now."""
        assert self._worker is not None
        return self._worker.child.pid

    def tend(self, job_id: str | None = None) -> None:
        """Replace a dead worker, take back lost leases, ring again; cheap, to be called often.

        With a `job_id` only that job's steps are rung for: others stay where they are.
        """
        if self._worker is None or self._worker.child.poll() is not None:
            self._replace_worker()
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + self.settings.reconcile_s
        with self.database.begin() as session:
            reconcile.reap_expired(session)
            due = reconcile.due_for_ringing(session, RING_AGAIN_S, job_id)
        with suppress(StorageUnavailable):  # costs time only: the next sweep rings again
            self.bell.ring(due)

    def settle(self, job_id: str) -> None:
        """End the worker, and the steps of an ended job that it still ran."""
        self._stop_worker()
        with self.database.begin() as session:
            reconcile.release_job(session, job_id)

    def _start(self) -> None:
        _prepare(self.settings.state_dir)
        self._closing.enter_context(_locked(self.settings.state_dir))
        # Left behind by workers that were killed; the lock says that none is alive.
        shutil.rmtree(self.settings.scratch, ignore_errors=True)
        _turn_over(self.settings.state_dir / "logs" / "worker.log")
        self._start_servers()
        self._start_worker()  # imports while PostgreSQL comes up
        self._closing.callback(self._stop_worker)
        self.bell = Bell(celery_app(self._urls["broker"]))
        self.database = Database(self._urls["database"], pool_size=2)
        self._closing.callback(self.database.close)
        self._wait_for_database()
        migrate(self.database)
        if self.settings.database_url is None:
            with self.database.begin() as session:
                reconcile.release_all(session)

    def _replace_worker(self) -> None:
        """Start another worker; raise StorageUnavailable where each dies as soon as it starts."""
        lived_s = time.monotonic() - self._worker_started
        self._early_deaths = self._early_deaths + 1 if lived_s < EARLY_S else 0
        if self._worker is not None and self._early_deaths >= MAX_EARLY_DEATHS:
            self._worker.check()
        self._start_worker()

    def _start_servers(self) -> None:
        """Start the servers that are not given by a setting."""
        for name, given, start in (
            ("broker", self.settings.broker_url, start_redis),
            ("database", self.settings.database_url, start_postgres),
        ):
            if given is not None:
                self._urls[name] = given
                continue
            server, self._urls[name] = start(self.settings)
            self._closing.callback(server.stop)
            self._servers.append(server)

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

    def _start_worker(self) -> None:
        log = self.settings.state_dir / "logs" / "worker.log"
        # -P: a celery.py where the user happens to stand must not become ours.
        argv = [sys.executable, "-P", "-m", "workers.serve"]
        with log.open("ab") as sink:
            child = subprocess.Popen(
                leashed(argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                env={**os.environ, **self._worker_settings()},
            )
        self._worker = Server("worker", child, signal.SIGKILL, log)
        self._worker_started = time.monotonic()

    def _worker_settings(self) -> dict[str, str]:
        """Return our settings, with the servers' addresses, as a worker's environment."""
        urls = {f"{name}_url": url for name, url in self._urls.items()}
        fields = self.settings.model_dump(mode="json", exclude_none=True) | urls
        return {f"REELFARM_{name.upper()}": str(value) for name, value in fields.items()}

    def _stop_worker(self) -> None:
        # By force: its steps' leases are released at the next start, and their programs are
        # leashed to it. Waiting for a step to end could take hours.
        if self._worker is not None:
            self._worker.stop()


def _prepare(state: Path) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            f"cannot use {state} as state directory: {error.strerror}: choose another --state"
        ) from error


def _turn_over(log: Path) -> None:
    """Put a log that has grown large aside; the one before it goes."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


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
