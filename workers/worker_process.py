"""A worker as a child process of the stack, replaced when it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from farm.settings import Settings
from workers.programs.leash import leashed
from workers.programs.servers import Server

MAX_LOG_BYTES = 16 << 20
EARLY_S = 10.0
MAX_EARLY_DEATHS = 5


class WorkerProcess:
    """One of the stack's workers, by number."""

    def __init__(self, settings: Settings, number: int) -> None:
        name = "worker" if number == 0 else f"worker-{number + 1}"
        self._log = settings.state_dir / "logs" / f"{name}.log"
        self._server: Server | None = None
        self._started = 0.0
        self._early_deaths = 0

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.child.pid

    @property
    def name(self) -> str:
        """Return the name under which it claims steps."""
        return f"{socket.gethostname()}:{self.pid}"

    def is_dead(self) -> bool:
        return self._server is None or self._server.child.poll() is not None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process, its log appended to."""
        if self._server is None:
            _turn_over(self._log)
        # -P: a celery.py where the user happens to stand must not become ours.
        argv = [sys.executable, "-P", "-m", "workers.serve"]
        with self._log.open("ab") as sink:
            child = subprocess.Popen(
                leashed(argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        self._server = Server("worker", child, signal.SIGKILL, self._log)
        self._started = time.monotonic()

    def replace(self, environment: Mapping[str, str]) -> None:
        """Start another one; raise StorageUnavailable where each dies as soon as it starts."""
        lived_s = time.monotonic() - self._started
        self._early_deaths = self._early_deaths + 1 if lived_s < EARLY_S else 0
        if self._server is not None and self._early_deaths >= MAX_EARLY_DEATHS:
            self._server.check()
        self.start(environment)

    def stop(self) -> None:
        """End the process by force."""
        if self._server is not None:
            self._server.stop()


def _turn_over(log: Path) -> None:
    """Put a log that has grown large aside; the one before it goes."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
