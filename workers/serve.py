"""A worker process: Celery hears the bell, `work_on` does the work (`python -m workers.serve`)."""

from __future__ import annotations

import logging
import os
import socket

from farm.settings import load_settings
from storage.bell import QUEUE, STEP_TASK, Bell, celery_app
from storage.database import Database
from storage.stores import work_store
from workers.execute import Farm, work_on
from workers.programs.tools import find_tools


def main() -> None:
    """Serve until told to stop; needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL."""
    settings = load_settings()
    if settings.database_url is None or settings.broker_url is None:
        raise SystemExit("a worker needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = celery_app(settings.broker_url)
    farm = Farm(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.threads + 1),
        bell=Bell(app),
        work=work_store(settings.work),
        tools=find_tools(settings),
        name=f"{socket.gethostname()}:{os.getpid()}",
    )

    @app.task(name=STEP_TASK)  # type: ignore[untyped-decorator]
    def step(step_id: int) -> None:
        work_on(farm, step_id)

    app.Worker(
        pool="threads",  # the work is in child processes; a thread per step only waits for them
        concurrency=settings.threads,
        queues=[QUEUE],
        hostname=f"{os.getpid()}@{socket.gethostname()}",
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()


if __name__ == "__main__":
    main()
