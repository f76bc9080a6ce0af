"""Where the fetcher never goes, however it is spelt: nothing is so much as connected to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from farm.errors import InvalidSource, ReelFarmError, StorageUnavailable
from farm.settings import Settings
from farm.web_address import Refused
from tests.service.downloads import LONG, fetch, serving, to
from workers.web.fetch import identity, post

PUBLIC = "8.8.8.8"

LOOPBACK = [
    *("127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "127.8.9.1"),
    *("2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1", "0X7F.1"),
    *("017700000001", "0177.0.0.1", "0177.0.0.01", "00000177.1"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[0000::0001]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]"),
    *("[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]"),
    *("[2001:0:7f00:1::]", "[2001:470:1::5efe:7f00:1]"),
    *("localhost", "LocalHost", "localhost.", "LOCALHOST."),
    # Nameprep (RFC 3491) makes localhost or 127.0.0.1 of each.
    *("ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "loc\u00adalhost", "l\u200bocalhost", "𝓵ocalhost"),
    *("①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1"),
]
ELSEWHERE = [
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"),
    *("[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "[fd20:ce::254]", "①⑥⑨.254.169.254"),
    *("168.63.129.16", "192.0.0.192", "100.100.100.200"),  # of Azure, Oracle, Alibaba
    *("10.0.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1", "[fe80::1]", "[fc00::1]"),
    *("224.0.0.1", "255.255.255.255", "[ff02::1]"),
]
# The host is behind what looks like one, or no URL at all.
TRICKS = [
    *("http://a.example@{}/", "http://a.example:80@{}/", "http://a.example%00@{}/"),
    *("http://a.example\\@{}/", "http://a.example#@{}/x@{}/", "http://@{}/", "http://:@{}/"),
    *("http:{}/", "http:/{}/", "http:\\\\{}/", "//{}/", "gopher://{}/_x", "file://{}/etc/passwd"),
    *("http://{}%2f.a.example/", "http://{}%20.a.example/", "http://{}\\.a.example/"),
    *("http://{} .a.example/", "http://{};.a.example/", "http://[{}]/"),
]


@dataclass
class Watched:
    """A port of this machine, of which none may come to know, and each connection tried."""

    port: int
    came: list[Any] = field(default_factory=list)
    tried: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A socket that listens on all addresses; beyond the machine nothing answers."""
    listening = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    watched, ending = Watched(listening.getsockname()[1]), threading.Event()

    def listen() -> None:
        while not ending.is_set():
            connection, caller = listening.accept()
            connection.close()
            watched.came.append(caller)

    connect = socket.socket.connect

    def try_to(here: socket.socket, address: Any) -> None:
        watched.tried.append((str(address[0]), address[1]))
        if str(address[0]).startswith(("127.", "::1")):
            connect(here, address)
        else:
            raise ConnectionRefusedError(111, "Connection refused")

    thread = threading.Thread(target=listen)
    thread.start()
    monkeypatch.setattr(socket.socket, "connect", try_to)
    yield watched
    monkeypatch.undo()
    ending.set()
    with socket.create_connection(("127.0.0.1", watched.port)) as ours:
        ours_there = ours.getsockname()
        thread.join()
    listening.close()
    assert [caller[1] for caller in watched.came] == [ours_there[1]]  # it would have been seen


def name_server(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> list[str]:
    """Let names have these addresses, others at each look-up; return the names asked for."""
    ask, asked = socket.getaddrinfo, []

    def getaddrinfo(host: Any, port: Any, *given: Any, **more: Any) -> Any:
        if host not in answers:
            return ask(host, port, *given, **more)
        asked.append(host)
        there = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [found for each in there for found in ask(each, port, *given, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def each_way(url: str, folder: Path) -> Iterator[Callable[[], object]]:
    """Give every way in which the farm asks a URL of somebody."""
    yield lambda: fetch(url, folder, Settings())
    yield lambda: identity(url, Settings(), limits=LONG)
    yield lambda: post(url, b"{}", {"Content-Type": "application/json"}, Settings())


@pytest.mark.parametrize("host", LOOPBACK + ELSEWHERE)
def test_no_spelling_of_an_address_inside_is_connected_to(
    host: str, watched: Watched, tmp_path: Path
) -> None:
    for ask in each_way(f"http://{host}:{watched.port}/latest/meta-data/", tmp_path):
        with pytest.raises(Refused):
            ask()
    assert watched.tried == []


@pytest.mark.parametrize("trick", TRICKS)
def test_what_stands_around_the_host_leads_nowhere_else(
    trick: str, watched: Watched, tmp_path: Path
) -> None:
    there = f"127.0.0.1:{watched.port}"
    for ask in each_way(trick.format(there, there), tmp_path):
        with pytest.raises(ReelFarmError):
            ask()
    assert watched.tried == []


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "::1", "10.0.0.7", "169.254.169.254", "::ffff:127.0.0.1"]
)
def test_a_name_that_leads_inside_is_not_connected_to(
    inside: str, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_server(monkeypatch, {"films.example": [[inside]], "mixed.example": [[PUBLIC, inside]]})
    for name in ("films.example", "mixed.example"):
        for ask in each_way(f"http://{name}:{watched.port}/x", tmp_path):
            with pytest.raises(Refused, match="is not on the public Internet"):
                ask()
    assert watched.tried == []


def test_a_name_that_turns_inward_after_the_check_is_not_looked_up_again(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in range(3):
        turning = {"rebinding.example": [[PUBLIC], ["127.0.0.1"]]}
        asked = name_server(monkeypatch, turning)
        ask = [*each_way(f"http://rebinding.example:{watched.port}/x", tmp_path)][way]
        with pytest.raises(StorageUnavailable, match="cannot be reached"):
            ask()
        assert asked == ["rebinding.example"]
        assert watched.tried == [(PUBLIC, watched.port)]
        with pytest.raises(Refused):  # the next time it is: and is seen to lead inside
            ask()
        assert watched.tried == [(PUBLIC, watched.port)]
        watched.tried.clear()


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1"),
        *("169.254.169.254", "[64:ff9b::127.0.0.1]", "inward.example", "ⓛocalhost"),
    ],
)
def test_a_redirect_inward_is_not_followed(
    inside: str, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_server(monkeypatch, {"inward.example": [["127.0.0.1"]]})
    escaped = f"http://{inside}:{watched.port}/x".encode().decode("latin-1")
    for location in (escaped, escaped.removeprefix("http:")):
        with serving(to(location)) as (server, settings):
            for ask in (identity, lambda url, given: fetch(url, tmp_path, given)):
                with pytest.raises(InvalidSource):
                    ask(server.url("/x"), settings)
            answered = post(server.url("/x"), b"", {}, settings)
            assert answered == 302  # which is an answer, not a way
        assert {port for _, port in watched.tried} == {server.port}
        watched.tried.clear()
