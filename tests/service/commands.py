"""Running the parts of a farm as operators do: as `reelfarm` commands with an environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.evidence import note_log
from tests.forked import Ran, run_reelfarm
from tests.waiting import HANGS_AFTER_S, wait_until

REELFARM = (sys.executable, "-m", "cli.main")


@dataclass(frozen=True, slots=True)
class Running:
    """A command that runs, its output in a file."""

    child: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_until(self, condition: Callable[[], bool], within_s: float = HANGS_AFTER_S) -> None:
        """Return when the condition holds; fail with the output when the command ends before."""
        wait_until(condition, within_s, child=self.child)

    def stop(self, number: signal.Signals = signal.SIGTERM, within_s: float = HANGS_AFTER_S) -> int:
        """Send a signal and return the exit status."""
        self.child.send_signal(number)
        return self.child.wait(within_s)


def farm_environment(**given: str) -> dict[str, str]:
    """Return this environment without any setting of ReelFarm's but those given.

    And but the locations, which a farm must be told: all of this machine where none are given.
    """
    plain = {n: v for n, v in os.environ.items() if not n.startswith("REELFARM_")}
    return plain | {"REELFARM_SOURCES": "any", "REELFARM_ORIGINS": "any"} | given


def reelfarm(*arguments: str, environment: Mapping[str, str]) -> Ran:
    """Run a command to its end."""
    return run_reelfarm(arguments, environment)


@contextmanager
def started(*arguments: str, environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    """Run a command until the `with` ends; by force then, if the test has not stopped it."""
    note_log(log)
    with log.open("wb") as sink:
        child = subprocess.Popen(
            [*REELFARM, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        yield Running(child, log)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
