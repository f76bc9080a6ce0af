"""When a worker process takes wake-ups: not while it has no room, again as soon as it has."""

from __future__ import annotations

import os
from typing import Any

from celery import bootsteps

from workers.engine.capacity import Capacity


class Intake:
    """Decides for Celery's consumer whether it fetches a message, and wakes it when that changes.

    A wake-up taken by a worker that cannot use it is a wake-up nobody else gets.
    """

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._awake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def look_again(self) -> None:
        """Have the consumer look again, if it may fetch: its loop would do so in a second."""
        if self._capacity.wants_wakeups():
            os.eventfd_write(self._awake, 1)

    def close(self) -> None:
        """Take no more wake-ups; the consumer has ended."""
        os.close(self._awake)

    def consumer_step(self) -> type[bootsteps.StartStopStep]:
        """Return the step of Celery's start-up that has this intake decide for its consumer.

        The way Celery's own worker_disable_prefetch does it: by the channel's can_consume.
        """
        intake = self

        class GateConsumer(bootsteps.StartStopStep):  # type: ignore[misc]
            requires = ("celery.worker.consumer.tasks:Tasks",)

            def start(self, consumer: Any) -> None:
                qos = consumer.task_consumer.channel.qos
                may_consume = qos.can_consume
                qos.can_consume = lambda: intake._capacity.wants_wakeups() and may_consume()
                consumer.controller.hub.add_reader(intake._awake, intake._woken)

        return GateConsumer

    def _woken(self) -> None:
        os.eventfd_read(self._awake)  # having been woken is all: the loop now looks
