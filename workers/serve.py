"""A worker process: Celery hears the bell, the crew does the work (`python -m workers.serve`)."""

from __future__ import annotations

import logging
import os
import socket
import threading

from celery import Celery

from farm.errors import InvalidSpec, ReelFarmError
from farm.settings import Settings, load_settings
from storage.bell import STEP_TASK, Bell, celery_app, queue_of
from storage.database import Database
from storage.stores import work_store
from workers.cache import Cache
from workers.capacity import Capacity
from workers.crew import STEPS_PER_CORE, Crew
from workers.ear import Ear
from workers.events import StepEvents
from workers.execute import Farm
from workers.keeper import Keeper
from workers.outputs import Outputs
from workers.programs.tools import find_tools
from workers.scratch import Scratch
from workers.source import Sources

log = logging.getLogger("reelfarm.worker")

MOST_CONNECTIONS = 20  # kept open; twice as many for a moment
HEARING_THREADS = 4  # they only look at what they hear


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT; steps that run have `grace_s` to end.

    Raises InvalidSpec where the settings lack a server, StorageUnavailable where one does not
    answer.
    """
    if settings.database_url is None or settings.broker_url is None:
        raise InvalidSpec("a worker needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    capacity = Capacity(settings)
    ear = Ear(capacity)
    # Threads mostly wait for programs; the lightest steps hardly do.
    pool_size = min(STEPS_PER_CORE * (capacity.cores + 1), MOST_CONNECTIONS)
    database = Database(settings.database_url, pool_size, idle_s=settings.lease_s)
    app = celery_app(settings.broker_url)
    name = f"{socket.gethostname()}:{os.getpid()}"
    celery_name = f"{os.getpid()}@{socket.gethostname()}"
    cache = Cache(settings.cache, settings.cache_bytes)
    work = work_store(settings)
    # Leases are renewed whatever the steps do with their connections.
    own = Database(settings.database_url, pool_size=1, idle_s=settings.lease_s)
    keeper = Keeper(own, settings, name, capacity, needs_right_time=not work.local)
    with Scratch(settings.scratch) as scratch:
        farm = Farm(
            settings=settings,
            database=database,
            bell=Bell(app),
            outputs=Outputs(database, work, cache),
            sources=Sources(settings, cache),
            tools=find_tools(settings),
            scratch=scratch,
            capacity=capacity,
        )
        events = StepEvents(app, celery_name)
        crew = Crew(farm, keeper, events, name, ear.prick_up)
        keeper.start()
        _hear(app, ear, crew, keeper, settings, celery_name)
        crew.join()
        keeper.stop()
        events.close()
    for each in (database, own, ear):
        each.close()


def _hear(
    app: Celery,
    ear: Ear,
    crew: Crew,
    keeper: Keeper,
    settings: Settings,
    celery_name: str,
) -> None:
    """Run the Celery worker until it is told to stop."""

    @app.task(name=STEP_TASK, send_events=False)  # type: ignore[untyped-decorator]
    def step(step_id: int) -> None:
        crew.wake(step_id)

    app.steps["consumer"].add(ear.consumer_step())
    worker = app.Worker(
        pool="threads",
        concurrency=HEARING_THREADS,
        queues=[queue_of(resource) for resource in settings.resources],
        hostname=celery_name,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    )
    _stop_in_order(keeper, settings.grace_s)
    worker.start()


def _stop_in_order(keeper: Keeper, grace_s: float) -> None:
    """On the first signal take no more work; after `grace_s` give back the steps that still run.

    Celery's own handlers then end the worker once its threads are done.
    """
    from celery.signals import worker_shutting_down

    def give_back() -> None:
        keeper.end_all("the worker was told to stop")

    def drain(**_: object) -> None:
        keeper.drain()
        timer = threading.Timer(grace_s, give_back)
        timer.daemon = True
        timer.start()

    worker_shutting_down.connect(drain, weak=False)


def main() -> None:
    """Serve with the settings of the environment."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        serve(load_settings())
    except ReelFarmError as error:
        raise SystemExit(error.message) from error


if __name__ == "__main__":
    main()
