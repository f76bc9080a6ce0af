"""What an http or https URL leads to, taken apart without asking anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from farm.errors import InvalidSource

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")  # a name or IPv4 address, or IPv6
USER_INFO = re.compile(r"^([a-z+.-]*:/*)?.*@", re.IGNORECASE | re.DOTALL)
SAFE = "/%:@!$&'()*+,;=~?"  # escaped already, or a delimiter: signatures break when these change
SHOWN_PATH = 200  # characters


class Refused(InvalidSource):
    """The farm does not fetch from this URL, neither now nor later."""


@dataclass(frozen=True, slots=True)
class Place:
    """An http or https URL, taken apart."""

    scheme: str
    host: str  # in ASCII and lower case; an IPv6 address without brackets
    port: int
    target: str  # path and query, escaped
    shown: str  # for people: without the query, which may hold a signature

    @property
    def authority(self) -> str:
        """Return host and port as a Host header names them (RFC 9110, section 7.2)."""
        host = bracketed(self.host)
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def split_url(url: str) -> Place:
    """Return where `url` leads; raise Refused unless it is a plain http or https URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
        # IDNA 2003, as the standard library has it: names beyond it can be given in ASCII.
        host = (parts.hostname or "").encode("idna").decode().rstrip(".")
        path, query = quote(parts.path or "/", safe=SAFE), quote(parts.query, safe=SAFE)
    except ValueError as error:  # UnicodeError is one
        raise Refused(f"{_as_given(url)} is not a URL: check it") from error
    if parts.scheme not in PORTS:
        raise Refused(f"{_as_given(url)} is refused: give an http or https URL")
    if "@" in parts.netloc:
        raise Refused(
            f"{_as_given(url)} holds a user name or a password, which end up in logs: give a"
            " signed URL"
        )
    if not HOST.fullmatch(host) or port == 0:
        raise Refused(f"{_as_given(url)} names no host that can be asked: check it")
    place = Place(
        parts.scheme,
        host,
        PORTS[parts.scheme] if port is None else port,
        f"{path}?{query}" if query else path,
        "",
    )
    shown = f"{place.scheme}://{place.authority}{path[:SHOWN_PATH]}{'?...' if query else ''}"
    return replace(place, shown=shown)


def check_url(url: str) -> str:
    """Return a URL that can be called, as far as it shows; raise ValueError for another.

    Where its host's addresses lead is looked at when it is called.
    """
    if not url.isprintable() or " " in url:
        raise ValueError("it has a space, or a character that no URL has: escape it")
    try:
        split_url(url)
    except Refused as error:
        raise ValueError(error.message) from error
    return url


def shown_url(url: str) -> str:
    """Return what may be shown of any URL to whoever need not call it: no password, no query."""
    try:
        return split_url(url).shown
    except Refused:
        return _as_given(url)


def bracketed(host: str) -> str:
    """Return a host as URLs have it: an IPv6 address stands in brackets."""
    return f"[{host}]" if ":" in host else host


def _as_given(url: str) -> str:
    """Return what may be shown of a URL that could not be taken apart: no password, no query."""
    return ascii(USER_INFO.sub(r"\1", url.partition("?")[0])[:SHOWN_PATH])
