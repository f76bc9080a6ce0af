"""The farm a command talks to, over its API; and the servers that a part of a farm needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from farm.broker_url import BROKERS, checked_broker
from farm.errors import InvalidSpec
from farm.plan import Resource
from farm.settings import Settings, load_settings

if TYPE_CHECKING:  # neither is imported by verbs that do without
    from api.client import ReelFarm
    from storage.postgres.database import Database

DATABASE = "postgresql://"
PATIENCE_S = 3.0  # a person waits; the API may just be starting again


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
    name = "REELFARM_DATABASE_URL"
    url = _need(name, settings.database_url, DATABASE, "PostgreSQL", part)
    if not url.startswith(DATABASE):
        raise InvalidSpec(f"{name} must begin with {DATABASE}")  # it may hold a password
    return url


def need_broker(settings: Settings, part: str) -> str:
    """Return the URL of Redis, which somebody must have set."""
    url = _need("REELFARM_BROKER_URL", settings.broker_url, BROKERS[0], "Redis", part)
    return checked_broker(url)


def _need(name: str, url: str | None, form: str, server: str, part: str) -> str:
    if not url:
        raise InvalidSpec(f"{part} needs a {server}: set {name}={form}HOST:PORT/NAME")
    return url


def check_servers(settings: Settings, part: str) -> None:
    """Return when both servers answer and fit this code; raise with what to do otherwise."""
    from storage.postgres.database import Database
    from storage.readiness import check_database

    database_url, _ = need_servers(settings, part)
    database = Database(database_url, pool_size=1)
    try:
        check_database(database)
    finally:
        database.close()
    check_broker(settings, part)


def check_broker(settings: Settings, part: str) -> None:
    """Return when Redis answers; raise with what to do otherwise."""
    from storage.readiness import check_wakeups
    from storage.wakeups import Wakeups, celery_app

    check_wakeups(Wakeups(celery_app(need_broker(settings, part))))


def farm_client(
    url: str | None,
    key: str | None,
    state: Path | None,
    tenant: str | None = None,
    patience_s: float = PATIENCE_S,
) -> ReelFarm:
    """Return the API's client for the farm that is meant; raise with what to set where none is."""
    from api.client import ReelFarm

    return ReelFarm(url, key, tenant=tenant, patience_s=patience_s, settings=load_settings(state))


@contextmanager
def open_database(state: Path | None) -> Iterator[Database]:
    """Give the PostgreSQL of a farm on this machine; raise InvalidSpec where there is none."""
    from api.client.places import running_farm
    from storage.postgres.database import Database
    from storage.readiness import check_database

    settings = load_settings(state)
    here = running_farm(settings)
    if settings.database_url is None and here is not None:
        settings = settings.model_copy(update={"database_url": here.database})
    database = Database(need_database(settings, "this command"), pool_size=1)
    try:
        check_database(database)
        yield database
    finally:
        database.close()


def _known(queues: str) -> str:
    known = [resource.value for resource in Resource]
    names = [name.strip() for name in queues.split(",") if name.strip()]
    if not names or (unknown := [name for name in names if name not in known]):
        raise InvalidSpec(
            f"--queues: {unknown[0] if names else ''!r}: give some of {', '.join(known)}"
        )
    return ",".join(names)
