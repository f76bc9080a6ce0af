"""The event loop of proxies, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, TypeVar

from tests.waiting import HANGS_AFTER_S

T = TypeVar("T")


class Listener(Protocol):
    """What a network runs."""

    async def listen(self, network: Network) -> None:
        """Begin to accept connections."""

    def close(self) -> None:
        """Stop listening and end every connection."""


L = TypeVar("L", bound=Listener)


class Network:
    """The event loop of any number of proxies, in a thread of its own while a `with` lasts."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._proxies: list[Listener] = []

    def __enter__(self) -> Network:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for proxy in self._proxies:
            proxy.close()
        self.call(self._end_tasks)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, proxy: L) -> L:
        """Start a proxy on this network and return it."""
        self.call(lambda: proxy.listen(self))
        self._proxies.append(proxy)
        return proxy

    def call(self, action: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine on the loop and return its result; from any thread but the loop's."""

        async def act() -> T:
            return await action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(HANGS_AFTER_S)

    async def _end_tasks(self) -> None:
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
