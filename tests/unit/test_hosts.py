"""The names a farm goes by, and the headers every answer has."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from api.headers import SafeHeaders
from api.hosts import KnownHosts
from storage.rates import Allowance


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    own = {"Cache-Control": "max-age=60"} if scope["path"] == "/v1/cached" else {}
    await PlainTextResponse("hello", headers=own)(scope, receive, send)


def serves(host: str | None, listens_on: str = "127.0.0.1", names: str = "") -> bool:
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    scope = {"type": "http", "path": "/", "method": "GET", "headers": headers}
    return asyncio.run(_status(KnownHosts(hello, listens_on, names), scope)) == 200


async def _status(app: KnownHosts, scope: Scope) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status: int = sent[0]["status"]
    assert status in (200, 421)
    return status


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST.:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("[0:0:0:0:0:0:0:1]", True),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost@evil.example", False),
        ("192.0.2.7:8000", False),
        ("127.0.0.2", False),
        ("2130706433", False),
        ("", False),
        ("[", False),
        ("\xe4", False),
        (None, False),
    ],
)
def test_a_farm_on_loopback_goes_by_no_other_name(host: str | None, known: bool) -> None:
    assert serves(host) == known


@pytest.mark.parametrize(
    ("listens_on", "host", "known"),
    [
        ("192.0.2.7", "192.0.2.7:8000", True),
        ("192.0.2.7", "192.0.2.8:8000", False),
        ("192.0.2.7", "localhost", True),
        ("farm.example", "farm.example:8000", True),
        ("2001:db8::1", "[2001:db8:0::1]:8000", True),
        ("0.0.0.0", "192.0.2.7:8000", True),
        ("::", "[2001:db8::1]:8000", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "1.evil.example", False),
    ],
)
def test_it_goes_by_the_address_it_listens_on(listens_on: str, host: str, known: bool) -> None:
    assert serves(host, listens_on) == known


@pytest.mark.parametrize(
    ("names", "host", "known"),
    [
        ("farm.example", "farm.example", True),
        ("farm.example", "Farm.Example.:443", True),
        (" farm.example , media.example ", "media.example", True),
        ("farm.example", "localhost", True),
        ("farm.example", "a.farm.example", False),
        ("*", "whatever.example", True),
        ("*", None, True),
    ],
)
def test_operators_name_more(names: str, host: str | None, known: bool) -> None:
    assert serves(host, names=names) == known


def headers_of(path: str, **state: object) -> dict[str, str]:
    sent: list[Message] = []

    async def ask() -> None:
        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "method": "GET", "headers": [], "state": state}
        await SafeHeaders(hello)(scope, receive, send)

    asyncio.run(ask())
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_an_answer_of_the_api_is_neither_kept_nor_framed_nor_guessed_at() -> None:
    headers = headers_of("/v1/jobs")
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers_of("/v1/cached")["cache-control"] == "max-age=60"


def test_what_is_no_answer_of_the_api_may_be_kept_and_not_framed() -> None:
    headers = headers_of("/titles/1")
    assert "cache-control" not in headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_left_of_a_limit_is_said_in_whole_seconds() -> None:
    headers = headers_of("/v1/jobs", allowance=Allowance(True, 100, 41, 12.3))
    assert headers["ratelimit-policy"] == '"requests";q=100;w=60'
    assert headers["ratelimit"] == '"requests";r=41;t=13'
    assert "ratelimit" not in headers_of("/v1/jobs", allowance=None)
