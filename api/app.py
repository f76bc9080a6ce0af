"""The HTTP application, and the server that runs it."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api.health import health_routes
from farm.errors import InvalidSpec, StorageUnavailable
from farm.settings import Settings
from farm.signals import on_stop
from storage.postgres.database import Database
from storage.wakeups import Wakeups, celery_app

POOL = 5
DRAIN_S = 10  # for requests that are under way when the server is told to stop


def create_app(database: Database, wakeups: Wakeups) -> FastAPI:
    """Return the application over an open farm; it closes the database at its end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="ReelFarm",
        version=version("reelfarm"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(health_routes(database, wakeups))

    @app.get("/")
    async def about() -> dict[str, str]:
        return {
            "name": app.title,
            "version": app.version,
            "health": "/healthz",
            "readiness": "/readyz",
        }

    return app


def serve_api(settings: Settings, host: str, port: int) -> None:
    """Serve HTTP until SIGTERM or SIGINT.

    Raises InvalidSpec where the settings lack a server, StorageUnavailable where it cannot listen.
    """
    import uvicorn

    if settings.database_url is None or settings.broker_url is None:
        raise InvalidSpec("the API needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    app = create_app(
        Database(settings.database_url, pool_size=POOL), Wakeups(celery_app(settings.broker_url))
    )
    server = uvicorn.Server(
        uvicorn.Config(app, access_log=False, log_config=None, timeout_graceful_shutdown=DRAIN_S)
    )

    def stop() -> None:
        server.should_exit = True

    # Uvicorn takes the signals over, and sends them again when it has stopped in order: to have
    # been told to stop is no failure.
    with on_stop(stop):
        server.run(sockets=[listen(host, port)])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise StorageUnavailable where that cannot be."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error  # a resolver's has no errno
        raise StorageUnavailable(
            f"the API cannot listen on {host}:{port}: {why}: choose another --port"
        ) from error
