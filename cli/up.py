"""`reelfarm up`: the whole farm on one machine, until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from api.app import listen
from api.client.places import KEY_FILE, RunningFarm, announced
from cli.document import print_line
from cli.health import health_of
from farm.errors import NotSignedIn, StorageUnavailable
from farm.files import replaced
from farm.settings import Settings, load_settings
from farm.signals import told_to_stop
from services.keys import first_key
from services.locations import load_locations, open_to_all
from services.sessions import LINK_S, make_link
from storage.postgres.database import Database
from storage.postgres.roles import API_ROLE
from workers.engine.capacity import Capacity
from workers.local.stack import Stack
from workers.programs.servers import postgres_url
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
        key_file = _first_key(settings, stack)
        environment = {
            "REELFARM_DATABASE_URL": settings.database_url or postgres_url(settings, API_ROLE),
            "REELFARM_BROKER_URL": stack.urls["broker"],
            "REELFARM_STATE_DIR": str(settings.state_dir),
            "REELFARM_WORK_URL": settings.work,  # where it takes in uploads
            "REELFARM_SOURCES": settings.sources or "",
            "REELFARM_ORIGINS": settings.origins or "",
            "REELFARM_ORIGIN": settings.origin or str(settings.state_dir / "origin"),
        }
        module = ["cli.main", "api", "--host", host, "--port", f"{port}"]
        log = settings.state_dir / "logs" / "api.log"
        api = Supervised(partial(start_ours, "api", module, environment, log, signal.SIGTERM))
        undo.callback(api.stop)
        _wait_for(api, port, settings, stop)
        url = _url(host, port)
        undo.enter_context(announced(settings, RunningFarm(url, stack.urls["database"])))
        link = _sign_in_link(stack, url, key_file)
        _say_what_runs(settings, stack, api, url, key_file, link)
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


def _first_key(settings: Settings, stack: Stack) -> Path:
    """Return the file that has the first operator's key, having made both where there is none."""
    path = settings.state_dir / KEY_FILE
    if (key := first_key(stack.database)) is not None:
        with replaced(path, mode=0o600) as temporary:
            temporary.write_text(f"{key.token}\n")
    return path


def _sign_in_link(stack: Stack, url: str, key_file: Path) -> str:
    """Return what to say of the pages: a link that signs in once, where the first key holds."""
    try:
        token = make_link(stack.database, key_file.read_text().strip())
    except (OSError, NotSignedIn):
        return f"{url}/ (sign in with a key)"
    return f"{url}/sign-in/{token} (signs in once, within {LINK_S / 60:.0f} minutes)"


def _url(host: str, port: int) -> str:
    """Return where this machine reaches an API that listens there."""
    if host in ("", "0.0.0.0", "::"):
        host = "::1" if host == "::" else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say_what_runs(
    settings: Settings,
    stack: Stack,
    api: Supervised,
    url: str,
    key_file: Path,
    pages: str,
) -> None:
    places = {
        "PostgreSQL": settings.database_url or f"embedded, {settings.state_dir / 'postgres'}",
        "Redis": settings.broker_url or "embedded",
        "objects": settings.work,
        "API": f"{url} (process {api.pid})",
        "pages": pages,
        "key": f"{key_file}" if key_file.exists() else "one of those made before",
        "workers": f"processes {', '.join(map(str, stack.worker_pids))}; queues {settings.queues}",
        "logs": f"{settings.state_dir / 'logs'}",
    }
    for name, place in places.items():
        print_line(f"{name:<12}{place}")
    where = (
        "" if settings.state_dir == load_settings().state_dir else f" --state {settings.state_dir}"
    )
    print_line(f"The farm is up. Hand in titles: reelfarm submit{where} TITLE. Ctrl-C stops it.")
