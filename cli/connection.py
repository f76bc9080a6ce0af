"""The farm a command talks to: given by the environment, or run here by `reelfarm up`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from farm.errors import InvalidSpec, StorageUnavailable
from farm.files import replaced
from farm.plan import Resource
from farm.settings import Settings, load_settings
from storage.postgres.database import Database
from storage.readiness import check_database, check_wakeups
from storage.wakeups import Wakeups, celery_app

DATABASES = ("postgresql://",)
BROKERS = ("redis://", "rediss://", "redis+socket://", "sentinel://")
UP = "up.json"  # where `reelfarm up` says how to reach its servers


@dataclass(frozen=True, slots=True)
class FarmConnection:
    """An open connection to a farm."""

    settings: Settings
    database: Database
    wakeups: Wakeups


def part_settings(
    state: Path | None, queues: str | None = None, cores: int | None = None
) -> Settings:
    """Return the environment's settings with the options given; raise InvalidSpec naming them."""
    settings = load_settings(state)
    given: dict[str, object] = {}
    if queues is not None:
        given["queues"] = _known(queues)
    if cores is not None:
        given["cores"] = cores
    return settings.model_copy(update=given)


def need_servers(settings: Settings, part: str) -> tuple[str, str]:
    """Return the URLs of PostgreSQL and Redis; raise InvalidSpec naming the one that is missing."""
    return need_database(settings, part), need_broker(settings, part)


def need_database(settings: Settings, part: str) -> str:
    """Return the URL of PostgreSQL, which somebody must have set."""
    return _need("REELFARM_DATABASE_URL", settings.database_url, DATABASES, "PostgreSQL", part)


def need_broker(settings: Settings, part: str) -> str:
    """Return the URL of Redis, which somebody must have set."""
    return _need("REELFARM_BROKER_URL", settings.broker_url, BROKERS, "Redis", part)


def _need(name: str, url: str | None, forms: tuple[str, ...], server: str, part: str) -> str:
    if not url:
        raise InvalidSpec(f"{part} needs a {server}: set {name}={forms[0]}HOST:PORT/NAME")
    if not url.startswith(forms):
        raise InvalidSpec(f"{name} must begin with {' or '.join(forms)}")  # it may hold a password
    return url


def check_servers(settings: Settings, part: str) -> None:
    """Return when both servers answer and fit this code; raise with what to do otherwise."""
    database_url, _ = need_servers(settings, part)
    database = Database(database_url, pool_size=1)
    try:
        check_database(database)
    finally:
        database.close()
    check_broker(settings, part)


def check_broker(settings: Settings, part: str) -> None:
    """Return when Redis answers; raise with what to do otherwise."""
    check_wakeups(Wakeups(celery_app(need_broker(settings, part))))


@contextmanager
def open_farm(settings: Settings) -> Iterator[FarmConnection]:
    """Give a connection to the farm; raise InvalidSpec where there is none to be found."""
    settings = _located(settings)
    database = Database(need_database(settings, "this command"), pool_size=1)
    try:
        check_database(database)
        yield FarmConnection(
            settings, database, Wakeups(celery_app(need_broker(settings, "this command")))
        )
    finally:
        database.close()


@contextmanager
def announced(settings: Settings, urls: dict[str, str]) -> Iterator[None]:
    """Let commands with the same state directory find this stack's servers and locations."""
    path = settings.state_dir / UP
    try:
        with replaced(path, mode=0o600) as temporary:  # URLs may hold passwords
            locations = {"sources": settings.sources, "origins": settings.origins}
            temporary.write_text(json.dumps({**urls, **locations}))
    except OSError as error:
        raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _located(settings: Settings) -> Settings:
    """Return the settings with servers and locations of a stack that runs here, where not given."""
    if settings.database_url is not None and settings.broker_url is not None:
        return settings
    try:
        urls = json.loads((settings.state_dir / UP).read_bytes())
    except (OSError, ValueError) as error:
        if settings.database_url or settings.broker_url:
            need_servers(settings, "this command")
        raise InvalidSpec(
            "there is no farm to talk to: start one with reelfarm up, or set REELFARM_DATABASE_URL"
            " and REELFARM_BROKER_URL to a farm's servers"
        ) from error
    return settings.model_copy(
        update={
            "database_url": settings.database_url or urls["database"],
            "broker_url": settings.broker_url or urls["broker"],
            "sources": settings.sources or urls["sources"],
            "origins": settings.origins or urls["origins"],
        }
    )


def _known(queues: str) -> str:
    known = [resource.value for resource in Resource]
    names = [name.strip() for name in queues.split(",") if name.strip()]
    if not names or (unknown := [name for name in names if name not in known]):
        raise InvalidSpec(
            f"--queues: {unknown[0] if names else ''!r}: give some of {', '.join(known)}"
        )
    return ",".join(names)
