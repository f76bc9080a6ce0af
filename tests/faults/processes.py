"""The processes of a fault farm: `reelfarm` commands, ended as machines end them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from tests.evidence import note_log
from tests.faults.lines import Lines
from tests.forked import Forked
from tests.waiting import HANGS_AFTER_S
from workers.programs.sandbox import sandboxed


class Member:
    """A `reelfarm` process with a folder, a log and network lines of its own, started at will."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        folder: Path,
        environment: Mapping[str, str],
        lines: Lines,
    ) -> None:
        self.name = name
        self.folder = folder
        self.lines = lines
        self.log = folder / "log"
        self.wrapper: tuple[str, ...] = ()  # if any, a program that execs what it is given
        self._arguments = arguments
        self._environment = {
            **environment,
            **lines.environment(),
            "REELFARM_STATE_DIR": str(folder / "state"),
            "REELFARM_SCRATCH_DIR": str(folder / "scratch"),
        }
        self._child: subprocess.Popen[bytes] | Forked | None = None
        folder.mkdir(parents=True)

    @property
    def pid(self) -> int:
        """Return the id of the process that was started last."""
        assert self._child is not None
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def status(self) -> int | None:
        """Return the exit status of the last process, negative for a signal, None while it runs."""
        return self._child.poll() if self._child is not None else None

    def start(self, **environment: str) -> None:
        """Start the process, with further settings perhaps."""
        assert not self.alive, f"{self.name} runs already"
        note_log(self.log)
        given = {**_plain_environment(), **self._environment, **environment}
        self._child = self._start_wrapped(given) if self.wrapper else self._fork(given)

    def _fork(self, environment: Mapping[str, str]) -> Forked:
        return Forked(
            self._arguments,
            folder=self.folder,
            environment=environment,
            out=self.log,
            err=self.log,
        )

    def _start_wrapped(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        argv = [*self.wrapper, sys.executable, "-P", "-m", "cli.main", *self._arguments]
        with self.log.open("ab") as sink:
            return subprocess.Popen(
                sandboxed(argv),  # nothing outlives the tests, however they end
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                env=environment,
            )

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process as the kernel would, if it runs."""
        if self.alive:
            self.send(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask the process to end and return its exit status."""
        self.send(signal.SIGCONT)  # a suspended one could not act on it
        self.send(signal.SIGTERM)
        return self.wait()

    def wait(self, within_s: float = HANGS_AFTER_S) -> int:
        """Return the exit status of the process when it has ended by itself."""
        assert self._child is not None
        return self._child.wait(within_s)

    def media_programs(self) -> list[psutil.Process]:
        """Return the media programs this process runs at the moment."""
        try:
            children = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if not _name(child).startswith("python")]

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def is_gone(process: psutil.Process) -> bool:
    """Return whether a process has ended; a suspended one has not."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _plain_environment() -> dict[str, str]:
    """Return our environment without what would change a farm's settings."""
    ours = ("REELFARM_", "AWS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
