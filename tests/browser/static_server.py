"""A plain static file server on the loopback, which remembers what it was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

# What DESIGN's origin layout promises a CDN; everything else is served as mimetypes guesses it.
TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request."""

    path: str
    status: int


@dataclass(frozen=True, slots=True)
class StaticServer:
    """Where the folders are served, and every request so far."""

    url: str
    requests: list[Request] = field(default_factory=list)

    @property
    def refused(self) -> list[Request]:
        """Return the requests that were not answered with their content."""
        return [request for request in self.requests if request.status >= 400]


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # players keep their connections open

    def __init__(self, *args: object, folders: Mapping[str, Path], seen: list[Request]) -> None:
        self.folders = folders
        self.seen = seen
        super().__init__(*args)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """Return the file behind `/folder/rest`; the base class makes the rest safe."""
        name, _, rest = path.lstrip("/").partition("/")
        folder = self.folders.get(name)
        if folder is None:
            return ""  # no such file: 404
        self.directory = str(folder)
        return super().translate_path("/" + rest)

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def send_response(self, code: int, message: str | None = None) -> None:
        self.seen.append(Request(self.path, code))
        super().send_response(code, message)

    def log_message(self, *args: object) -> None:
        """Keep standard error for the tests: `requests` holds what would be logged."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a player that hung up on a download it no longer wants."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(folders: Mapping[str, Path]) -> Iterator[StaticServer]:
    """Serve each folder below its name on a free port until the context ends."""
    seen: list[Request] = []
    handler = partial(_Handler, folders=folders, seen=seen)
    with _Server(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield StaticServer(f"http://127.0.0.1:{server.server_port}", seen)
        finally:
            server.shutdown()
