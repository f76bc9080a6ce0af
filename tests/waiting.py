"""Waiting for something real to happen, and saying what did not."""

from __future__ import annotations

import inspect
import subprocess
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.05
# When what is waited for counts as hanging: an encode, a process that starts, a server. No
# expectation of how long it takes, which is seconds, and minutes where a machine has much to do.
HANGS_AFTER_S = 300.0


def wait_until(
    condition: Callable[[], object],
    within_s: float = HANGS_AFTER_S,
    *,
    every_s: float = LOOK_EVERY_S,
    child: subprocess.Popen[bytes] | None = None,
) -> None:
    """Return when `condition` holds.

    Fails with the condition's source when it does not in `within_s` seconds, or when the process
    that is to bring it about, `child`, ends before.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        if child is not None and child.poll() is not None:
            raise AssertionError(
                f"the process ended with {child.returncode} before this held: {_source(condition)}"
            )
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain for this: {_source(condition)}")
        time.sleep(every_s)


def _source(condition: Callable[[], object]) -> str:
    """Return how the test spells a condition."""
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):  # a bound method of a class written in C, say
        return repr(condition)
