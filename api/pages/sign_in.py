"""Signing in with a key or a link, signing out, and the colours: what needs no title."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import cookies
from api.context import Farm
from api.pages.forms import Form, PageReader
from api.pages.page import THEME_COOKIE, THEMES, own_place, see_other, show
from farm.errors import InvalidSpec, NotSignedIn
from services import sessions

routes = APIRouter(include_in_schema=False)

Next = Annotated[str | None, Query(alias="next", max_length=2048)]
YEAR_S = 365 * 24 * 3600


@routes.get("/sign-in")
def ask(request: Request, after: Next = None) -> Response:
    return show(request, "sign_in.html.j2", None, after=own_place(after), problem=None)


@routes.post("/sign-in")
def sign_in(request: Request, farm: Farm, form: Form) -> Response:
    after = own_place(form.get("next"))
    try:
        token = sessions.sign_in(farm.database, form.get("key", "").strip())
    except NotSignedIn as error:
        return show(request, "sign_in.html.j2", None, 401, after=after, problem=error)
    response = see_other(after)
    cookies.keep_session(request, response, token)
    return response


@routes.get("/sign-in/{link}")
def follow(request: Request, farm: Farm, link: str) -> Response:
    """Sign in by a link that holds once; whoever is signed in already just goes on."""
    try:
        token = sessions.follow_link(farm.database, link)
    except NotSignedIn as error:
        return show(request, "sign_in.html.j2", None, 401, after="/", problem=error)
    response = see_other("/")
    cookies.keep_session(request, response, token)
    return response


@routes.post("/sign-out")
def sign_out(request: Request, farm: Farm, _: Form) -> Response:
    if (token := cookies.session_token(request)) is not None:
        sessions.sign_out(farm.database, token)
    response = see_other("/sign-in")
    cookies.forget_session(request, response)
    return response


@routes.post("/theme")
def choose_theme(form: Form, _: Request) -> Response:
    theme = form.get("theme", "")
    if theme not in THEMES:
        raise InvalidSpec(f"{theme!a} is none of {', '.join(THEMES)}", input="theme")
    response = see_other(own_place(form.get("next")))
    response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax")
    return response


@routes.get("/start")
def start(caller: PageReader) -> Response:
    """Lead to what is asked first: of operators the farm, of tenants their titles."""
    return see_other("/farm" if caller.is_operator else "/titles")
