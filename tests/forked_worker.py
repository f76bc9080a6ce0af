"""The worker of a forked `reelfarm run`, forked as well: its imports are not paid again.

It is a process of its own, in the session, with the files and the environment of one that was
started; only its name is that of the tests.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from sqlalchemy import text

from workers.programs.sandbox import PR_SET_PDEATHSIG
from workers.programs.servers import Server

MOST_FILES = 1024
DATABASE_WITHIN_S = 10.0


class ForkedWorker:
    """A worker that a forked command started by forking, to be handled like a subprocess.Popen."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            _be_worker(environment, log)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, within_s: float | None = None) -> int:
        """Return the exit status; raise subprocess.TimeoutExpired if it has not ended by then."""
        deadline = time.monotonic() + (math.inf if within_s is None else within_s)
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a forked worker", within_s or 0)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self.send_signal(signal.SIGKILL)


def forked_worker(
    name: str,
    _module: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    stop_signal: signal.Signals,
) -> Server:
    """Start a worker as `start_ours` does, without its imports."""
    child = ForkedWorker({**os.environ, **environment}, log)
    return Server(name, cast("subprocess.Popen[bytes]", child), stop_signal, log)


def _be_worker(environment: Mapping[str, str], log: Path) -> None:
    """Be a worker until it ends, and never return to what was forked."""
    from workers.engine.main import main

    status = 1
    try:
        # By its folder it is known to whoever looks for what a command left behind.
        settle(str(log.parent), environment, str(log), str(log))
        _wait_for(environment["REELFARM_DATABASE_URL"])
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _wait_for(database_url: str) -> None:
    """Return when a database has its tables: imports take longer than both, and are not made."""
    from storage.postgres.database import Database

    database = Database(database_url)
    deadline = time.monotonic() + DATABASE_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(Exception), database.begin() as session:
            session.execute(text("SELECT count(*) FROM step"))
            break
        time.sleep(0.02)
    database.close()


def settle(folder: str, environment: Mapping[str, str], out: str, err: str) -> None:
    """Make a forked process one of its own: its files, its environment, its place."""
    gc.freeze()  # what was imported before is there to stay: collecting need not visit it
    os.setsid()
    # The server that forked it ends when nobody holds a line to it any more, this one included.
    os.closerange(3, MOST_FILES)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    to_end = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = ((os.devnull, os.O_RDONLY), (out, to_end), (err, to_end))
    for number, (path, flags) in enumerate(files):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
