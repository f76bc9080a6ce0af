"""For admins: the keys there are, made and revoked; and who changed what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from farm.access import EVERY_TENANT, Caller, Scope
from farm.errors import InvalidSpec, NotFound, ReelFarmError
from services.audit import list_entries
from services.keys import list_keys, make_key, revoke_key
from storage.postgres.audit import AuditFilter

routes = APIRouter(include_in_schema=False)

MOST_KEYS = 500
PAGE = 100
MOST_DAYS = 3650


def _admin(caller: PageReader) -> Caller:
    caller.check(Scope.ADMIN)
    return caller


PageAdmin = Annotated[Caller, Depends(_admin)]


@routes.get("/keys")
def keys(request: Request, farm: Farm, caller: PageAdmin) -> Response:
    return _page(request, farm, caller)


@routes.post("/keys")
def make(request: Request, farm: Farm, caller: PageAdmin, form: Form) -> Response:
    """Make a key; the page that answers is the only one that shows it."""
    try:
        name = form.get("name", "").strip()
        if not 0 < len(name) <= 128:
            raise InvalidSpec.of("name", "say what the key is for, in 128 letters at most")
        made = make_key(
            farm.database,
            caller,
            name,
            [scope for scope in Scope if form.get(f"scope-{scope.value}")],
            form.get("tenant", "").strip() or None,
            _expiry(form.get("days", "").strip()),
        )
    except (InvalidSpec, NotFound) as error:
        return _page(request, farm, caller, error=error)
    return _page(request, farm, caller, token=made.token)


@routes.post("/keys/{key_id}/revoke")
def revoke(farm: Farm, caller: PageAdmin, key_id: str, _: Form) -> Response:
    revoke_key(farm.database, caller, key_id)
    return see_other("/keys")


@routes.get("/audit")
def audit(
    request: Request,
    farm: Farm,
    caller: PageAdmin,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    found = list_entries(farm.database, caller, AuditFilter(), before, PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return show(request, "audit.html.j2", caller, entries=found[:PAGE], older=older)


def _page(
    request: Request,
    farm: Farm,
    caller: Caller,
    error: ReelFarmError | None = None,
    token: str | None = None,
) -> Response:
    return show(
        request,
        "keys.html.j2",
        caller,
        422 if error else 200,
        keys=list_keys(farm.database, caller, None, MOST_KEYS),
        scopes=list(Scope),
        error=error,
        new_key=token,
        every_tenant=EVERY_TENANT,
    )


def _expiry(days: str) -> datetime | None:
    if not days:
        return None
    if not (days.isascii() and days.isdigit() and 0 < int(days[:6]) <= MOST_DAYS):
        raise InvalidSpec.of("days", f"give a whole number of days, {MOST_DAYS} at most, or none")
    return datetime.now(UTC) + timedelta(days=int(days))
