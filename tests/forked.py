"""`reelfarm` processes, forked from one that has imported everything already.

Much of what starting one costs is its imports; hundreds of tests need not pay that each time. It
is a process of its own all the same. That one starts from nothing is seen where the README's
commands are run, and wherever a test starts `up` or a server.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.evidence import note
from tests.forked_worker import forked_worker, settle
from tests.waiting import HANGS_AFTER_S

PRELOADED = [
    *("cli.main", "cli.run", "cli.plan", "cli.watch", "cli.health", "cli.folder"),
    *("workers.engine.main", "workers.upkeep.reconciler", "tests.forked"),
]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(PRELOADED)
HOME = Path(__file__).parent.parent


def _be_ready_to_fork() -> None:
    """Start what forks, if it does not run: where modules are found, wherever the tests are."""
    here = Path.cwd()
    os.chdir(HOME)
    try:
        ensure_running()
    finally:
        os.chdir(here)


class Forked:
    """A process that is the command `reelfarm ARGUMENTS`, to be handled like a subprocess.Popen.

    Its output goes to the end of the files `out` and `err`. It dies with the tests.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        out: Path,
        err: Path,
    ) -> None:
        self._words = f"reelfarm {' '.join(arguments)}"
        given = (list(arguments), str(folder), dict(environment), str(out), str(err))
        _be_ready_to_fork()
        self._process = _forks.Process(target=_be_reelfarm, args=given)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, None while it runs."""
        return self._process.exitcode

    def wait(self, within_s: float) -> int:
        """Return the exit status; raise subprocess.TimeoutExpired if it has not ended by then."""
        self._process.join(within_s)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._words, within_s)
        return self._process.exitcode

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def record(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document


def run_reelfarm(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    within_s: float = HANGS_AFTER_S,
) -> Ran:
    """Run a command to its end, in this directory and by default with this environment.

    Raises subprocess.TimeoutExpired when it has not ended within `within_s` seconds.
    """
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = Forked(
            arguments,
            folder=Path.cwd(),
            environment=os.environ if environment is None else environment,
            out=out,
            err=err,
        )
        try:
            status = process.wait(within_s)
        finally:
            process.kill()
        ran = Ran(status, out.read_text(), err.read_text())
    note(f"reelfarm {' '.join(arguments)}: status {ran.status}", lambda: ran.stderr)
    return ran


def _be_reelfarm(
    arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str
) -> None:
    from cli.main import main
    from workers.local import stack

    vars(stack)["start_ours"] = forked_worker
    settle(folder, environment, out, err)
    sys.argv = ["reelfarm", *arguments]
    main()
