"""Somebody with a browser, as far as HTTP goes: cookies, forms with their tokens, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from farm.access import Scope
from tests.service.api_server import EVERYTHING, ApiServer

HTML = {"Accept": "text/html,application/xhtml+xml"}
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Visitor:
    """A client that keeps cookies and accepts pages."""

    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as a page of ours has it."""
        return self.client.post(path, data={"form_token": self.form_token(), **fields})

    def form_token(self, path: str = "/sign-in") -> str:
        found = TOKEN.search(self.client.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, key: str, **fields: str) -> httpx.Response:
        return self.post("/sign-in", key=key, **fields)


class People:
    """Visitors of one server, each with cookies of their own, until the block ends."""

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._clients: list[httpx.Client] = []

    def __enter__(self) -> People:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()

    def visitor(self) -> Visitor:
        """Return somebody who is not signed in."""
        url = self._api.url
        self._clients.append(httpx.Client(base_url=url, headers=HTML, timeout=60, trust_env=False))
        return Visitor(self._clients[-1])

    def signed_in(self, tenant: str = "default", scopes: tuple[Scope, ...] = EVERYTHING) -> Visitor:
        """Return somebody who is signed in with a new key of a tenant."""
        somebody = self.visitor()
        answer = somebody.sign_in(self._api.token(tenant, scopes))
        assert answer.status_code == 303, answer.text
        return somebody
