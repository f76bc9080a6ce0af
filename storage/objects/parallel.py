"""Moving many objects at once, where the time goes by waiting for a network."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

CHECK_EVERY_S = 1.0  # also while nothing ends: so soon is noticed that nobody wants the rest


def _nothing() -> None:
    """Stand in where nobody would cancel, or count."""


class Transfers:
    """The threads that move a process's objects, made when first needed and kept.

    All steps of a worker share them, so that a process never has more requests under way than
    `threads`. Nothing that runs on them may call `each` again: it could wait for itself.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "transfer")

    def each(
        self,
        call: Callable[[T], R],
        items: Iterable[T],
        at_once: int,
        check_wanted: Callable[[], None] = _nothing,
        on_done: Callable[[], None] = _nothing,
    ) -> list[R]:
        """Return `call` of every item, in order, with at most `at_once` of them under way.

        `check_wanted` is called before each item, `on_done` after it on the caller's own thread.
        After the first error, its or a call's, no further item is begun; it is raised once those
        under way have ended. One at a time they run on the caller's thread: for a disk others are
        a detour.
        """
        if min(at_once, self._threads) == 1:
            return [_counted(_checked(call, item, check_wanted), on_done) for item in items]
        results: dict[int, R] = {}
        under_way: dict[Future[R], int] = {}
        ended: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
        try:
            # Handed over a few at a time: another step's objects need not queue behind all of ours.
            for index, item in enumerate(items):
                future = self._pool.submit(_checked, call, item, check_wanted)
                under_way[future] = index
                future.add_done_callback(ended.put)
                if len(under_way) >= at_once:
                    _take(ended, under_way, results, check_wanted, on_done)
            while under_way:
                _take(ended, under_way, results, check_wanted, on_done)
        except BaseException:
            for future in under_way:
                future.cancel()
            wait(under_way)
            raise
        return [results[index] for index in range(len(results))]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


def _checked(call: Callable[[T], R], item: T, check_wanted: Callable[[], None]) -> R:
    check_wanted()
    return call(item)


def _counted(result: R, on_done: Callable[[], None]) -> R:
    on_done()
    return result


def _take(
    ended: queue.SimpleQueue[Future[R]],
    under_way: dict[Future[R], int],
    results: dict[int, R],
    check_wanted: Callable[[], None],
    on_done: Callable[[], None],
) -> None:
    """Wait for one that has ended and note its result, or raise its error."""
    while True:
        try:
            future = ended.get(timeout=CHECK_EVERY_S)
        except queue.Empty:
            check_wanted()
        else:
            results[under_way.pop(future)] = _counted(future.result(), on_done)
            return


def in_parallel(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """Return `call` of every item as `Transfers.each` does, with threads of its own.

    For what is done now and then; steps use their worker's threads.
    """
    transfers = Transfers(threads)
    try:
        return transfers.each(call, items, threads)
    finally:
        transfers.close()
