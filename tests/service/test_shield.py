"""The origin shield's configuration in a real nginx, before an origin that publishing filled."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.origin import CONTENT_TYPES, IMMUTABLE, POINTER
from storage.objects.directory import DirectoryStore
from storage.objects.store import Headers
from tests.conftest import REPOSITORY
from tests.service.origin_server import Origin, serve_origin
from tests.service.ports import free_port

CONFIG = REPOSITORY / "deploy" / "nginx" / "origin-shield.conf"
ASSET = "default/movie"
GENERATION = f"{ASSET}/g3-0123abcd"
MASTER = "#EXTM3U\n" + "# a playlist that is long enough to be worth compressing\n" * 20
SEGMENT = bytes(range(256)) * 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shield said."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Shield:
    """A running nginx, and the origin behind it."""

    port: int
    origin: Origin

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.port}/{path}"
        request = urllib.request.Request(url, method=method, headers=given)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())


def nginx() -> str:
    """Return the path of nginx; skip, or in CI fail, where there is none."""
    unpacked = REPOSITORY / "build" / "nginx" / "usr" / "sbin"  # where CI puts it
    places = (os.environ["PATH"], "/usr/sbin", "/usr/local/sbin", str(unpacked))
    found = shutil.which("nginx", path=os.pathsep.join(places))
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have nginx")
        pytest.skip("trying the origin shield needs nginx on this machine")
    return found


def write_config(folder: Path, port: int, origin_port: int) -> Path:
    """Write the shield's configuration with this test's addresses; return nginx's own file."""
    text = CONFIG.read_text()
    for theirs, ours in (
        ("server s3:8333;", f"server 127.0.0.1:{origin_port};"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/shield", f"{folder}/cache"),
        ("max_size=50g", "max_size=50m"),
    ):
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    (folder / "shield.conf").write_text(text)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # or it could not write here
    main = folder / "nginx.conf"
    main.write_text(
        f"{user}daemon off;\nworker_processes 1;\n"
        f"pid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}\ninclude {folder}/shield.conf;\n}}\n"
    )
    return main


@contextmanager
def running(folder: Path, origin: Origin) -> Iterator[Shield]:
    shield = Shield(free_port(), origin)
    config = write_config(folder, shield.port, origin.port)
    argv = [nginx(), "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")]
    child = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not _answers(shield):
            assert child.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield shield
    finally:
        child.terminate()
        assert child.wait(20) == 0


def _answers(shield: Shield) -> bool:
    try:
        return shield.get("healthz").body == b"up\n"
    except OSError:
        return False


@pytest.fixture
def shield(tmp_path: Path) -> Iterator[Shield]:
    nginx()
    store = DirectoryStore(tmp_path / "origin")
    pointer = Headers(CONTENT_TYPES[".m3u8"], "max-age=1")  # as published, but sooner stale
    store.put_bytes(f"{ASSET}/master.m3u8", MASTER.encode(), pointer)
    store.put_bytes(f"{GENERATION}/v/00001.m4s", SEGMENT, Headers(CONTENT_TYPES[".m4s"], IMMUTABLE))
    store.put_bytes(f"{GENERATION}/master.m3u8", MASTER.encode(), Headers(cache_control=IMMUTABLE))
    with serve_origin(store) as origin, running(tmp_path, origin) as shield:
        yield shield


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    config = write_config(tmp_path, 8080, 8333)
    argv = [nginx(), "-t", "-c", str(config), "-p", str(tmp_path), "-e", str(tmp_path / "log")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_a_segment_is_fetched_once_and_kept(shield: Shield) -> None:
    path = f"{GENERATION}/v/00001.m4s"
    first, second = shield.get(path), shield.get(path)
    assert (first.status, first.body) == (200, SEGMENT)
    assert first.headers["X-Cache-Status"] == "MISS"
    assert second.headers["X-Cache-Status"] == "HIT"
    assert second.headers["Cache-Control"] == IMMUTABLE
    assert second.headers["Content-Type"] == "video/iso.segment"
    assert shield.origin.times(f"/reelfarm-origin/{path}") == 1


def test_a_crowd_reaches_the_store_once(shield: Shield) -> None:
    path = f"{GENERATION}/v/00001.m4s"
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda _: shield.get(path).body, range(48)))
    assert answers == [SEGMENT] * 48
    assert shield.origin.times(f"/reelfarm-origin/{path}") == 1


