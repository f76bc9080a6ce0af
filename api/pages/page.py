"""A page as it is answered: a template, what every template knows, and what browsers may do."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from api import cookies
from api.pages import states, words
from farm.access import Caller, Scope
from farm.checks import ebu_items_of, layer_of, to_do
from qc.report.assets import DRAWING, read_asset

THEMES = ("system", "light", "dark")
THEME_COOKIE = "reelfarm_theme"

HEADERS = {
    "Cache-Control": "no-store",  # what is shown is of one key, and of now
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def show(
    request: Request,
    template: str,
    caller: Caller | None,
    status: int = 200,
    media_from: Sequence[str] = (),
    sent_to: Sequence[str] = (),
    **facts: Any,
) -> HTMLResponse:
    """Return a page; it may play from the servers `media_from`, and send to those of `sent_to`."""
    visitor = None
    if not cookies.form_token(request):
        visitor = cookies.new_visitor()
        request.cookies[cookies.visitor_name(request)] = visitor
    text = (
        _templates()
        .get_template(template)
        .render(
            caller=caller,
            now=datetime.now(UTC),
            path=request.url.path,
            here=_here(request),
            theme=theme_of(request),
            form_token=cookies.form_token(request),
            may=lambda scope: caller is not None and _holds(caller, scope),
            asset=asset_url,
            **facts,
        )
    )
    response = HTMLResponse(
        text, status, HEADERS | {"Content-Security-Policy": policy(media_from, sent_to)}
    )
    if visitor is not None:
        cookies.know_visitor(request, response, visitor)
    return response


def policy(media_from: Sequence[str] = (), sent_to: Sequence[str] = ()) -> str:
    """Return the content security policy: our own scripts and styles, none of them inline."""
    servers = " ".join(["'self'", *media_from])
    reached = " ".join([servers, *sent_to])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {servers} data:;"
        f" connect-src {reached}; media-src {servers} blob:; worker-src 'self' blob:;"
        " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def theme_of(request: Request) -> str:
    """Return which colours the reader chose: light, dark, or as the system has it."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def wants_page(request: Request) -> bool:
    """Return whether a person asks: programs of the API are answered in JSON."""
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.startswith(("/v1/", "/healthz"))


def asset_url(name: str) -> str:
    """Return the address of a static file: it changes with their content, so they may be kept."""
    return f"/static/{_digest()}/{name}"


@cache
def _digest() -> str:
    """Return the digest of all static files: modules load each other below one address."""
    found = hashlib.sha256()
    with as_file(files("api").joinpath("static")) as folder:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            found.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            found.update(path.read_bytes())
    for name in DRAWING:
        found.update(read_asset(name).encode())
    return found.hexdigest()[:12]


def _here(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _holds(caller: Caller, scope: str) -> bool:
    return Scope(scope) in caller.scopes or Scope.ADMIN in caller.scopes


@cache
def _templates() -> Environment:
    # A report's drawings are on pages, too, as "report/..."; one way to draw them.
    shared = PrefixLoader({"report": PackageLoader("qc.report", "templates")})
    made = Environment(
        loader=ChoiceLoader([PackageLoader("api", "templates"), shared]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    made.filters |= {
        "duration": words.duration,
        "timecode": words.timecode,
        "instant": words.instant,
        "ebu_items": ebu_items_of,
        "layer": layer_of,
        "to_do": to_do,
        "size": words.size,
        "rate": words.rate,
        "count": words.count,
        "percent": words.percent,
        "money": words.money,
        "argv": shlex.join,
        "last_name": words.last_name,
        "stored_moment": datetime.fromisoformat,
    }
    made.globals |= {
        "moment": words.moment_tag,
        "clock": words.clock_tag,
        "many": words.many,
        "shown_states": states,
        "job_state": states.job_state,
        "step_state": states.step_state,
    }
    return made


def see_other(place: str) -> Response:
    """Return the answer to a form that was done: load this page."""
    return Response(status_code=303, headers={"Location": place, "Cache-Control": "no-store"})


def own_place(place: str | None, otherwise: str = "/") -> str:
    """Return a path on this server that somebody may be sent to; anything else is `otherwise`."""
    if not place or not place.startswith("/") or place.startswith(("//", "/\\")):
        return otherwise
    return place if all(letter >= " " and letter != "\\" for letter in place) else otherwise
