"""An HTTP server on the loopback that answers each path as a test tells it to, badly if need be."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

LOCALHOST = Path(__file__).with_name("localhost.pem")  # certificate and key, good until 2125


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """One request and its answer; `server.closing` is set when the test is over."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer well; an underscore in a header's name stands for a hyphen."""
        self.send_response(status)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **given}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drip(self, content: bytes, pause_s: float = 0.02) -> None:
        """Send `content` again and again, never fast, until somebody has had enough of it."""
        while not self.server.closing.wait(pause_s):
            self.wfile.write(content)

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(Request(self.command, self.path, dict(self.headers), body))
        self.server.answers[self.path.partition("?")[0]](self)

    do_GET = do_HEAD = do_POST = _handle

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


Answer = Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.seen: list[Request] = []
        self.closing = Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: here they are meant to."""


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where the server is, and every request so far."""

    port: int
    seen: list[Request] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


@contextmanager
def web_server(answers: Mapping[str, Answer], *, secure: bool = False) -> Iterator[WebServer]:
    """Serve `answers` by path until the block ends."""
    server = _Server(answers)
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(LOCALHOST)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield WebServer(server.server_address[1], server.seen)
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
