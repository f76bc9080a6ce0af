"""The bell: Celery messages that carry one step id. Losing or doubling one changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from farm.errors import StorageUnavailable

STEP_TASK = "reelfarm.step"
QUEUE = "steps"


def celery_app(broker_url: str) -> Celery:
    """Return the Celery app both ends of the bell share: early ack, no results, no retries.

    A message only says "look at this step": the lease in PostgreSQL decides, so nothing of
    Celery's own reliability is used (late acks run long tasks twice: celery issue 5935).
    """
    app = Celery("reelfarm", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=QUEUE,
        worker_disable_prefetch=True,  # a hoarded message would wait behind a long step
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_connect_timeout": 5, "health_check_interval": 25},
    )
    return app


class Bell:
    """Rings for steps; one connection pool for the life of the process."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def ring(self, step_ids: Iterable[int]) -> None:
        """Send one message per step; raise StorageUnavailable when Redis does not take it."""
        try:
            for step_id in step_ids:
                self._app.send_task(STEP_TASK, args=[step_id], **_no_retry())
        except OperationalError as error:
            raise StorageUnavailable(f"Redis did not take a message: {error}") from error


def _no_retry() -> dict[str, Any]:
    # The reconciler rings again; a retrying producer would only block a worker's thread.
    return {"retry": False}
