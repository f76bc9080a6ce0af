"""The API as it is served: a real server on a free port, over the real PostgreSQL and Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from api.app import create_app, listen
from api.context import ApiContext
from api.server import server_of
from farm.access import LOCAL, Scope
from farm.settings import Settings
from services.keys import make_key, make_tenant
from storage.postgres.database import Database
from storage.postgres.roles import open_as_api
from storage.wakeups import Wakeups, celery_app
from tests.waiting import HANGS_AFTER_S

EVERYTHING = tuple(Scope)


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API, and clients of it with keys of their own."""

    url: str
    database: Database  # as the API has it: row-level security holds
    wakeups: Wakeups

    def token(self, tenant: str = "default", scopes: tuple[Scope, ...] = EVERYTHING) -> str:
        """Return a new key of a tenant, made where it is not there yet; "*": an operator's."""
        if tenant != "*":
            make_tenant(self.database, LOCAL, tenant)
        return make_key(self.database, LOCAL, "a test's", scopes, tenant).token

    def client(
        self, tenant: str = "default", scopes: tuple[Scope, ...] = EVERYTHING
    ) -> httpx.Client:
        """Return a client that brings a new key of a tenant."""
        return self.with_key(self.token(tenant, scopes))

    def with_key(self, token: str) -> httpx.Client:
        """Return a client that brings this key."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def environment(
        self, tenant: str = "*", scopes: tuple[Scope, ...] = EVERYTHING
    ) -> dict[str, str]:
        """Return where commands find this API, and a new key for them."""
        return {"REELFARM_URL": self.url, "REELFARM_KEY": self.token(tenant, scopes)}


@contextmanager
def api_server(
    database_url: str, broker_url: str, settings: Settings | None = None, port: int = 0
) -> Iterator[ApiServer]:
    """Serve the API until the block ends, on a free port where none is given."""
    context = ApiContext(
        open_as_api(database_url, 5),
        Wakeups(celery_app(broker_url)),
        settings or Settings(sources="any", origins="any"),
    )
    app = create_app(context)
    server = server_of(app, drain_s=2)
    listening = listen("127.0.0.1", port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    started = threading.Event()
    try:
        for _ in range(round(HANGS_AFTER_S / 0.01)):
            if server.started or started.wait(0.01):
                break
        port = listening.getsockname()[1]
        yield ApiServer(f"http://127.0.0.1:{port}", context.database, context.wakeups)
    finally:
        app.state.feed.close()
        server.should_exit = True
        thread.join()
        listening.close()
