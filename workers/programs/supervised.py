"""A child process that is to run as long as this one: started again when it dies, then stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workers.programs.sandbox import sandboxed
from workers.programs.servers import Server

EARLY_S = 10.0
MAX_EARLY_DEATHS = 5
PAUSE_S = 1.0  # between early deaths
MAX_LOG_BYTES = 16 << 20


class Supervised:
    """What `start` starts; make it on a thread that lasts (a death signal fires when that ends)."""

    def __init__(self, start: Callable[[], Server]) -> None:
        self._start = start
        self._early_deaths = 0
        self._server = start()
        self._started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """Return the id of the process that runs now."""
        return self._server.child.pid

    def tend(self) -> bool:
        """Start the process again if it died; return whether it had.

        Raises StorageUnavailable with the end of its log where it dies as soon as it starts.
        """
        if self._server.child.poll() is None:
            return False
        lived_s = time.monotonic() - self._started_at
        self._early_deaths = self._early_deaths + 1 if lived_s < EARLY_S else 0
        if self._early_deaths >= MAX_EARLY_DEATHS:
            self._server.check()
        if self._early_deaths > 1:
            time.sleep(PAUSE_S)
        self._server = self._start()
        self._started_at = time.monotonic()
        return True

    def check(self) -> None:
        """Raise StorageUnavailable with the end of its log when the process has ended."""
        self._server.check()

    def stop(self) -> None:
        """End the process, by force when it takes too long."""
        self._server.stop()


def start_ours(
    name: str,
    module: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    stop_signal: signal.Signals,
) -> Server:
    """Start a Python module of ours (`["cli.main", "api"]`), its log appended to."""
    _turn_over(log)
    # -P: a celery.py where the user happens to stand must not become ours.
    argv = sandboxed([sys.executable, "-P", "-m", *module])
    with log.open("ab") as sink:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,  # a Ctrl-C at the terminal is ours to handle, in order
            env={**os.environ, **environment},
        )
    return Server(name, child, stop_signal, log)


def _turn_over(log: Path) -> None:
    """Put a log that has grown large aside; the one before it goes."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
