"""An error as a page: what happened, to which input, what to do, then the evidence."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from api.cookies import session_token
from api.pages.page import see_other, show, wants_page
from farm.access import Caller
from farm.errors import NotSignedIn, ReelFarmError
from services.sessions import caller_of_session

SIGN_IN = "/sign-in"


def page_of(request: Request, error: ReelFarmError) -> Response | None:
    """Return the page that explains an error, None where a program asked.

    Whoever is not signed in is led to the form, and from there to where they were going.
    """
    if not wants_page(request):
        return None
    if isinstance(error, NotSignedIn):
        going = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return see_other(f"{SIGN_IN}?next={quote(going if request.method == 'GET' else '/')}")
    return show(request, "problem.html.j2", _whoever(request), error.http_status, error=error)


def _whoever(request: Request) -> Caller | None:
    token = session_token(request)
    if token is None:
        return None
    try:
        return caller_of_session(request.app.state.context.database, token)
    except ReelFarmError:  # the page is shown all the same
        return None
