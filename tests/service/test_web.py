"""The fetcher against real servers: what is fetched, and where it does not go."""

from __future__ import annotations

import hashlib
import socket
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from farm.errors import InvalidSource
from farm.settings import Settings
from farm.web_address import Refused
from tests.service.downloads import FILM, KNOWN, VALIDATORS, fetch, film, serving, status, to
from tests.service.web_server import LOCALHOST, Handler, web_server
from workers.web.fetch import Fetched, identity, post


def test_a_source_is_downloaded_whole_and_known_again(tmp_path: Path) -> None:
    with serving(film) as (server, settings):
        fetched = fetch(server.url("/x?signature=1"), tmp_path, settings)
        assert fetched == Fetched(len(FILM), hashlib.sha256(FILM).hexdigest(), KNOWN)
        assert identity(server.url("/x?signature=1"), settings) == KNOWN
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_bytes() == FILM
    assert [(request.method, request.path) for request in server.seen] == [
        ("GET", "/x?signature=1"),
        ("HEAD", "/x?signature=1"),
    ]
    assert server.seen[0].headers == {
        "Host": server.host,
        "Accept-Encoding": "identity",
        "User-Agent": f"ReelFarm/{version('reelfarm')}",
        "Accept": "*/*",
        "Connection": "close",
    }


def test_where_head_is_refused_the_first_byte_is_asked_for(tmp_path: Path) -> None:
    def signed(request: Handler) -> None:
        if request.command == "HEAD":
            request.answer(403)
        elif "Range" in request.headers:
            request.answer(206, FILM[:1], Content_Range=f"bytes 0-0/{len(FILM)}", **VALIDATORS)
        else:
            film(request)

    def signed_without_ranges(request: Handler) -> None:
        (film if request.command == "GET" else status(405))(request)

    with serving(signed, plain=signed_without_ranges) as (server, settings):
        assert identity(server.url("/x"), settings) == KNOWN
        assert identity(server.url("/plain"), settings) == KNOWN
        assert fetch(server.url("/x"), tmp_path, settings).identity == KNOWN


def test_an_empty_source_is_refused_before_it_is_fetched() -> None:
    def whole(request: Handler) -> None:
        request.answer(200)

    def by_get_alone(request: Handler) -> None:
        (film if request.command == "GET" else whole)(request)

    with serving(whole, y=by_get_alone) as (server, settings):
        with pytest.raises(InvalidSource, match="/x is empty: upload it again"):
            identity(server.url("/x"), settings)
        assert identity(server.url("/y"), settings) == KNOWN


def test_an_answer_without_a_size_is_taken_to_its_end(tmp_path: Path) -> None:
    def chunked(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n")

    unknown = {"size_bytes": None, "etag": None, "last_modified": None}
    with serving(chunked) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings) == Fetched(
            5, hashlib.sha256(b"abcde").hexdigest(), unknown
        )
        assert identity(server.url("/x"), settings) == unknown
    assert (tmp_path / "target").read_bytes() == b"abcde"


def test_three_redirects_are_followed_and_not_a_fourth(tmp_path: Path) -> None:
    hops = {"a": to("/b?n=1"), "b": status(308, Location="c"), "c": to("/d"), "d": film}
    with serving(to("/a"), **hops) as (server, settings):
        assert fetch(server.url("/a"), tmp_path, settings).size_bytes == len(FILM)
        assert [request.path for request in server.seen] == ["/a", "/b?n=1", "/c", "/d"]
        with pytest.raises(InvalidSource, match="more than 3 redirects"):
            fetch(server.url("/x"), tmp_path, settings)


def test_a_redirect_to_a_private_address_is_refused(tmp_path: Path) -> None:
    with web_server({"/x": film}) as private:
        for host in (private.host, f"localhost:{private.port}", f"[::ffff:7f00:1]:{private.port}"):
            with serving(to(f"http://{host}/x")) as (server, settings):
                for ask in (identity, lambda url, given: fetch(url, tmp_path, given)):
                    with pytest.raises(Refused) as refused:
                        ask(server.url("/x"), settings)
                    assert "is not on the public Internet" in refused.value.message
                    assert f"redirected from {server.url('/x')}" in refused.value.message
    assert private.seen == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_the_farms_own_network_is_not_reached(tmp_path: Path, host: str) -> None:
    with web_server({"/x": film}) as server:
        url = f"http://{host}:{server.port}/x"
        for ask in (
            lambda: fetch(url, tmp_path, Settings()),
            lambda: identity(url, Settings()),
            lambda: post(url, b"", {}, Settings()),
        ):
            with pytest.raises(Refused, match="is not on the public Internet"):
                ask()
    assert server.seen == []


def test_a_name_is_looked_up_once_and_each_address_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = socket.getaddrinfo

    def listen(host: str, *given: Any, **more: Any) -> Any:
        asked.append(host)
        return ask(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", listen)
    with serving(film) as (server, _):
        allowed = Settings(private_hosts=f"localhost:{server.port}")
        fetch(f"http://localhost:{server.port}/x", tmp_path, allowed)
    assert asked[0] == "localhost"
    assert asked[-1] == "127.0.0.1"
    assert asked.count("localhost") == 1


def test_proxies_of_the_environment_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(film) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings).size_bytes == len(FILM)


def test_certificates_are_held_against_the_name_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server({"/x": film}, secure=True) as server:
        settings = Settings(private_hosts="localhost,127.0.0.1")
        with pytest.raises(InvalidSource, match=r"does not hold for localhost: self.signed"):
            fetch(f"https://localhost:{server.port}/x", tmp_path, settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(LOCALHOST))
        assert fetch(f"https://localhost:{server.port}/x", tmp_path, settings).identity == KNOWN
        with pytest.raises(InvalidSource, match=r"does not hold for 127\.0\.0\.1: IP address"):
            fetch(f"https://127.0.0.1:{server.port}/x", tmp_path, settings)
    assert len(server.seen) == 1
