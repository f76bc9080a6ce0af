"""Where a URL leads: looked up once, and refused where that is not public."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from dataclasses import replace
from urllib.parse import SplitResult, quote, urljoin

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from farm.web_address import SAFE, Place, Refused, bracketed, split_url

UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA has given to the Internet
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")  # leads anywhere in IPv4; ended by RFC 7526
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # the last four bytes are an IPv4 address, RFC 6052
ISATAP = {bytes.fromhex("00005efe"), bytes.fromhex("02005efe")}  # before an IPv4 address, RFC 5214
# What `is_global` lets through, whatever the version of Python, and no film is served from.
NEVER = (
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's platform, from inside its machines alone
    ipaddress.ip_network("192.0.0.0/24"),  # IETF protocols; Oracle's metadata is at 192.0.0.192
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4; ended by RFC 7526
    ipaddress.ip_network("3fff::/20"),  # documentation, RFC 9637
)


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
    if any(address in network for network in NEVER):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    leads_to = ipaddress.IPv4Address(address.packed[-4:])
    if address.ipv4_mapped is not None or address in NAT64:
        return is_public(str(leads_to))
    if address.packed[8:12] in ISATAP and not is_public(str(leads_to)):
        return False
    return address in UNICAST and address not in SIX_TO_FOUR and address.is_global


def _is_allowed(place: Place, settings: Settings) -> bool:
    allowed = {name.strip().lower() for name in settings.private_hosts.split(",")}
    host = bracketed(place.host)
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
