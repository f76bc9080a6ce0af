"""Cookies of the pages: who is signed in, and the token that proves a form is one of ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import Request, Response

from farm.access import Caller
from farm.errors import NotPermitted, NotSignedIn
from services.sessions import SESSION_S, caller_of_session
from storage.postgres.database import Database

SESSION, VISITOR = "reelfarm_session", "reelfarm_visitor"
HOST_ONLY = "__Host-"  # a prefix browsers hold to: https, this host, all paths (RFC 6265bis 4.1.3)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = "X-Form-Token"


def session_token(request: Request) -> str | None:
    """Return what the session's cookie holds."""
    return request.cookies.get(_name(request, SESSION))


def signed_in_by_cookie(request: Request, database: Database) -> Caller:
    """Return whoever is signed in on the pages.

    Raises NotSignedIn for nobody, NotPermitted where something is to be changed without the token
    of a page of ours: other sites may send requests with our cookie, but cannot read our pages.
    """
    token = session_token(request)
    if token is None:
        raise NotSignedIn("the request has no key")
    if request.method not in SAFE:
        check_form_token(request, request.headers.get(TOKEN_HEADER, ""))
    return caller_of_session(database, token)


def form_token(request: Request) -> str:
    """Return the token that forms of this visitor's pages bring along."""
    known = session_token(request) or request.cookies.get(_name(request, VISITOR)) or ""
    return hashlib.sha256(f"form {known}".encode()).hexdigest() if known else ""


def check_form_token(request: Request, token: str) -> None:
    """Return if a form came from a page of ours; raise NotPermitted otherwise."""
    expected = form_token(request)
    if not expected or not hmac.compare_digest(expected, token):
        raise NotPermitted("the form is not from a page of this farm, or too old: load it again")


def keep_session(request: Request, response: Response, token: str) -> None:
    """Have the browser keep a session."""
    _keep(request, response, SESSION, token, round(SESSION_S))


def know_visitor(request: Request, response: Response, token: str) -> None:
    """Have the browser keep what its forms are known by, before anybody has signed in."""
    _keep(request, response, VISITOR, token, None)


def new_visitor() -> str:
    """Return what a visitor without a session is known by."""
    return secrets.token_urlsafe(24)


def visitor_name(request: Request) -> str:
    """Return the name of the cookie that visitors are known by."""
    return _name(request, VISITOR)


def forget_session(request: Request, response: Response) -> None:
    """Have the browser forget the session."""
    secure = _is_secure(request)
    response.delete_cookie(
        _name(request, SESSION), path="/", secure=secure, httponly=True, samesite="lax"
    )


def _keep(request: Request, response: Response, name: str, value: str, lasts_s: int | None) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=lasts_s,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",  # links to a title in a mail open it signed in; forms have their token
    )


def _name(request: Request, name: str) -> str:
    return f"{HOST_ONLY}{name}" if _is_secure(request) else name


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
