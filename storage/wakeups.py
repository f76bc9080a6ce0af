"""Wake-ups: Celery messages that carry one step id. Losing or doubling one changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from celery import Celery
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry

from farm.broker_url import checked_broker
from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.plan import Resource

STEP_TASK = "reelfarm.step"
# Messages: each wakes a worker, which takes whatever there is and wakes the next if there is more.
LONGEST_QUEUE = 8


class Wakeup(NamedTuple):
    """A step to wake workers for, and the class of workers that could take it."""

    step_id: int
    resource: Resource


def queue_of(resource: Resource) -> str:
    """Return the name of a resource class's wake-up queue."""
    return f"reelfarm.{resource}"


def celery_app(broker_url: str) -> Celery:
    """Return the Celery app both ends of a wake-up share: early ack, no results, no retries.

    A message only says "look at this step": the lease in PostgreSQL decides, so nothing of
    Celery's own reliability is used (late acks run long tasks twice: celery issue 5935). Raises
    InvalidSpec for a URL of which the farm cannot have all that it needs.
    """
    app = Celery("reelfarm", broker=checked_broker(broker_url), set_as_current=False)
    app.conf.update(
        task_acks_late=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=queue_of(Resource.CPU),
        # Messages are looked at, not worked on, so that hoarding a few costs milliseconds; whether
        # one is fetched at all, the worker's intake decides (workers/engine/intake.py).
        worker_disable_prefetch=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Redis may be away for as long as it likes
        broker_transport_options={
            "socket_connect_timeout": 5,
            "socket_timeout": 10,
            "health_check_interval": 25,
            "priority_steps": [0],  # turns are decided in PostgreSQL: one list per queue
        },
    )
    return app


class Wakeups:
    """Wakes workers for steps; one connection pool for the life of the process."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def wake(self, steps: Iterable[Wakeup]) -> int:
        """Send one message per step while queues are short; return how many were sent.

        A full queue has every worker of its class awake already. Raises StorageUnavailable when
        Redis does not take a message.
        """
        by_resource: dict[Resource, list[int]] = defaultdict(list)
        for step in steps:
            by_resource[step.resource].append(step.step_id)
        if not by_resource:
            return 0
        reached("wake.before")
        try:
            sent = sum(self._wake(resource, ids) for resource, ids in by_resource.items())
        except (OperationalError, RedisError, OSError) as error:
            raise StorageUnavailable(f"Redis did not take a message: {error}") from error
        reached("wake.after")
        return sent

    def waiting(self, resource: Resource) -> int:
        """Return how many messages lie in a class's queue; raise StorageUnavailable."""
        try:
            return self._length(resource)
        except (OperationalError, RedisError, OSError) as error:
            raise StorageUnavailable(f"Redis did not answer: {error}") from error

    def redis_pool(self, patience_s: float) -> ConnectionPool:
        """Return a pool of connections of one's own to the same Redis, however its URL says it.

        None of them waits longer than that, or tries twice. Raises StorageUnavailable while Redis
        is away.
        """
        options = {
            "socket_connect_timeout": patience_s,
            "socket_timeout": patience_s,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
        }
        connection = self._app.connection_for_write(transport_options=options)
        try:
            pool = connection.default_channel.pool
        except (OperationalError, RedisError, OSError, ValueError) as error:
            raise StorageUnavailable(f"Redis did not answer: {error}") from error
        finally:
            connection.release()
        kwargs = {**pool.connection_kwargs, "retry": Retry(NoBackoff(), 0)}
        return ConnectionPool(connection_class=pool.connection_class, **kwargs)

    def _wake(self, resource: Resource, step_ids: list[int]) -> int:
        room = max(0, LONGEST_QUEUE - self._length(resource))
        for step_id in step_ids[:room]:
            # The reconciler sends lost ones again; a retrying producer only blocks a thread.
            self._app.send_task(STEP_TASK, args=[step_id], queue=queue_of(resource), retry=False)
        return min(room, len(step_ids))

    def _length(self, resource: Resource) -> int:
        with self._app.pool.acquire(block=True, timeout=5) as connection:
            client: Any = connection.default_channel.client
            return int(client.llen(queue_of(resource)))
