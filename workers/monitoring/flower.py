"""Flower on the farm's broker: which worker runs which step, for people, behind a password."""

from __future__ import annotations

from typing import Any

from celery import Celery
from flower import events as flower_events
from flower.app import Flower
from flower.events import Events, EventsState, PrometheusMetrics
from flower.options import default_options as options
from flower.urls import settings as flower_settings

from farm.errors import InvalidSpec, StorageUnavailable
from farm.settings import Settings
from farm.signals import on_stop
from storage.wakeups import celery_app

MAX_STEPS = 20_000  # shown at most; PostgreSQL has them all
FORGET_WORKERS_AFTER_S = 3600
TASK_COLUMNS = "name,state,received,started,runtime,worker,uuid"


class StepMetrics(PrometheusMetrics):  # type: ignore[misc]
    """Flower's metrics by kind of step: by name, each step of each title would be a series."""

    def observe_task(self, worker: str, event: dict[str, Any], task: Any) -> None:
        super().observe_task(worker, {**event, "name": event.get("kind", "other")}, task)


class StepsState(EventsState):  # type: ignore[misc]
    """Flower's memory, without the two indexes by name that it never takes anything from."""

    def event(self, event: dict[str, Any]) -> None:
        super().event(event)
        self._seen_types.clear()
        self.tasks_by_type.clear()


def serve_flower(settings: Settings, address: str, port: int) -> None:
    """Serve Flower until SIGTERM or SIGINT; it looks, and changes nothing.

    Raises InvalidSpec without REELFARM_BROKER_URL and REELFARM_FLOWER_AUTH, and StorageUnavailable
    where it cannot listen.
    """
    if settings.broker_url is None:
        raise InvalidSpec("Flower needs REELFARM_BROKER_URL: set it to the farm's Redis")
    _configure(_credentials(settings), address, port)
    flower = _flower(celery_app(settings.broker_url))
    with on_stop(lambda: flower.io_loop.add_callback_from_signal(flower.stop)):
        try:
            flower.start_http_server()
        except OSError as error:
            raise StorageUnavailable(
                f"Flower cannot listen on {address}:{port}: {error.strerror or error}:"
                " choose another --port"
            ) from error
        flower.start()


def _credentials(settings: Settings) -> str:
    given = settings.flower_auth.get_secret_value() if settings.flower_auth else ""
    user, _, password = given.partition(":")
    if not (user and password and given.isascii()):
        raise InvalidSpec(
            "Flower shows what the farm works on: set REELFARM_FLOWER_AUTH=user:password, in ASCII"
        )
    return given


def _configure(credentials: str, address: str, port: int) -> None:
    """Set Flower's options, which are one object for the process.

    Not by its command line, where every user of the machine could read the password.
    """
    options.basic_auth = [credentials]
    options.address = address
    options.port = port
    options.read_only = True  # steps are cancelled in PostgreSQL: Flower's buttons go past it
    options.enable_events = False  # workers send what there is to see unasked
    options.max_tasks = MAX_STEPS
    options.purge_offline_workers = FORGET_WORKERS_AFTER_S
    options.tasks_columns = TASK_COLUMNS


def _flower(app: Celery) -> Flower:
    from tornado.ioloop import IOLoop

    flower_events.PROMETHEUS_METRICS = StepMetrics()
    loop = IOLoop.current()
    events = Events(app, loop, enable_events=False, max_tasks_in_memory=MAX_STEPS)
    events.state = StepsState(max_tasks_in_memory=MAX_STEPS)
    return Flower(options=options, capp=app, events=events, io_loop=loop, **flower_settings)
