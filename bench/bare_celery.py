"""No-op Celery tasks with nothing of ReelFarm around them, for scale."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from celery import Celery

from storage.wakeups import celery_app

TASK, QUEUE = "bench.nothing", "bench"
WORKERS = 2
READY_WITHIN_S = 30.0


def tasks_per_s(broker_url: str, tasks: int) -> float:
    """Return how many tasks per second two worker processes take from Redis."""
    app = celery_app(broker_url)
    workers = [_start(broker_url) for _ in range(WORKERS)]
    try:
        _drain(app, 2 * WORKERS)  # until they take messages
        began = time.monotonic()
        _drain(app, tasks)
        return tasks / (time.monotonic() - began)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(timeout=60)


def _drain(app: Celery, tasks: int) -> None:
    for _ in range(tasks):
        app.send_task(TASK, queue=QUEUE)
    deadline = time.monotonic() + READY_WITHIN_S + tasks / 50
    with app.pool.acquire(block=True) as connection:
        while connection.default_channel.client.llen(QUEUE):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Celery did not take {tasks} tasks")
            time.sleep(0.005)


def _start(broker_url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.bare_celery", broker_url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ},
    )


def main() -> None:
    """Be a worker for the broker in argv[1]."""
    app = celery_app(sys.argv[1])

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def nothing() -> None:
        return

    app.Worker(
        pool="threads",
        concurrency=4,
        queues=[QUEUE],
        hostname=f"bare-{os.getpid()}",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()


if __name__ == "__main__":
    main()
