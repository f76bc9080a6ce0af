"""Clients that send too much, too slowly, under a wrong name, or take nothing: they hurt nobody."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest

from api import app, server
from api.bounds import BodyBounds
from farm.settings import Settings
from storage.postgres.database import Database
from tests.service.api_server import ApiServer, api_server
from tests.service.test_api_jobs import TITLE

HEAD = "Host: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def connected(api: ApiServer, sent: bytes = b"") -> Iterator[socket.socket]:
    place = urlsplit(api.url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(sent)
        yield connection


def answer_to(connection: socket.socket) -> tuple[int, str]:
    """Return the status and the code of a problem that comes over a connection."""
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"}"):
        part = connection.recv(65536)
        assert part, f"the connection ended after {received!r}"
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["code"]


def ended(connection: socket.socket) -> bool:
    """Return whether the other end has closed a connection, waiting for it."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def post(length: int, path: str = "/v1/jobs") -> bytes:
    return f"POST {path} HTTP/1.1\r\n{HEAD}Content-Length: {length}\r\n\r\n".encode()


def test_a_large_request_is_refused_and_the_client_reads_why(api: ApiServer) -> None:
    with api.client() as client:
        body = {**TITLE, "metadata": {"a": "x" * (2 << 20)}}
        answer = client.post("/v1/jobs", json=body)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["limit_bytes"] == 1 << 20
        assert answer.headers["Content-Type"] == "application/problem+json"

        def chunks() -> Iterator[bytes]:
            for _ in range(200):
                yield b"x" * 10_000

        chunked = client.post("/v1/jobs", content=chunks(), headers={"Content-Type": "x/json"})
        assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")
        assert client.get("/v1/jobs").status_code == 200


def test_the_bound_is_a_setting_and_no_bound_of_streams(
    database: Database, database_url: str, broker_url: str
) -> None:
    settings = Settings(sources="any", origins="any", body_bytes=2048)
    with api_server(database_url, broker_url, settings) as api, api.client() as client:
        large = client.post("/v1/jobs", json={**TITLE, "metadata": {"a": "x" * 2048}})
        assert large.status_code == 413
        row = json.dumps({**TITLE, "external_id": "a", "metadata": {"a": "x" * 4096}})
        headers = {"Content-Type": "application/x-ndjson"}
        stream = client.post("/v1/catalogs?name=c", content=row, headers=headers)
        assert stream.status_code == 202, stream.text


def test_a_client_that_falls_silent_is_answered_and_let_go(
    api_with_short_patience: ApiServer,
) -> None:
    api = api_with_short_patience
    with connected(api, post(100) + b'{"source"') as silent:
        assert answer_to(silent) == (408, "client_too_slow")
        assert ended(silent)


def test_a_head_that_never_ends_is_let_go(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_WITHIN_S", 0.5)
    with connected(api) as mute, connected(api, b"GET / HTTP/1.1\r\n") as dripping:
        began = time.monotonic()
        while not (over := time.monotonic() - began > 10):
            try:
                dripping.sendall(b"X-A: b\r\n")
            except OSError:
                break
            time.sleep(0.05)
        assert not over
        assert ended(mute)


def test_the_rest_of_a_body_that_was_answered_is_not_waited_for(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REST_WITHIN_S", 0.5)
    with connected(api, post(5 << 20)) as dripping:
        assert answer_to(dripping) == (413, "too_large")
        began = time.monotonic()
        while not (over := time.monotonic() - began > 10):
            try:
                dripping.sendall(b"x")
            except OSError:
                break
            time.sleep(0.05)
        assert not over


def test_a_client_that_takes_nothing_of_its_answer_is_let_go(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STALLED_S", 0.5)
    token = api.token()
    with api.with_key(token) as client:
        rows = b"".join(
            json.dumps({**TITLE, "external_id": f"{n}", "metadata": {"a": "x" * 9000}}).encode()
            + b"\n"
            for n in range(1500)
        )
        headers = {"Content-Type": "application/x-ndjson"}
        assert client.post("/v1/catalogs?name=c", content=rows, headers=headers).is_success
    place = urlsplit(api.url)
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.settimeout(20)
        greedy.connect((place.hostname, place.port))
        path, key = "/v1/catalogs/c/results?format=ndjson", f"Authorization: Bearer {token}"
        greedy.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n\r\n".encode())
        time.sleep(3)
        received = 0
        try:
            while part := greedy.recv(1 << 20):
                received += len(part)
        except ConnectionResetError:
            pass
        assert received < 10 << 20  # it was ended long before the end


def test_many_silent_clients_hold_up_nobody(api: ApiServer) -> None:
    with api.client() as client:
        silent = []
        try:
            for _ in range(100):
                place = urlsplit(api.url)
                connection = socket.create_connection((place.hostname, place.port), timeout=20)
                silent.append(connection)
                connection.sendall(post(1000) + b'{"')
            began = time.monotonic()
            assert all(client.get("/v1/jobs").status_code == 200 for _ in range(5))
            assert time.monotonic() - began < 10
        finally:
            for connection in silent:
                connection.close()


def test_a_head_that_is_too_large_is_no_request(api: ApiServer) -> None:
    with connected(api, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000) as large:
        assert large.recv(100).startswith(b"HTTP/1.1 400")


def test_every_answer_has_its_headers_and_goes_to_known_hosts_alone(api: ApiServer) -> None:
    with api.client() as client:
        answers = {
            200: client.get("/v1/jobs"),
            401: httpx.get(f"{api.url}/v1/jobs", trust_env=False),
            404: client.get("/v1/jobs/" + "0" * 32),
            405: client.put("/v1/jobs"),
            413: client.post("/v1/jobs", content=b"x" * (2 << 20)),
            421: client.get("/v1/jobs", headers={"Host": "evil.example"}),
            422: client.get("/v1/jobs?limit=0"),
        }
        for status, answer in answers.items():
            assert answer.status_code == status
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answers[421].json()["code"] == "host_not_served"
        assert "RateLimit" in answers[404].headers


@pytest.fixture
def api_with_short_patience(
    database: Database,
    database_url: str,
    broker_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ApiServer]:
    monkeypatch.setattr(app, "BodyBounds", partial(BodyBounds, silence_s=0.3))
    with api_server(database_url, broker_url) as served:
        yield served
