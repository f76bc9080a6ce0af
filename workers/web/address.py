"""Where a URL leads: taken apart, looked up once, and refused where that is not public."""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")  # a name or IPv4 address, or IPv6
USER_INFO = re.compile(r"^([a-z+.-]*:/*)?.*@", re.IGNORECASE | re.DOTALL)
SAFE = "/%:@!$&'()*+,;=~?"  # escaped already, or a delimiter: signatures break when these change
SHOWN_PATH = 200  # characters

UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA has given to the Internet
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")  # leads anywhere in IPv4; ended by RFC 7526
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # the last four bytes are an IPv4 address, RFC 6052


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
        host = _bracketed(self.host)
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


def redirected(place: Place, location: str) -> Place:
    """Return where a redirect at `place` leads; raise Refused where it gives up https."""
    base = SplitResult(place.scheme, place.authority, place.target, "", "").geturl()
    # The header's bytes, whatever they are, in ASCII.
    escaped = quote(location, safe=f"{SAFE}#[]", encoding="latin-1")
    try:
        there = split_url(urljoin(base, escaped))
    except Refused as error:
        raise Refused(f"{place.shown} redirects to where we do not go: {error.message}") from error
    except ValueError as error:
        raise Refused(f"{place.shown} redirects to {escaped!r}, which is not a URL") from error
    if place.scheme == "https" and there.scheme != "https":
        raise Refused(f"{place.shown} redirects from https to http: give a URL that does not")
    return replace(there, shown=f"{there.shown} (redirected from {place.shown})")


def addresses(place: Place, settings: Settings, within_s: float) -> list[str]:
    """Return every address of the place, looked up once, in the order to try them.

    Raises Refused if one of them is not public and the operator has not allowed the host,
    InvalidSource for an unknown host, StorageUnavailable when the look-up fails or takes too long.
    """
    found = _look_up(place, within_s)
    if not _is_allowed(place, settings) and not all(is_public(address) for address in found):
        raise Refused(
            f"{place.shown} is refused: {place.host} is not on the public Internet; an"
            " operator can allow it with REELFARM_PRIVATE_HOSTS"
        )
    return found


def is_public(text: str) -> bool:
    """Return whether the address is one of the public Internet, also where it embeds another."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped
        if embedded is None and address in NAT64:
            embedded = ipaddress.IPv4Address(address.packed[-4:])
        if embedded is None:
            return address in UNICAST and address not in SIX_TO_FOUR and address.is_global
        address = embedded
    return address.is_global and not address.is_multicast


def _is_allowed(place: Place, settings: Settings) -> bool:
    allowed = {name.strip().lower() for name in settings.private_hosts.split(",")}
    host = _bracketed(place.host)
    return not allowed.isdisjoint({place.host, host, f"{host}:{place.port}"})


def _look_up(place: Place, within_s: float) -> list[str]:
    # In a thread, which a resolver that does not answer may keep: it knows no time limit.
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        else:
            answers.put([str(address[0]) for *_, address in found])

    threading.Thread(target=ask, name=f"look-up {place.host}", daemon=True).start()
    try:
        answer = answers.get(timeout=within_s)
    except queue.Empty as error:
        raise StorageUnavailable(
            f"{place.shown}: looking up its host took more than {within_s:.0f} s"
        ) from error
    if not isinstance(answer, OSError):
        return answer
    if answer.errno in {socket.EAI_NONAME, socket.EAI_NODATA}:
        raise InvalidSource(f"{place.shown}: there is no host {place.host}: check it") from answer
    raise StorageUnavailable(
        f"{place.shown}: looking up its host failed: {answer.strerror}"
    ) from answer


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _as_given(url: str) -> str:
    """Return what may be shown of a URL that could not be taken apart: no password, no query."""
    return ascii(USER_INFO.sub(r"\1", url.partition("?")[0])[:SHOWN_PATH])
