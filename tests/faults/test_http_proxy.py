"""The HTTP proxy of the fault tests: requests fail as S3 would say it, or break in the middle."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults.connection import Way
from tests.faults.http_proxy import HttpProxy
from tests.faults.network import Network
from tests.faults.test_proxy import connect, receive


class _WebServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: here they are meant to."""


class _Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(f"took {len(body)}")

    def do_GET(self) -> None:
        self._answer("here")

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def web() -> Iterator[tuple[str, int]]:
    with _WebServer(("127.0.0.1", 0), _Counting) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield "127.0.0.1", server.server_port
        server.shutdown()


@pytest.fixture
def http_proxy(network: Network, web: tuple[str, int]) -> Iterator[HttpProxy]:
    proxy = network.add(HttpProxy(web))
    yield proxy
    proxy.close()


def ask(proxy: HttpProxy, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Ask on a connection of its own."""
    line = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    try:
        line.request(method, "/bucket/key", body)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def test_requests_follow_each_other_on_one_connection(http_proxy: HttpProxy) -> None:
    line = http.client.HTTPConnection("127.0.0.1", http_proxy.port, timeout=5)
    said = []
    for size in (0, 10, 200_000):
        line.request("PUT", "/bucket/key", b"x" * size)
        said.append(line.getresponse().read())
    line.close()
    assert said == [b"took 0", b"took 10", b"took 200000"]
    assert (http_proxy.accepted, http_proxy.requests, http_proxy.refused) == (1, 3, 0)


def test_the_next_requests_fail_and_only_of_the_method_asked_for(http_proxy: HttpProxy) -> None:
    http_proxy.refuse_next(2, status=500, method="PUT")
    answers = [
        ask(http_proxy, method, body)[0]
        for method, body in (("GET", None), ("PUT", b"x" * 100_000), ("PUT", b""), ("PUT", b"y"))
    ]
    assert answers == [200, 500, 500, 200]


def test_every_nth_request_fails_as_s3_would_say_it(http_proxy: HttpProxy) -> None:
    http_proxy.refuse_every(3)
    answers = [ask(http_proxy) for _ in range(6)]
    busy = (503, "<Error><Code>SlowDown</Code><Message>by the proxy</Message></Error>")
    assert answers == [(200, "here"), (200, "here"), busy] * 2
    http_proxy.heal()
    assert {ask(http_proxy)[0] for _ in range(3)} == {200}


def test_a_request_that_waits_for_a_word_is_refused_before_its_body(http_proxy: HttpProxy) -> None:
    http_proxy.refuse_next(1)
    with connect(http_proxy) as line:
        line.sendall(b"PUT /k HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        assert receive(line, 12) == b"HTTP/1.1 503"


def test_a_request_is_held_while_others_pass(http_proxy: HttpProxy) -> None:
    http_proxy.hold("PUT", "/key")
    assert ask(http_proxy) == (200, "here")
    assert not http_proxy.holding
    asking = threading.Timer(0.2, http_proxy.heal)
    asking.start()
    with pytest.raises(ConnectionError):
        ask(http_proxy, "PUT", b"x")
    asking.join()
    assert http_proxy.holding
    assert ask(http_proxy, "PUT", b"x") == (200, "took 1")


def test_an_upload_breaks_in_the_middle(http_proxy: HttpProxy) -> None:
    http_proxy.break_after(50_000, Way.UP)
    with pytest.raises(OSError):
        ask(http_proxy, "PUT", b"x" * 5_000_000)
    assert ask(http_proxy, "PUT", b"x" * 5_000_000) == (200, "took 5000000")
