"""Handing in a title, or asking for its plan first; mistakes stand at their fields."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from api.pages.title_form import MOST_ROWS, faults_of, once_of, read_request, rows_of
from api.pages.words import size
from api.v1.shown import accepted_job
from farm.access import Caller, Scope
from farm.errors import InvalidSource, InvalidSpec, LocationNotAllowed, ReelFarmError
from farm.settings import Settings
from ladders.load import preset_names
from services import intake
from services.uploads import server_for_browsers

routes = APIRouter(include_in_schema=False)

EMPTY: Mapping[str, str] = {}
REFUSED = (InvalidSpec, InvalidSource, LocationNotAllowed)


@routes.get("/submit")
def ask(request: Request, farm: Farm, caller: PageReader) -> Response:
    caller.check(Scope.SUBMIT)
    return _form_page(request, farm.settings, caller, EMPTY, None)


@routes.post("/submit")
def submit(request: Request, farm: Farm, caller: PageReader, form: Form) -> Response:
    return _take_in(request, farm, caller, form, plan=False)


@routes.post("/plans")
def plan(request: Request, farm: Farm, caller: PageReader, form: Form) -> Response:
    return _take_in(request, farm, caller, form, plan=True)


def _take_in(
    request: Request, farm: Farm, caller: Caller, form: Mapping[str, str], *, plan: bool
) -> Response:
    caller.check(Scope.SUBMIT)
    try:
        asked = read_request(form)
        once = once_of(form, "plan" if plan else "title", asked.model_dump(mode="json"))
        place = (farm.database, farm.wakeups, farm.settings, caller)
        answer = intake.accept(*place, asked, accepted_job, once, plan=plan)
    except REFUSED as error:
        return _form_page(request, farm.settings, caller, form, error)
    return see_other(f"/{'plans' if plan else 'titles'}/{answer['id']}")


def _form_page(
    request: Request,
    settings: Settings,
    caller: Caller,
    form: Mapping[str, str],
    error: ReelFarmError | None,
) -> Response:
    server = server_for_browsers(settings)
    return show(
        request,
        "submit.html.j2",
        caller,
        422 if error else 200,
        sent_to=[server] if server else [],
        given=form,
        error=error,
        faults=faults_of(error, form),
        ladders=preset_names(),
        rows=rows_of(form),
        most_rows=MOST_ROWS,
        most=_roughly(settings.upload_bytes),
        once=form.get("once") or secrets.token_urlsafe(16),
    )


def _roughly(size_bytes: int) -> str:
    return f"{size_bytes // 10**9} GB" if size_bytes >= 10**10 else size(size_bytes)
