"""A part of the farm as a child of this process: started, started again when it dies, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workers.programs.leash import leashed
from workers.programs.servers import Server

EARLY_S = 10.0
MAX_EARLY_DEATHS = 5
PAUSE_S = 1.0  # between early deaths


class Part:
    """One `reelfarm` command that is to run as long as this process; start it from a thread
    that lasts as long (its death signal fires when that ends).
    """

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        # -P: a module of ours where the user happens to stand must not be taken for ours.
        self._argv = leashed([sys.executable, "-P", "-m", "cli.main", *arguments])
        self._name = name
        self._environment = {**os.environ, **environment}
        self._log = log
        self._early_deaths = 0
        self._start()

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
        if self._early_deaths:
            time.sleep(PAUSE_S)
        self._start()
        return True

    def stop(self) -> None:
        """End the process in order, or by force when it takes too long."""
        self._server.stop()

    def _start(self) -> None:
        with self._log.open("ab") as sink:
            child = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to handle, in order
                env=self._environment,
            )
        self._server = Server(self._name, child, signal.SIGTERM, self._log)
        self._started_at = time.monotonic()
