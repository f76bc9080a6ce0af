"""The proxy of the fault tests, tried against a small echo server and a small HTTP server."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.connection import Mode, Way
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


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("echo") / "socket"
    with _UnixServer(str(path), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield path
        server.shutdown()


@pytest.fixture
def proxy(network: Network, echo: Path) -> Iterator[Proxy]:
    proxy = network.add(Proxy(echo))
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
