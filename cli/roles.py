"""The parts of a farm as commands: worker, reconcile, migrate, api, flower, and their health."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli import options
from cli.connection import check_broker, check_servers, need_database, part_settings
from cli.document import print_line
from cli.logs import log_to_stderr

Port = Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="The port to listen on.")]


class HealthPart(StrEnum):
    """What `reelfarm health` can ask."""

    WORKER = "worker"
    RECONCILE = "reconcile"
    API = "api"
    FLOWER = "flower"


def up(
    port: Port = 8000,
    host: Annotated[str, typer.Option(help="The address of the API.")] = "127.0.0.1",
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Worker processes to share the cores.")
    ] = 1,
    queues: options.Queues = None,
    state: options.StateDir = None,
) -> None:
    """Run a whole farm on this machine: servers (unless given), workers, reconciler and API.

    Goes on until Ctrl-C or SIGTERM, and leaves nothing running. Jobs that are under way go on at
    the next start.
    """
    from cli.up import run_farm

    run_farm(part_settings(state, queues), host, port, workers)


def worker(
    queues: options.Queues = None, cores: options.Cores = None, state: options.StateDir = None
) -> None:
    """Take steps and run them, until told to stop.

    On SIGTERM it takes no more steps and gives those that run REELFARM_GRACE_S to end; what is not
    done by then is given back, uncounted, for another worker.
    """
    settings = part_settings(state, queues, cores)
    check_servers(settings, "a worker")
    log_to_stderr()

    from workers.engine.main import serve

    serve(settings)


def reconcile(
    once: Annotated[
        bool, typer.Option("--once", help="Do everything there is to do once, and end.")
    ] = False,
    state: options.StateDir = None,
) -> None:
    """Find what got lost: leases, wake-ups, uploads, deliveries. Any number may run."""
    settings = part_settings(state)
    check_servers(settings, "a reconciler")
    log_to_stderr()

    from workers.upkeep.reconciler import reconcile_forever

    reconcile_forever(settings, once)


def migrate(
    bucket: Annotated[
        list[str] | None,
        typer.Option(
            metavar="s3://NAME", help="Make this bucket, too; may be given several times."
        ),
    ] = None,
) -> None:
    """Bring the database to the schema this version needs; harmless when it has it."""
    from migrations import HEAD
    from storage.postgres.database import Database
    from storage.postgres.migrate import migrate as bring

    settings = part_settings(None)
    database = Database(need_database(settings, "migrate"), pool_size=1)
    try:
        bring(database)
    finally:
        database.close()
    print_line(f"the database has schema {HEAD}")
    for location in bucket or ():
        from storage.objects.s3_bucket import make_bucket

        made = make_bucket(location, settings)
        print_line(f"{location} {'was made' if made else 'is there'}")


def api(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Serve the REST API; /healthz says that the process is up, /readyz that it can serve."""
    settings = part_settings(None)
    check_servers(settings, "the API")
    log_to_stderr()

    from api.app import serve_api

    serve_api(settings, host, port)


def flower(
    port: Port = 5555,
    address: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve Flower: the workers and their steps, live, to whoever has REELFARM_FLOWER_AUTH."""
    settings = part_settings(None)
    check_broker(settings, "Flower")
    log_to_stderr()

    from workers.monitoring.flower import serve_flower

    serve_flower(settings, address, port)


def health(
    part: Annotated[HealthPart, typer.Argument(help="The part to ask.", show_default=False)],
    ready: Annotated[
        bool, typer.Option("--ready", help="Well only if it also takes work or requests.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Of api (8000) and flower (5555).")
    ] = None,
    state: options.StateDir = None,
) -> None:
    """Say in one line whether a part on this machine is well; exit status 0 if it is, 1 if not."""
    from cli.health import health_of

    well, line = health_of(part.value, ready, port, part_settings(state))
    print_line(line)
    if not well:
        raise typer.Exit(1)
