"""`reelfarm lint` of a title of ours: from its folder, and over HTTP from servers good and bad."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.browser.static_server import TYPES, serve
from tests.forked import Ran, run_reelfarm
from tests.service.command_line import Desk
from tests.service.ports import free_port

# Advice on HLS that the clip and the fast ladder of these tests do not follow.
LEFT_OUT = {"apple-8.10", "apple-9.21"}


@pytest.fixture(scope="module")
def title(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Path:
    """The folder of a published title, with its two pointers."""
    desk = Desk(tmp_path_factory.mktemp("linted"))
    ran = desk.run(str(title_clip), "--asset", "title")
    assert ran.status == 0, ran.stderr
    return desk.origin / "default" / "title"


def lint(where: str, *options: str) -> Ran:
    return run_reelfarm(["lint", where, "--json", *options])


def outcomes(ran: Ran, outcome: str) -> set[str]:
    return {each["rule"] for each in json.loads(ran.stdout)["checks"] if each["outcome"] == outcome}


class _Good(BaseHTTPRequestHandler):
    """A server that does all that a CDN should."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, folder: Path) -> None:
        self.folder = folder
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        if not path.is_file() or "?signed=1" not in self.path:
            self._answer(404, b"", {})
            return
        body, status = path.read_bytes(), 200
        headers = {
            "Content-Type": TYPES.get(path.suffix, "application/octet-stream"),
            "Cache-Control": "public, max-age=31536000",
            "Access-Control-Allow-Origin": "*",
        }
        if found := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
            body, status = body[int(found[1]) : int(found[2]) + 1], 206
        elif path.suffix in (".m3u8", ".mpd"):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self._answer(status, body, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@contextmanager
def good_server(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Good, folder=folder)) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_title_of_ours_has_nothing_to_object_to(title: Path) -> None:
    ran = lint(str(title))
    assert (ran.status, outcomes(ran, "fail"), outcomes(ran, "warn")) == (0, set(), LEFT_OUT)
    document = json.loads(ran.stdout)
    assert (document["hls"], document["dash"]) == ("master.m3u8", "manifest.mpd")
    told = run_reelfarm(["lint", str(title)])
    assert re.search(r"^! apple-9.21: the lowest variant takes \d+ bit/s", told.stdout, re.M)
    assert re.search(r"\n0 broken, 2 advised, \d+ pass\n$", told.stdout)


@pytest.mark.parametrize("manifest", ["master.m3u8", "manifest.mpd"])
def test_over_http_a_good_server_has_nothing_to_object_to_either(
    title: Path, manifest: str
) -> None:
    with good_server(title) as url:
        ran = lint(f"{url}/{manifest}?signed=1")
    advised = LEFT_OUT if manifest == "master.m3u8" else set()
    assert (ran.status, outcomes(ran, "fail"), outcomes(ran, "warn")) == (0, set(), advised)
    assert outcomes(ran, "pass") >= {"http-types", "http-cors", "http-range", "http-absent"}


def test_a_manifest_whose_name_is_escaped_in_its_url_is_found(title: Path, tmp_path: Path) -> None:
    for path in title.rglob("*"):
        if path.is_file():
            to = tmp_path / path.relative_to(title)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    (tmp_path / "master.m3u8").rename(tmp_path / "my movie.m3u8")
    with serve({"title": tmp_path}) as server:
        ran = lint(f"{server.url}/title/my%20movie.m3u8")
    assert (ran.status, outcomes(ran, "fail")) == (0, set())
    assert json.loads(ran.stdout)["hls"] == "my movie.m3u8"


def test_a_plain_server_is_told_what_it_lacks(title: Path) -> None:
    with serve({"title": title}) as server:
        ran = lint(f"{server.url}/title/master.m3u8")
    assert ran.status == 0
    lacks = {"http-cors", "http-cache", "http-range", "apple-10.1"}
    assert outcomes(ran, "warn") == lacks | LEFT_OUT
    assert outcomes(ran, "fail") == set()


def test_what_a_server_does_not_have_is_named(title: Path, tmp_path: Path) -> None:
    for path in title.rglob("*"):
        if path.is_file():
            to = tmp_path / path.relative_to(title)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    gone = next(tmp_path.rglob("h264-180p-*/00002.m4s"))
    gone.unlink()
    for where in (str(tmp_path), None):
        with serve({"title": tmp_path}) as server:
            ran = lint(where or f"{server.url}/title/master.m3u8")
        assert ran.status == 3
        checks = {each["rule"]: each for each in json.loads(ran.stdout)["checks"]}
        assert checks["files-resolve"]["outcome"] == "fail"
        assert gone.relative_to(tmp_path).as_posix() in checks["files-resolve"]["evidence"]


def test_a_manifest_that_cannot_be_had_is_an_error_that_says_so(tmp_path: Path) -> None:
    with serve({"title": tmp_path}) as server:
        absent = lint(f"{server.url}/title/master.m3u8")
    assert (absent.status, absent.stdout) == (2, "")
    assert "/title/master.m3u8 is answered 404" in absent.stderr
    for url, said in (
        ("http://[::1/master.m3u8", "is no URL"),
        ("http://127.0.0.1:9/folder/", "names no manifest: give the URL of a .m3u8 or .mpd"),
    ):
        refused = lint(url)
        assert refused.status == 2
        assert said in refused.stderr
    nobody = lint(f"http://127.0.0.1:{free_port()}/master.m3u8")
    assert nobody.status == 1
    empty = lint(str(tmp_path))
    assert empty.status == 2
    assert "has no multivariant playlist (.m3u8) and no MPD (.mpd)" in empty.stderr
    nowhere = lint(str(tmp_path / "nowhere"))
    assert "there is no such file or folder" in nowhere.stderr
