"""The proxy of the fault tests, tried against a small echo server and a small HTTP server."""

from __future__ import annotations

import http.client
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.faults.connection import Mode, Way
from tests.faults.http_proxy import HttpProxy
from tests.faults.network import Network
from tests.faults.proxy import Proxy


class _Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1 << 16):
            self.request.sendall(data)


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: here they are meant to."""


class _WebServer(ThreadingHTTPServer):
    handle_error = _UnixServer.handle_error


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
def network() -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("echo") / "socket"
    with _UnixServer(str(path), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield path
        server.shutdown()


@pytest.fixture(scope="module")
def web() -> Iterator[tuple[str, int]]:
    with _WebServer(("127.0.0.1", 0), _Counting) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield "127.0.0.1", server.server_port
        server.shutdown()


@pytest.fixture
def proxy(network: Network, echo: Path) -> Iterator[Proxy]:
    proxy = network.add(Proxy(echo))
    yield proxy
    proxy.close()


@pytest.fixture
def http_proxy(network: Network, web: tuple[str, int]) -> Iterator[HttpProxy]:
    proxy = network.add(HttpProxy(web))
    yield proxy
    proxy.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def say(line: socket.socket, words: bytes) -> bytes:
    """Send `words` and return as many bytes of what comes back."""
    line.sendall(words)
    return receive(line, len(words))


def receive(line: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (block := line.recv(size - len(received))):
        received += block
    return received


def test_bytes_come_back_whole_and_an_end_is_passed_on(proxy: Proxy) -> None:
    with connect(proxy) as line:
        assert say(line, b"x" * 300_000) == b"x" * 300_000
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""


def test_refuse_ends_new_connections_and_leaves_those_that_are_there(proxy: Proxy) -> None:
    with connect(proxy) as old:
        assert say(old, b"one") == b"one"
        proxy.set(Mode.REFUSE)
        with pytest.raises(ConnectionError), connect(proxy) as new:
            say(new, b"two")
        assert say(old, b"three") == b"three"
    proxy.heal()
    with connect(proxy) as new:
        assert say(new, b"four") == b"four"


def test_cut_resets_every_connection(proxy: Proxy) -> None:
    with connect(proxy) as old:
        assert say(old, b"one") == b"one"
        proxy.set(Mode.CUT)
        with pytest.raises(ConnectionError):
            old.recv(1)
        with pytest.raises(ConnectionError), connect(proxy) as new:
            new.recv(1)
    proxy.heal()
    with connect(proxy) as new:
        assert say(new, b"two") == b"two"


def test_a_blackhole_answers_nothing_and_what_it_swallowed_ends_with_it(proxy: Proxy) -> None:
    with connect(proxy) as spoken, connect(proxy) as silent:
        assert say(spoken, b"one") + say(silent, b"one") == b"oneone"
        proxy.set(Mode.BLACKHOLE)
        with connect(proxy) as new:
            for line in (spoken, new):
                line.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    say(line, b"two")
                line.settimeout(5)
            proxy.heal()
            for line in (spoken, new):
                with pytest.raises(ConnectionError):
                    line.recv(1)
        assert say(silent, b"three") == b"three"  # nothing of it was lost


def test_a_connection_breaks_after_so_many_bytes_upward(proxy: Proxy) -> None:
    with connect(proxy) as line:
        assert say(line, b"before") == b"before"
        proxy.break_after(100_000, Way.UP)
        assert say(line, b"x" * 100_000) == b"x" * 100_000
        assert not proxy.broken
        with pytest.raises(ConnectionError):
            say(line, b"!")
    assert proxy.broken
    with connect(proxy) as line:
        assert say(line, b"x" * 200_000) == b"x" * 200_000


def test_an_answer_is_lost_as_often_as_asked(proxy: Proxy) -> None:
    proxy.break_after(0, Way.DOWN, times=2)
    for _ in range(2):
        with pytest.raises(ConnectionError), connect(proxy) as line:
            say(line, b"done?")
    with connect(proxy) as line:
        assert say(line, b"done?") == b"done?"


def test_a_slow_line_takes_its_time_both_ways(proxy: Proxy) -> None:
    proxy.latency_s = 0.1
    with connect(proxy) as line:
        asked = time.monotonic()
        assert say(line, b"one") == b"one"
        assert time.monotonic() - asked > 0.2
    proxy.heal()


def test_a_server_that_is_not_there_resets(network: Network, tmp_path: Path) -> None:
    nowhere = network.add(Proxy(tmp_path / "nobody"))
    with pytest.raises(ConnectionError), connect(nowhere) as line:
        line.recv(1)
    assert (nowhere.accepted, nowhere.connections) == (1, 0)


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
