"""A film on a web server, and the farm that fetches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from farm.settings import Settings
from tests.service.web_server import Answer, Handler, WebServer, web_server
from workers.web.fetch import Fetched, download_url
from workers.web.limits import FetchLimits

FILM = b"film" * 100_000
VALIDATORS = {"ETag": '"v1"', "Last_Modified": "Wed, 05 Nov 2025 08:00:00 GMT"}
KNOWN = {
    "size_bytes": len(FILM),
    "etag": '"v1"',
    "last_modified": "Wed, 05 Nov 2025 08:00:00 GMT",
}
SHORT = FetchLimits(connect_s=2, silence_s=0.3, total_s=1.0, size_bytes=len(FILM))
LONG = FetchLimits(connect_s=30, silence_s=30, total_s=30, size_bytes=len(FILM))
AT_LAST_S = 20.0  # no limit of a test is near


def film(request: Handler) -> None:
    request.answer(200, FILM, **VALIDATORS)


def status(number: int, **headers: str) -> Answer:
    return lambda request: request.answer(number, b"no", **headers)


def to(location: str) -> Answer:
    return status(302, Location=location)


@contextmanager
def serving(answer: Answer, **more: Answer) -> Iterator[tuple[WebServer, Settings]]:
    """Serve `answer` at /x, `more` at the paths of their names, to a farm that may go there."""
    answers = {"/x": answer, **{f"/{name}": other for name, other in more.items()}}
    with web_server(answers) as server:
        yield server, Settings(private_hosts=server.host)


def fetch(url: str, folder: Path, settings: Settings, limits: FetchLimits = LONG) -> Fetched:
    return download_url(url, folder / "target", settings, check=lambda: None, limits=limits)
