"""Doing one thing to many items at once, where the time goes by waiting for a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """Return `call` of every item, in order, with so many threads at work.

    After the first error no further item is begun; it is raised once those under way have ended.
    """
    with ThreadPoolExecutor(max_workers=threads) as pool:
        futures = [pool.submit(call, item) for item in items]
        done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
        for future in waiting:
            future.cancel()
        if failed := next((future for future in done if future.exception()), None):
            failed.result()
        return [future.result() for future in futures]
