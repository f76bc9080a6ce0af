"""The HTTP application, and the server that runs it."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from api import errors_page
from api.bounds import BodyBounds, StreamedRoute
from api.context import ApiContext
from api.headers import SafeHeaders
from api.health import health_routes
from api.hosts import KnownHosts
from api.openapi import describe
from api.pages import (
    admin,
    dropped,
    farm_page,
    many,
    plan,
    player,
    published,
    qc,
    quality_page,
    review,
    sign_in,
    static,
    submit,
    title,
    titles,
    webhooks,
)
from api.pages import catalogs as catalog_pages
from api.pages.forms import MOST_PASTED_BYTES
from api.pages.page import see_other, wants_page
from api.pages.problem import page_of
from api.problems import explain_errors
from api.v1 import (
    assets,
    audit,
    catalogs,
    clips,
    deliveries,
    endpoints,
    events,
    farm,
    ingest,
    job_actions,
    jobs,
    keys,
    locations,
    plans,
    policies,
    quality,
    reviews,
    tenants,
    uploads,
)
from farm.errors import InvalidSpec, StorageUnavailable
from farm.settings import Settings
from farm.signals import on_stop
from services.events import Feed
from services.request_limits import RequestLimits
from storage.postgres.roles import open_as_api
from storage.wakeups import Wakeups, celery_app

POOL = 5

# In the order in which the document describes them; what is done to many jobs stands before one.
ROUTES = (
    job_actions,
    jobs,
    plans,
    reviews,
    clips,
    catalogs,
    quality,
    assets,
    uploads,
    ingest,
    events,
    farm,
    endpoints,
    deliveries,
    policies,
    locations,
    tenants,
    keys,
    audit,
    errors_page,
)

PAGES = (
    sign_in,
    static,
    titles,
    title,
    qc,
    review,
    farm_page,
    player,
    published,
    submit,
    dropped,
    plan,
    many,
    catalog_pages,
    quality_page,
    admin,
    webhooks,
)


class GuardedApp(FastAPI):
    """An application with what stands before every route, and outside of every error's answer."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the routes, with their middleware, behind the guards."""
        settings = cast(ApiContext, self.state.context).settings
        streamed = [
            StreamedRoute(catalogs.STREAMED, catalogs.STREAMED_METHODS),
            StreamedRoute(uploads.STREAMED, uploads.STREAMED_METHODS, patient=True),
            StreamedRoute(many.PASTED, frozenset({"POST"}), MOST_PASTED_BYTES),
        ]
        bounded = BodyBounds(super().build_middleware_stack(), settings.body_bytes, streamed)
        return SafeHeaders(KnownHosts(bounded, self.state.host, settings.hosts))


def create_app(context: ApiContext, host: str = "127.0.0.1") -> FastAPI:
    """Return the application over an open farm; it closes the database at its end.

    `host`: the address it is going to listen on.
    """
    database, wakeups = context.database, context.wakeups

    feed = Feed(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        feed.start()
        yield
        feed.close()
        database.close()

    app = GuardedApp(
        title="ReelFarm",
        version=version("reelfarm"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.context = context
    app.state.host = host
    app.state.feed = feed
    app.state.limits = RequestLimits(database, wakeups, context.settings)
    explain_errors(app, page_of)
    describe(app)
    app.include_router(health_routes(database, wakeups))
    for module in (*ROUTES, *PAGES):
        app.include_router(module.routes)

    @app.get("/", response_model=None)
    async def about(request: Request) -> dict[str, str] | Response:
        if wants_page(request):
            return see_other("/start")
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
    from api.server import server_of

    if settings.database_url is None or settings.broker_url is None:
        raise InvalidSpec("the API needs REELFARM_DATABASE_URL and REELFARM_BROKER_URL")
    database = open_as_api(settings.database_url, POOL)
    wakeups = Wakeups(celery_app(settings.broker_url))
    app = create_app(ApiContext(database, wakeups, settings), host)
    server = server_of(app)

    def stop() -> None:
        server.should_exit = True
        app.state.feed.close()  # streams would keep the server until its patience ends

    # Uvicorn takes the signals over, and sends them again when it has stopped in order: to have
    # been told to stop is no failure.
    _leave_out_of_collections()
    with on_stop(stop):
        server.run(sockets=[listen(host, port)])


def _leave_out_of_collections() -> None:
    """Have garbage collection pass over what was loaded: each look at it holds requests up."""
    gc.collect()
    gc.freeze()


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
