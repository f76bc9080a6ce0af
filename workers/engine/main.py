"""A worker process: Celery takes wake-ups, the executor does the work."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Collection, Sequence
from functools import partial

from celery import Celery

from farm.errors import InvalidSpec, ReelFarmError
from farm.plan import Resource
from farm.settings import Settings, load_settings
from qc.report.assets import require_assets
from services.locations import load_locations
from storage.objects.parallel import Transfers
from storage.objects.stores import work_store
from storage.postgres import jobs
from storage.postgres.database import Database
from storage.wakeups import STEP_TASK, Wakeups, celery_app, queue_of
from workers.engine.capacity import Capacity
from workers.engine.devices import DeviceWatch, learn_devices
from workers.engine.execute import WorkerContext
from workers.engine.executor import STEPS_PER_CORE, Executor
from workers.engine.heartbeat import Heartbeat
from workers.engine.intake import Intake
from workers.engine.outputs import Outputs
from workers.engine.scratch import Scratch
from workers.monitoring.events import StepEvents
from workers.programs.builds import Builds
from workers.programs.open_files import take_open_files
from workers.programs.tools import find_tools
from workers.sources.cache import Cache
from workers.steps.facts import worker_cores

log = logging.getLogger("reelfarm.worker")

MOST_CONNECTIONS = 20  # kept open; twice as many for a moment
INTAKE_THREADS = 4  # they only look at the steps they are woken for


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT; steps that run have `grace_s` to end.

    Raises InvalidSpec where the settings are wrong or lack a server, StorageUnavailable where one
    does not answer, NotInstalled where no report could be written here, LimitTooLow where too few
    files may be open.
    """
    if settings.database_url is None or settings.broker_url is None:
        raise InvalidSpec("a worker needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    take_open_files()
    require_assets()  # or a title would be encoded for hours, and fail at its end
    locations = load_locations(settings)
    # Threads mostly wait for programs; the lightest steps hardly do.
    pool_size = min(STEPS_PER_CORE * (worker_cores(settings) + 1), MOST_CONNECTIONS)
    database = Database(settings.database_url, pool_size, idle_s=settings.lease_s)
    app = celery_app(settings.broker_url)
    name = f"{socket.gethostname()}:{os.getpid()}"
    celery_name = f"{os.getpid()}@{socket.gethostname()}"
    tools = find_tools(settings)
    builds = Builds(tools)
    reports = learn_devices(settings, database, tools, name)
    capacity = Capacity(settings, reports)
    if not capacity.resources:
        raise InvalidSpec(
            f"REELFARM_QUEUES={settings.queues}: this machine has no device that encodes, and the"
            " worker would do nothing: reelfarm doctor says why; or name other classes"
        )
    intake = Intake(capacity)
    # While servers are reached and the first wake-up is awaited, not while a step waits.
    threading.Thread(target=builds.learn, name="builds", daemon=True).start()
    cache = Cache(settings.cache, settings.cache_bytes, partial(_unfinished, database))
    work = work_store(settings)
    transfers = Transfers(settings.s3_concurrency)
    # Leases are renewed whatever the steps do with their connections.
    own = Database(settings.database_url, pool_size=1, idle_s=settings.lease_s)
    turns = Database(settings.database_url, 1, idle_s=settings.lease_s, few_statements=True)
    watch = DeviceWatch(settings, database, tools, reports)
    heartbeat = Heartbeat(own, settings, name, capacity, needs_right_time=not work.local)
    with Scratch(settings.scratch) as scratch:
        worker = WorkerContext(
            settings=settings,
            database=database,
            turns=turns,
            wakeups=Wakeups(app),
            outputs=Outputs(database, work, cache, transfers),
            locations=locations,
            tools=tools,
            builds=builds,
            scratch=scratch,
            capacity=capacity,
        )
        events = StepEvents(app, celery_name)
        executor = Executor(worker, heartbeat, events, name, intake.look_again)
        heartbeat.start()
        watch.start()
        _take_wakeups(app, intake, executor, heartbeat, settings, capacity.resources, celery_name)
        executor.join()
        watch.stop()
        heartbeat.stop()
        events.close()
    for each in (transfers, database, own, turns, intake):
        each.close()


def _unfinished(database: Database, job_ids: Collection[str]) -> set[str]:
    with database.begin() as session:
        return jobs.unfinished(session, job_ids)


def _take_wakeups(
    app: Celery,
    intake: Intake,
    executor: Executor,
    heartbeat: Heartbeat,
    settings: Settings,
    resources: Sequence[Resource],
    celery_name: str,
) -> None:
    """Run the Celery worker until it is told to stop."""

    @app.task(name=STEP_TASK, send_events=False)  # type: ignore[untyped-decorator]
    def step(step_id: int) -> None:
        executor.wake(step_id)

    app.steps["consumer"].add(intake.consumer_step())
    worker = app.Worker(
        pool="threads",
        concurrency=INTAKE_THREADS,
        queues=[queue_of(resource) for resource in resources],
        hostname=celery_name,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    )
    _stop_in_order(heartbeat, settings.grace_s)
    worker.start()


def _stop_in_order(heartbeat: Heartbeat, grace_s: float) -> None:
    """On the first signal take no more work; after `grace_s` give back the steps that still run.

    Celery's own handlers then end the worker once its threads are done.
    """
    from celery.signals import worker_shutting_down

    def give_back() -> None:
        heartbeat.end_all("the worker was told to stop")

    def drain(**_: object) -> None:
        heartbeat.drain()
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
