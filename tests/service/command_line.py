"""Running the real `reelfarm` command, and finding every process that belongs to it."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil

from tests.evidence import note_log
from tests.forked import Ran, run_reelfarm
from tests.service.commands import REELFARM


def path_of(url: str) -> Path:
    """Return the path a file:// URL of a record means."""
    return Path(unquote(urlsplit(url).path))


FAST_LADDER = """\
name: fast
preset: ultrafast
rungs:
  - {width: 160, height: 90, max_bps: 150000, crf: 30}
  - {width: 320, height: 180, max_bps: 500000, crf: 26}
"""
LENIENT_QC = "{top_harmonic_mean: 20, top_p5: 10, top_p1: 5, subsample: 5}\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with a state directory, an origin, a fast ladder and lenient thresholds."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def origin(self) -> Path:
        return self.folder / "origin"

    def arguments(self, verb: str, source: str, *options: str) -> list[str]:
        """Return the arguments of a fast `run` or `plan`."""
        (self.folder / "fast.yaml").write_text(FAST_LADDER)
        (self.folder / "qc.yaml").write_text(LENIENT_QC)
        return [
            *(verb, "--origin", str(self.origin)),
            *("--ladder", str(self.folder / "fast.yaml"), "--qc", str(self.folder / "qc.yaml")),
            *("--state", str(self.state), "--json", *options, "--", source),
        ]

    def run(self, source: str, *options: str) -> Ran:
        """Run `reelfarm run` to its end."""
        note_log(self.state / "logs" / "worker.log")
        return run_reelfarm(self.arguments("run", source, *options))

    def start(self, source: str, *options: str) -> subprocess.Popen[bytes]:
        """Start `reelfarm run` and leave it running."""
        note_log(self.state / "logs" / "worker.log")
        return subprocess.Popen(
            [*REELFARM, *self.arguments("run", source, *options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def processes(self) -> list[psutil.Process]:
        """Return every process that works on this state directory, whoever its parent is."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def wait_until_gone(self, within_s: float) -> list[psutil.Process]:
        """Return the processes that are still there after `within_s` seconds."""
        deadline = time.monotonic() + within_s
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def worker_log(self) -> str:
        log = self.state / "logs" / "worker.log"
        return log.read_text() if log.exists() else ""

    def origin_files(self) -> list[str]:
        """Return every file below the origin, however hidden."""
        return sorted(
            path.relative_to(self.origin).as_posix()
            for path in self.origin.rglob("*")
            if path.is_file()
        )

    def _is_ours(self, process: psutil.Process) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            # A worker is known by its environment, a media program by its scratch directory.
            marks = [*process.cmdline(), process.cwd(), *process.environ().values()]
            return process.status() != psutil.STATUS_ZOMBIE and any(
                str(self.folder) in mark for mark in marks
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
