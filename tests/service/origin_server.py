"""An origin over HTTP on the loopback: what lies in a directory store, with its headers, as S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from storage.objects.directory import DirectoryStore


@dataclass(slots=True)
class Origin:
    """A running origin: what it was asked for, and whether it is in trouble."""

    port: int
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    broken: bool = False

    def times(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(asked == path for _, asked, _ in self.asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, store: DirectoryStore, origin: Origin) -> None:
        self.store, self.origin = store, origin
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.origin.asked.append((self.command, self.path, dict(self.headers)))
        _, bucket, key = self.path.split("/", 2)
        info = self.store.head(key) if bucket == "reelfarm-origin" else None
        if self.origin.broken:
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>", {})
        elif info is None:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>", {})
        else:
            headers = {
                "Content-Type": info.content_type,
                "Cache-Control": info.cache_control,
                "ETag": f'"{info.sha256}"',
                "Access-Control-Allow-Origin": "https://somebody.example",
                "Set-Cookie": "who=you",
            }
            self._answer(200, self.store.get_bytes(key), headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": f"{len(body)}"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet: `asked` holds what would be logged."""


@contextmanager
def serve_origin(store: DirectoryStore) -> Iterator[Origin]:
    """Serve `store` as the bucket reelfarm-origin on a free port until the `with` ends."""
    origin = Origin(0)
    handler = partial(_Handler, store=store, origin=origin)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        origin.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield origin
        finally:
            server.shutdown()
