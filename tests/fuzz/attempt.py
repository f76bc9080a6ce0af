"""One call tried: what it refuses with, and whatever it should not have done."""

from __future__ import annotations

import ctypes
import faulthandler
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from farm.errors import ReelFarmError

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
BLAMED = 2  # the exit status of what the source, or the request, is to blame for
LONGEST_MESSAGE = 2000  # characters: a person reads it


class Hang(BaseException):
    """A call took longer than it may; no `except Exception` on the way stops it."""


def prepare() -> None:
    """Make this process one that can attempt calls."""
    # What a program leaves behind becomes a child of this process, where it is seen.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, _interrupt)


def attempt(call: Callable[[], object], limit_s: float) -> tuple[str | None, str | None]:
    """Return the code of a refusal, and a finding: what a step should not have done."""
    with _limited(limit_s):
        code, finding = _answer(call)
    return code, finding or _left_behind()


def _answer(call: Callable[[], object]) -> tuple[str | None, str | None]:
    try:
        call()
    except ReelFarmError as error:
        # Anything else would be tried again, or put down to the farm: the file is to blame.
        blames_it = error.exit_status == BLAMED and not error.retryable
        is_told = error.message.isprintable() and len(error.message) <= LONGEST_MESSAGE
        return error.code, None if blames_it and is_told else _trace(error)
    except (Exception, Hang) as error:
        return None, _trace(error)
    return None, None


def _interrupt(_signal: int, _frame: object) -> None:
    raise Hang


@contextmanager
def _limited(limit_s: float) -> Iterator[None]:
    """Raise Hang after that time; where nothing of Python runs any more, end the process."""
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    faulthandler.dump_traceback_later(2 * limit_s, exit=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _left_behind() -> str | None:
    """Return the programs that are still there, which end now."""
    left = psutil.Process().children(recursive=True)
    for process in left:
        process.kill()
    return f"left running: {left}" if left else None
