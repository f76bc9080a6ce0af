"""The names a farm goes by: requests that mean another host are not answered.

A page of somebody else's can have its own name lead to this machine (DNS rebinding), and would then
be one with the farm in the browser's eyes. It cannot change the header Host, which says its name.
"""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import answer_of
from farm.errors import HostNotServed

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY = "*"


class KnownHosts:
    """Answers requests for hosts that the farm goes by, and refuses all others."""

    def __init__(self, app: ASGIApp, listens_on: str, names: str) -> None:
        """`listens_on`: an address, or a name; `names`: more, with commas, or `*` for any."""
        self._app = app
        given = [_plain(name) for name in names.split(",") if name.strip()]
        self._any = ANY in given
        self._names = LOOPBACK | {_plain(listens_on), *given}
        # Whoever listens on all addresses of a machine goes by each: to an address that a page was
        # loaded from, no name can be made to lead.
        self._any_address = _is_unspecified(_plain(listens_on))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._any:
            host = Headers(scope=scope).get("host", "")
            if not self._goes_by(host):
                error = HostNotServed(f"this farm does not go by the host {host!a}", input=host)
                await answer_of(error, scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _goes_by(self, host: str) -> bool:
        name = _plain(_without_port(host))
        return name in self._names or (self._any_address and _address(name) is not None)


def _without_port(host: str) -> str:
    if host.startswith("["):  # [::1]:8000
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _plain(name: str) -> str:
    """Return a host's name as all its spellings are compared."""
    name = name.strip().lower().removesuffix(".").removeprefix("[").removesuffix("]")
    address = _address(name)
    return name if address is None else address.compressed


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_unspecified(name: str) -> bool:
    address = _address(name)
    return address is not None and address.is_unspecified
