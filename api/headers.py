"""Headers of every answer: what browsers may not do with it, and what is left of a limit."""

from __future__ import annotations

import math

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.rates import WINDOW_S, Allowance

API = "/v1/"
# An answer of the API is nothing to be shown, and nothing to be kept: it is of whoever has the key.
OF_API = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
OF_ALL = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
POLICY = "requests"  # as the RateLimit headers call the one there is


class SafeHeaders:
    """Adds what an answer does not say by itself; the outermost of all that wraps the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        defaults = OF_ALL | (OF_API if scope["path"].startswith(API) else {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (defaults | _limits(scope)).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _limits(scope: Scope) -> dict[str, str]:
    """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10), where there is one.

    `r` requests more may come now; `t` seconds from now there is room for another.
    """
    allowance: Allowance | None = scope.get("state", {}).get("allowance")
    if allowance is None:
        return {}
    frees_in_s = math.ceil(allowance.frees_in_s)
    return {
        "RateLimit-Policy": f'"{POLICY}";q={allowance.limit};w={WINDOW_S}',
        "RateLimit": f'"{POLICY}";r={allowance.remaining};t={frees_in_s}',
    }
