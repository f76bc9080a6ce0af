"""The one place where media programs run: sandboxed, limited, watched, and gone afterwards."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import IO

from farm.command import Command, Finished, Limits
from farm.errors import Cancelled, ReelFarmError, ToolFailed, ToolStalled
from workers.programs.memory import PeakMemory
from workers.programs.open_files import EXHAUSTED, too_few_files
from workers.programs.progress import ProgressReader
from workers.programs.sandbox import sandboxed
from workers.programs.tools import Tools

STDERR_TAIL_BYTES = 64 * 1024
STDOUT_LIMIT_BYTES = 64 * 1024 * 1024  # ffprobe's packet lists; progress output is not kept
TICK_S = 0.2  # how often limits and cancellation are looked at
QUOTED_LINES = 3

Progress = Callable[[Fraction], None]


def run(
    command: Command,
    *,
    tools: Tools,
    cwd: Path,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Finished:
    """Run `command` in `cwd` to its end and return what it printed and cost.

    `on_progress` receives the output time reached, in seconds. Raises ToolFailed with the exit
    code and last lines, LimitTooLow when it could open no more files, ToolStalled when a wall or
    stall limit passes, Cancelled when `cancelled` turns true. However it ends, no process of the
    program's group is left.
    """
    argv = tools.argv(command)
    started = time.monotonic()
    child = subprocess.Popen(
        sandboxed(argv, limits=_rlimits(command.limits)),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a process group of its own, so that all of it can be killed
        env=_environment(cwd),
    )
    memory = PeakMemory(child.pid)
    watch = _Watch(command, child, memory, on_progress, cancelled, started)
    try:
        verdict = watch.until_it_ends()
    finally:
        usage = _end_group(child)
    finished = Finished(
        stdout=bytes(watch.stdout).decode("utf-8", "replace"),
        stderr=bytes(watch.stderr).decode("utf-8", "replace"),
        wall_s=time.monotonic() - started,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=memory.bytes_of(usage),
    )
    if verdict is not None:
        raise verdict
    if child.returncode != 0:
        raise _failure(command, argv, child.returncode, finished)
    return finished


class _Watch:
    """Reads a child's pipes and decides whether it may go on."""

    def __init__(
        self,
        command: Command,
        child: subprocess.Popen[bytes],
        memory: PeakMemory,
        on_progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        started: float,
    ) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self._command = command
        self._child = child
        self._memory = memory
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._started = started
        self._moved = started
        self._progress = ProgressReader()

    def until_it_ends(self) -> Exception | None:
        """Read until both pipes close; return why the child must die, or None when it is done."""
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        with selectors.DefaultSelector() as selector:
            for pipe in (self._child.stdout, self._child.stderr):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                # Sooner at first: what runs for a moment has had its memory looked at.
                age_s = time.monotonic() - self._started
                events = selector.select(min(TICK_S, max(TICK_S / 20, age_s / 4)))
                self._memory.look()
                for key, _ in events:
                    if not self._read(key.fileobj):  # type: ignore[arg-type]
                        selector.unregister(key.fileobj)
                if reason := self._why_it_must_die():
                    return reason
        return self._wait_for_exit()

    def _wait_for_exit(self) -> Exception | None:
        # A program can close its pipes and live on; limits hold for it all the same.
        while os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            self._memory.look()
            if reason := self._why_it_must_die():
                return reason
            time.sleep(TICK_S / 10)
        return None

    def _read(self, pipe: IO[bytes]) -> bool:
        data = os.read(pipe.fileno(), 65536)
        if pipe is self._child.stderr:
            self.stderr += data
            del self.stderr[:-STDERR_TAIL_BYTES]
        elif self._command.reports_progress:
            self._take_progress(data)
        else:
            self.stdout += data
            del self.stdout[STDOUT_LIMIT_BYTES:]
        return bool(data)

    def _take_progress(self, data: bytes) -> None:
        ticks = self._progress.ticks
        self._progress.feed(data)
        if self._progress.ticks == ticks:
            return
        self._moved = time.monotonic()
        if self._on_progress and self._progress.out_time_s is not None:
            self._on_progress(self._progress.out_time_s)

    def _why_it_must_die(self) -> Exception | None:
        if self._cancelled and self._cancelled():
            return Cancelled(f"{self._command.label} was stopped: its job or lease ended")
        now, limits, label = time.monotonic(), self._command.limits, self._command.label
        if now - self._started > limits.wall_s:
            return ToolStalled(f"{label} ran longer than its limit of {limits.wall_s:.0f} s")
        watched = self._command.reports_progress and limits.stall_s is not None
        if watched and now - self._moved > (limits.stall_s or 0):
            return ToolStalled(f"{label} made no progress for {limits.stall_s:.0f} s")
        return None


def _end_group(child: subprocess.Popen[bytes]) -> resource.struct_rusage:
    """Kill whatever is left of the child's group, reap it and return its resource usage."""
    # Before reaping, while the id is surely its own. A group of zombies only answers ESRCH.
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    return usage


def _rlimits(limits: Limits) -> dict[str, int]:
    named = {
        "CPU": limits.cpu_s,
        "AS": limits.memory_bytes,
        "FSIZE": limits.file_bytes,
        "NOFILE": limits.open_files,
        "CORE": 0,  # a crash on hostile media must not fill the disk
    }
    return {name: value for name, value in named.items() if value is not None}


def _environment(cwd: Path) -> dict[str, str]:
    # Nothing of the worker's environment, which holds credentials, reaches a media program.
    plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(cwd), "TMPDIR": str(cwd)}
    # SVT-AV1 would print its settings among FFmpeg's errors, and listens to nothing else; 1: errors
    # The nodes of CUDA devices are numbered in the order of the bus.
    return {**plain, "SVT_LOG": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def _failure(command: Command, argv: list[str], status: int, finished: Finished) -> ReelFarmError:
    lines = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
    if EXHAUSTED in finished.stderr:
        return too_few_files(f"{command.label}: {command.tool.value}", command.limits.open_files)
    how = f"was killed by signal {-status}" if status < 0 else f"ended with exit code {status}"
    said = "; ".join(lines[-QUOTED_LINES:]) or "it printed nothing"
    return ToolFailed(
        f"{command.label}: {command.tool.value} {how}: {said}",
        command=argv,
        exit_code=status,
        stderr=lines[-50:],
    )
