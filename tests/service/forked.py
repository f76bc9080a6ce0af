"""The `reelfarm` command, forked from a process that has imported it already.

Half of what a short command costs is its imports; hundreds of tests need not pay that each time.
The command is a process of its own all the same. That it starts from nothing is seen where the
README's commands are run, and wherever a test leaves a command running.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.evidence import note

PRELOADED = ["cli.main", "cli.run", "cli.plan", "cli.watch", "cli.health", "tests.service.forked"]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(PRELOADED)


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
    arguments: Sequence[str], environment: Mapping[str, str] | None = None, within_s: float = 240
) -> Ran:
    """Run a command to its end, in this directory and by default with this environment.

    Raises subprocess.TimeoutExpired when it has not ended within `within_s` seconds.
    """
    words = f"reelfarm {' '.join(arguments)}"
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        given = dict(os.environ if environment is None else environment)
        process = _forks.Process(
            target=_be_reelfarm, args=(list(arguments), given, str(Path.cwd()), str(out), str(err))
        )
        process.start()
        try:
            process.join(within_s)
            if process.exitcode is None:
                raise subprocess.TimeoutExpired(words, within_s)
        finally:
            process.kill()  # nothing, where it has ended
        ran = Ran(process.exitcode, out.read_text(), err.read_text())
    note(f"{words}: status {ran.status}", lambda: ran.stderr)
    return ran


def _be_reelfarm(
    arguments: list[str], environment: dict[str, str], folder: str, out: str, err: str
) -> None:
    from cli.main import main

    gc.freeze()  # what was imported before is there to stay: collecting need not visit it
    for number, opened in enumerate(
        (
            os.open(os.devnull, os.O_RDONLY),
            os.open(out, os.O_WRONLY | os.O_CREAT),
            os.open(err, os.O_WRONLY | os.O_CREAT),
        )
    ):
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["reelfarm", *arguments]
    main()
