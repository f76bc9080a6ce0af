"""`reelfarm up`: the whole farm on one machine, until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack
from functools import partial

from api.app import listen
from cli.connection import announced
from cli.document import print_line
from cli.health import health_of
from farm.errors import StorageUnavailable
from farm.settings import Settings, load_settings
from farm.signals import told_to_stop
from services.locations import load_locations, open_to_all
from storage.postgres.database import Database
from workers.engine.capacity import Capacity
from workers.local.stack import Stack
from workers.programs.supervised import Supervised, start_ours

TEND_EVERY_S = 0.5
API_READY_WITHIN_S = 30.0
DATABASE_AWAY_S = 300.0  # a database that is given may be restarted


def run_farm(settings: Settings, host: str, port: int, workers: int) -> None:
    """Run servers, workers, reconciler and API until SIGTERM or SIGINT; leave nothing behind.

    Parts that die are started again. Raises StorageUnavailable where one cannot be kept running.
    """
    settings = open_to_all(settings)
    load_locations(settings)
    listen(host, port).close()  # before anything is started
    shared = _shared(settings, workers)
    with told_to_stop() as stop, ExitStack() as undo:
        stack = undo.enter_context(Stack(shared, workers=workers))
        undo.enter_context(announced(settings, stack.urls))
        environment = {
            "REELFARM_DATABASE_URL": stack.urls["database"],
            "REELFARM_BROKER_URL": stack.urls["broker"],
            "REELFARM_SOURCES": settings.sources or "",
            "REELFARM_ORIGINS": settings.origins or "",
        }
        module = ["cli.main", "api", "--host", host, "--port", f"{port}"]
        log = settings.state_dir / "logs" / "api.log"
        api = Supervised(partial(start_ours, "api", module, environment, log, signal.SIGTERM))
        undo.callback(api.stop)
        _wait_for(api, port, settings, stop)
        _say_what_runs(settings, stack, api, host, port)
        _tend(stack, api, stop)
        print_line("stopping")
    print_line("stopped")


def _shared(settings: Settings, workers: int) -> Settings:
    """Return the settings of each worker: its share of the cores and the memory there are."""
    whole = Capacity(settings)
    share = {"cores": max(1, whole.cores // workers), "memory_bytes": whole.memory_bytes // workers}
    return settings.model_copy(update=share)


def _tend(stack: Stack, api: Supervised, stop: threading.Event) -> None:
    well_at = time.monotonic()
    while not stop.wait(TEND_EVERY_S):
        if api.tend():
            print_line(f"the API had died and was started again: process {api.pid}")
        before = set(stack.worker_pids)
        try:
            stack.tend()
        except StorageUnavailable as error:
            if _answers(stack.database) or time.monotonic() - well_at > DATABASE_AWAY_S:
                raise  # not the database: a part that cannot be kept running
            print_line(f"waiting: {error.message}")
            stop.wait(TEND_EVERY_S * 4)
        else:
            well_at = time.monotonic()
        for pid in set(stack.worker_pids) - before:
            print_line(f"a worker had died and was replaced: process {pid}")


def _answers(database: Database) -> bool:
    try:
        database.ping()
    except StorageUnavailable:
        return False
    return True


def _wait_for(api: Supervised, port: int, settings: Settings, stop: threading.Event) -> None:
    deadline = time.monotonic() + API_READY_WITHIN_S
    while not health_of("api", False, port, settings)[0]:
        api.tend()
        if stop.wait(0.1) or time.monotonic() > deadline:
            return


def _say_what_runs(settings: Settings, stack: Stack, api: Supervised, host: str, port: int) -> None:
    places = {
        "PostgreSQL": settings.database_url or f"embedded, {settings.state_dir / 'postgres'}",
        "Redis": settings.broker_url or "embedded",
        "objects": settings.work,
        "API": f"http://{host}:{port} (process {api.pid})",
        "workers": f"processes {', '.join(map(str, stack.worker_pids))}; queues {settings.queues}",
        "logs": f"{settings.state_dir / 'logs'}",
    }
    for name, place in places.items():
        print_line(f"{name:<12}{place}")
    where = (
        "" if settings.state_dir == load_settings().state_dir else f" --state {settings.state_dir}"
    )
    print_line(f"The farm is up. Hand in titles: reelfarm submit{where} TITLE. Ctrl-C stops it.")
