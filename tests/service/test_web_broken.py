"""The fetcher against servers that say no, break off, dawdle or never end."""

from __future__ import annotations

import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.errors import Cancelled, InvalidSource, ReelFarmError, StorageUnavailable
from farm.settings import Settings
from tests.service.downloads import AT_LAST_S, LONG, SHORT, fetch, film, serving, status, to
from tests.service.web_server import Answer, Handler
from workers.web.fetch import download_url, post
from workers.web.limits import FetchLimits


def failure(answer: Answer, folder: Path, limits: FetchLimits = SHORT) -> tuple[type, str]:
    """Return why a download of this answer fails, after checking that it left nothing behind."""
    with serving(answer) as (server, settings):
        began = time.monotonic()
        with pytest.raises(ReelFarmError) as failed:
            fetch(server.url("/x"), folder, settings, limits)
        assert time.monotonic() - began < AT_LAST_S
        message = failed.value.message.replace(server.url(""), "")
    assert list(folder.iterdir()) == []
    return type(failed.value), message


@pytest.mark.parametrize("number", [400, 401, 403, 404, 410, 204, 206, 302, 304])
def test_what_the_owner_of_the_url_must_mend_is_not_tried_again(
    tmp_path: Path, number: int
) -> None:
    kind, message = failure(status(number), tmp_path)
    assert kind is InvalidSource
    assert message.startswith(f"/x answered {number} ")
    assert message.endswith(": check the URL, and that it can be read without logging in")


@pytest.mark.parametrize("number", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(tmp_path: Path, number: int) -> None:
    kind, message = failure(status(number), tmp_path)
    assert kind is StorageUnavailable
    assert message.startswith(f"/x answered {number}")


def raw(*parts: bytes) -> Answer:
    """Send bytes as they are, then hang up."""

    def answer(request: Handler) -> None:
        for part in parts:
            request.wfile.write(part)
        request.close_connection = True

    return answer


def reset(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab")
    time.sleep(0.1)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def slow_headers(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    request.drip(b"x")


def slow_body(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    request.drip(b"x")


def silent(request: Handler) -> None:
    request.server.closing.wait(60)


def endless(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    request.drip(b"10000\r\n" + b"x" * 65536 + b"\r\n", pause_s=0)


OK = b"HTTP/1.1 200 OK\r\n"
NO_LENGTH = (
    "does not say how long it is, so that a cut could not be noticed: serve it with a"
    " Content-Length"
)
BROKEN = {
    "cut short": (raw(OK, b"Content-Length: 9\r\n\r\nab"), "/x ended after 2 of 9 bytes"),
    "a cut chunk": (
        raw(OK, b"Transfer-Encoding: chunked\r\n\r\n9\r\nab"),
        "/x: the answer ended too early",
    ),
    "no last chunk": (
        raw(OK, b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
        "/x: the answer ended too early",
    ),
    "cut headers": (raw(OK, b"Content-Le"), "/x hung up without an answer"),
    "no length": (raw(OK, b"\r\nab"), f"/x {NO_LENGTH}"),
    "no answer": (raw(), "/x hung up without an answer"),
    "half a line": (raw(b"SSH-2.0-OpenSSH\0\r\n"), "/x hung up without an answer"),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH\0\r\n\r\n"), "/x: the answer is not HTTP"),
    "many headers": (raw(OK, b"X: y\r\n" * 20_000), "/x: the answer is not HTTP"),
    "a zero byte": (raw(OK, b"ETag: a\0b\r\n\r\nab"), "/x: the answer is not HTTP"),
    "reset": (reset, "/x cannot be reached: Connection reset by peer"),
    "silent": (silent, "/x did not answer in time"),
    "slow headers": (slow_headers, "/x did not answer in time"),
    "slow body": (slow_body, "/x did not answer in time"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_noticed_and_tried_again(tmp_path: Path, name: str) -> None:
    answer, message = BROKEN[name]
    assert failure(answer, tmp_path) == (StorageUnavailable, message)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (endless, "/x is larger than the 400000 bytes we take"),
        (
            raw(OK, b"Content-Length: 400001\r\n\r\n"),
            "/x is larger than the 400000 bytes we take",
        ),
        (raw(OK, b"Content-Length: 0\r\n\r\n"), "/x is empty: upload it again"),
        (raw(OK, b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "/x is empty: upload it again"),
        (
            raw(OK, b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"),
            "/x gives a compressed copy only: have it sent as it is",
        ),
    ],
)
def test_an_answer_of_no_use_is_refused(tmp_path: Path, answer: Answer, message: str) -> None:
    assert failure(answer, tmp_path, LONG) == (InvalidSource, message)


def test_a_download_that_is_not_wanted_any_more_stops(tmp_path: Path) -> None:
    wanted = True

    def check() -> None:
        if not wanted:
            raise Cancelled("somebody asked for it")

    def stop(request: Handler) -> None:
        nonlocal wanted
        wanted = False
        silent(request)

    with serving(stop) as (server, settings), pytest.raises(Cancelled):
        began = time.monotonic()
        download_url(server.url("/x"), tmp_path / "target", settings, check=check)
    assert time.monotonic() - began < AT_LAST_S
    assert list(tmp_path.iterdir()) == []


def test_nobody_listening_may_pass(tmp_path: Path) -> None:
    with serving(film) as (server, settings):
        pass
    with pytest.raises(StorageUnavailable, match="cannot be reached: Connection refused"):
        fetch(server.url("/x"), tmp_path, settings)


def test_a_disk_that_takes_nothing_may_pass(tmp_path: Path) -> None:
    with (
        serving(film) as (server, settings),
        pytest.raises(StorageUnavailable, match="cannot be saved here: No such file or directory"),
    ):
        fetch(server.url("/x"), tmp_path / "gone", settings)


def test_what_a_server_says_of_a_file_can_be_stored(tmp_path: Path) -> None:
    with serving(raw(OK, b"ETag: a\x01b\r\nContent-Length: 2\r\n\r\nab")) as (server, settings):
        assert fetch(server.url("/x"), tmp_path, settings).identity["etag"] == "ab"


def test_a_post_returns_the_status_and_follows_nothing() -> None:
    answers = {"moved": to("/x"), "gone": status(410), "long": endless}
    with serving(status(202), **answers) as (server, settings):
        statuses = [
            post(server.url(path), b"body", {"X-Y": "z"}, settings, limits=SHORT)
            for path in ("/x", "/moved", "/gone", "/long")
        ]
    assert statuses == [202, 302, 410, 200]
    assert [request.path for request in server.seen] == ["/x", "/moved", "/gone", "/long"]
    assert {(request.method, request.body) for request in server.seen} == {("POST", b"body")}
    assert {request.headers["X-Y"] for request in server.seen} == {"z"}


def test_a_post_to_a_slow_receiver_ends() -> None:
    with serving(slow_headers) as (server, settings):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable, match="did not answer in time"):
            post(server.url("/x"), b"body", {}, settings, limits=SHORT)
    assert time.monotonic() - began < AT_LAST_S


def test_a_receiver_that_answers_before_it_has_read_all_is_heard() -> None:
    sent = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as receiver:

        def answer_and_hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                connection.sendall(sent)

        receiver.submit(answer_and_hang_up)
        host = f"127.0.0.1:{server.getsockname()[1]}"
        settings = Settings(private_hosts=host)
        assert post(f"http://{host}/x", b"x" * (64 << 20), {}, settings) == 413
