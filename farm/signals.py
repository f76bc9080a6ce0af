"""Being told to stop: SIGTERM comes from whoever runs the process, SIGINT from a terminal.

It lies here because the API, the workers' rooms and the command line need the same, and only what
lies below all of them is shared by all. Nothing is changed before a function is called.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_stop(tell: Callable[[], object]) -> Iterator[None]:
    """Call `tell` whenever the process is told to stop, as long as the block lasts.

    Only the main thread may ask for that, and `tell` runs on it, between any two instructions.
    """
    before = {
        number: signal.signal(number, lambda _number, _frame: tell()) for number in STOP_SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Give an event that is set once the process is told to stop; a second time changes nothing."""
    stop = threading.Event()
    with on_stop(stop.set):
        yield stop
