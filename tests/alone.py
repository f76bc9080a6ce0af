"""Tests that want the machine to themselves, among those that pytest-xdist runs side by side.

A pytest plugin. Every test holds a lock that all share, one marked `alone` holds it for itself: it
waits until the other processes are between two tests, and they wait until it is done.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside the timeout: waiting is no test's time
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if not hasattr(item.config, "workerinput"):  # one process runs all tests, one after another
        return (yield)
    is_alone = item.get_closest_marker("alone") is not None
    with _held(_shared_folder(item.config), fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH):
        return (yield)


def _shared_folder(config: pytest.Config) -> Path:
    """Return the folder of this run in which every process has one of its own."""
    return Path(config.option.basetemp).parent  # xdist gives each process a folder in the run's


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    with (folder / "alone.lock").open("a") as lock:
        # Whoever waits does so at the gate, or a lock that is shared all the time would never
        # come to the one who wants it alone.
        with (folder / "gate.lock").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(lock, how)
        yield
