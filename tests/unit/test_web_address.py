"""Where URLs lead: what may be fetched and what never is."""

from __future__ import annotations

import socket

import pytest
from pydantic import ValidationError

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from farm.spec import JobRequest
from farm.web_address import Place, Refused, check_url, shown_url, split_url
from workers.web.address import addresses, is_public, redirected


def look_up(monkeypatch: pytest.MonkeyPatch, answer: list[str] | OSError) -> None:
    """Let every name have these addresses: there is no name server in tests."""

    def getaddrinfo(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if isinstance(answer, OSError):
            raise answer
        return [(0, 0, 0, "", (address, port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_url_is_taken_apart() -> None:
    assert split_url("HTTPS://Media.Example.:8443/a b/ü.mp4?sig=%2Fx%3D&n=1#t=3") == Place(
        scheme="https",
        host="media.example",
        port=8443,
        target="/a%20b/%C3%BC.mp4?sig=%2Fx%3D&n=1",
        shown="https://media.example:8443/a%20b/%C3%BC.mp4?...",
    )


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://a.example", "a.example"),
        ("http://a.example:80/", "a.example"),
        ("https://a.example:80/", "a.example:80"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_the_host_header_names_the_port_only_where_it_is_not_the_usual_one(
    url: str, authority: str
) -> None:
    assert (split_url(url).authority, split_url(url).target) == (authority, "/")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/x", "file:///etc/passwd", "gopher://a.example", "movie.mp4", ""),
        *("http://", "http:///x", "http://a..example/", f"http://{'a' * 64}.example/"),
        *("http://a.example:99999/", "http://a.example:0/", "http://a.example:x/", "http://[::1"),
        *(
            "http://a b/",
            "http://a\\b/",
            "http://a\0b/",
            "http://[fe80::1%25eth0]/",
            "http://a%2fb",
        ),
        "http://a.example/\ud800",
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refused:
        split_url(url)
    assert refused.value.message.isprintable()


@pytest.mark.parametrize(
    "slip", ["http:me:secret@a/", "me:secret@a", "http://me:sec/ret@a/x", "x://me:secret@[a"]
)
def test_a_password_is_not_repeated_wherever_it_stands(slip: str) -> None:
    with pytest.raises(Refused) as refused:
        split_url(slip)
    assert "sec" not in refused.value.message


def test_user_and_password_are_refused_and_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        split_url("https://me:secret@a.example/x?signature=secret")
    assert refused.value.message == (
        "'https://a.example/x' holds a user name or a password, which end up in logs: give a"
        " signed URL"
    )


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "192.0.1.1", "223.255.255.254", "2606:4700::1111", "2a00:1450:4001::200e"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808", "2001:470:1::200:5efe:808:808"),
    ],
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.170", "192.0.2.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%2", "fc00::1"),
        *("fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1", "5f00::1"),
        *("2002:7f00:1::", "2002:808:808::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::808:808", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:224.0.0.1"),
        *("168.63.129.16", "::ffff:168.63.129.16", "64:ff9b::a83f:8110", "192.0.0.192"),
        *("100.100.100.200", "192.88.99.1", "3fff::1", "fd20:ce::254", "::ffff:0:127.0.0.1"),
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:470:1::5efe:7f00:1"),
        *("2001:470:1::200:5efe:a9fe:a9fe", "0.1.2.3"),
    ],
)
def test_what_is_not_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_every_address_of_a_name_has_to_be_public(monkeypatch: pytest.MonkeyPatch) -> None:
    place = split_url("http://two-faced.example/x")
    look_up(monkeypatch, ["8.8.8.8", "2606:4700::1111"])
    assert addresses(place, Settings(), 5) == ["8.8.8.8", "2606:4700::1111"]
    look_up(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(Refused, match=r"two-faced\.example is not on the public Internet"):
        addresses(place, Settings(), 5)


@pytest.mark.parametrize(
    ("allowed", "url", "goes"),
    [
        ("", "http://10.0.0.5/x", False),
        ("10.0.0.5", "http://10.0.0.5:81/x", True),
        ("10.0.0.5:80", "http://10.0.0.5/x", True),
        ("10.0.0.5:80", "http://10.0.0.5:81/x", False),
        ("other, Media.Example", "https://media.example/x", True),
        ("media.example", "https://x.media.example/", False),
        ("media.example", "https://media.example.evil.example/", False),
        ("::1", "http://[::1]:99/", True),
        ("[::1]:99", "http://[::1]:99/", True),
        ("[::1]:99", "http://[::1]/", False),
    ],
)
def test_an_operator_allows_a_host_or_one_port_of_it(
    monkeypatch: pytest.MonkeyPatch, allowed: str, url: str, goes: bool
) -> None:
    look_up(monkeypatch, ["10.0.0.5"])
    settings = Settings(private_hosts=allowed)
    if goes:
        assert addresses(split_url(url), settings, 5) == ["10.0.0.5"]
    else:
        with pytest.raises(Refused):
            addresses(split_url(url), settings, 5)


def test_an_unknown_host_is_told_from_a_look_up_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = split_url("http://typo.example/")
    look_up(monkeypatch, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    with pytest.raises(InvalidSource, match=r"there is no host typo\.example: check it"):
        addresses(place, Settings(), 5)
    look_up(monkeypatch, socket.gaierror(socket.EAI_AGAIN, "Temporary failure"))
    with pytest.raises(StorageUnavailable, match="looking up its host failed: Temporary failure"):
        addresses(place, Settings(), 5)


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/y?b=2", "https://a.example/y?b=2"),
        ("z", "https://a.example/d/z"),
        ("//b.example", "https://b.example/"),
        ("https://b.example:444/y#f", "https://b.example:444/y"),
        ("/\u00c3\u00bc b", "https://a.example/%C3%BC%20b"),  # UTF-8, as a header is read
    ],
)
def test_a_redirect_is_followed_from_where_it_was_given(location: str, leads_to: str) -> None:
    there = redirected(split_url("https://a.example/d/x?a=1"), location)
    assert f"{there.scheme}://{there.authority}{there.target}" == leads_to
    assert there.shown.endswith(" (redirected from https://a.example/d/x?...)")


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://a.example/x", "redirects from https to http"),
        ("file:///etc/passwd", "redirects to where we do not go"),
        ("https://me:secret@b.example/", "redirects to where we do not go"),
        ("https://[::1", "redirects to"),
    ],
)
def test_a_redirect_may_not_lead_where_a_url_may_not(location: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        redirected(split_url("https://a.example/x"), location)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/hook?token=x", "https://a.example/hook?..."),
        ("https://me:word@a.example/hook?token=x", "'https://a.example/hook'"),
        ("ftp://me:word@a.example/", "'ftp://a.example/'"),
        ("https://a.example:99999/?token=x", "'https://a.example:99999/'"),
    ],
)
def test_of_any_url_something_can_be_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https://a.example/a b", "escape it"),
        ("https://a.example/\n", "escape it"),
        ("https://a.example/\0", "escape it"),
        ("https://a.example/\ud800", "escape it"),
        ("https://", "names no host"),
        ("https://me@a.example/", "user name"),
        ("https://a.example:port/", "not a URL"),
    ],
)
def test_a_url_that_cannot_be_called_is_refused_when_it_is_given(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_url(url)
    with pytest.raises(ValidationError, match="webhook"):
        JobRequest.model_validate({"source": "/a.mp4", "webhook": url})


def test_a_url_that_can_be_called_is_taken_as_it_is() -> None:
    for url in ("https://bücher.example/ü?a=b#c", "http://10.0.0.1:8080"):
        assert check_url(url) == url
        assert JobRequest.model_validate({"source": "/a.mp4", "webhook": url}).webhook == url
