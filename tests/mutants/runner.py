"""A process that runs pytest again and again, each time as a fork of itself.

What takes longest is importing libraries: here it is done once. Nothing of ours may be imported
before the fork, since any of it may be the mutant. Run as a script in a copy of the repository; it
reads pytest's arguments as a JSON list a line, and answers with the exit status.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

RUN_WITHIN_S = 180.0  # all unit tests take half a minute; a turned-round loop may never end
MEMORY_BYTES = 4 << 30  # a turned-round loop must not take the machine's
LIBRARIES = (
    *("pytest", "hypothesis", "hypothesis.extra.lark", "pydantic", "pydantic_settings", "yaml"),
    *("lxml.etree", "ffmpeg", "langcodes", "pysubs2", "webvtt", "m3u8", "psutil", "jinja2"),
)


def main() -> None:
    """Answer requests until there are no more."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # it is only faster with them
            import_module(name)
    for line in sys.stdin:
        sys.stdout.write(f"{_forked(json.loads(line))}\n")
        sys.stdout.flush()


def _forked(arguments: list[str]) -> int:
    """Return the exit status of pytest in a child, 1 where a signal or the clock ended it."""
    child = os.fork()
    if child == 0:
        _become_pytest(arguments)
    deadline = time.monotonic() + RUN_WITHIN_S
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1


def _become_pytest(arguments: list[str]) -> None:
    """Run pytest in silence and end the process with its status."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        status = int(import_module("pytest").main(arguments))
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