def test_ranges_are_cut_from_what_is_kept(shield: Shield) -> None:
    path = f"{GENERATION}/v/00001.m4s"
    for wanted, expected in (("bytes=100-299", SEGMENT[100:300]), ("bytes=-50", SEGMENT[-50:])):
        answer = shield.get(path, Range=wanted)
        assert (answer.status, answer.body) == (206, expected)
    assert shield.origin.times(f"/reelfarm-origin/{path}") == 1
    assert "Range" not in shield.origin.asked[0][2]


def test_a_pointer_is_served_on_while_the_store_is_away(shield: Shield) -> None:
    path = f"{ASSET}/master.m3u8"
    assert shield.get(path).headers["X-Cache-Status"] == "MISS"
    shield.origin.broken = True
    deadline = time.monotonic() + 30
    while (answer := shield.get(path)).headers["X-Cache-Status"] == "HIT":  # not stale yet
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (answer.status, answer.body) == (200, MASTER.encode())
    assert answer.headers["X-Cache-Status"] in ("STALE", "UPDATING")


def test_playlists_are_compressed_and_media_is_not(shield: Shield) -> None:
    playlist = shield.get(f"{ASSET}/master.m3u8", Accept_Encoding="gzip")
    assert playlist.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(playlist.body) == MASTER.encode()
    segment = shield.get(f"{GENERATION}/v/00001.m4s", Accept_Encoding="gzip")
    assert "Content-Encoding" not in segment.headers


def test_players_of_any_site_may_read_and_ask_for_ranges(shield: Shield) -> None:
    asked = shield.get(f"{GENERATION}/v/00001.m4s", "OPTIONS", Origin="https://player.example")
    assert asked.status == 204
    assert asked.headers["Access-Control-Allow-Headers"] == "Range"
    answer = shield.get(f"{GENERATION}/v/00001.m4s", Origin="https://player.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_what_is_not_there_is_a_404_without_the_words_of_the_store(shield: Shield) -> None:
    answer = shield.get(f"{GENERATION}/v/00002.m4s")
    assert (answer.status, answer.body) == (404, b"not here\n")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?list-type=2",
        "default",
        f"{ASSET}/other.m3u8",
        f"{ASSET}/.reelfarm/headers/master.m3u8.json",
        "../reelfarm-work/secret",
        f"{GENERATION}/..%2f..%2f..%2f..%2freelfarm-work%2fsecret",
    ],
)
def test_nothing_but_assets_is_asked_of_the_store(shield: Shield, path: str) -> None:
    assert shield.get(path).status in (400, 404)
    assert shield.origin.asked == []


def test_queries_and_credentials_do_not_get_through(shield: Shield) -> None:
    path = f"{ASSET}/master.m3u8"
    shield.get(f"{path}?acl&x=1", Authorization="Bearer mine", Cookie="who=me")
    method, asked, headers = shield.origin.asked[0]
    assert (method, asked) == ("GET", f"/reelfarm-origin/{path}")
    assert not {"Authorization", "Cookie"} & set(headers)
    assert shield.get(path, "DELETE").status == 405


def test_the_configuration_keeps_what_publishing_asks_for() -> None:
    text = CONFIG.read_text()
    assert POINTER == "max-age=10"
    assert "proxy_cache_valid 200 10s;" in text
    assert IMMUTABLE == "public, max-age=31536000, immutable"
    assert "proxy_cache_valid 200 365d;" in text
    assert "proxy_ignore_headers Cache-Control" not in text
    for suffix in (".m3u8", ".mpd", ".vtt", ".json"):
        assert CONTENT_TYPES[suffix] in text, f"{suffix} is not compressed"
