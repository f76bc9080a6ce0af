"""Webhooks: the endpoints that hear of events, made and tried; what became of each delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.context import ApiContext, Farm
from api.pages import states
from api.pages.admin import PageAdmin
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from api.v1.endpoints import EndpointAsked, EndpointId
from farm.access import Caller, Scope
from farm.errors import Conflict, InvalidSpec, ReelFarmError
from farm.events import EventType
from farm.spec import refused
from farm.webhooks import FOR_WEBHOOKS, DeliveryState
from services.deliveries import list_deliveries, redeliver, send_test
from services.endpoints import change_endpoint, list_endpoints, make_endpoint
from storage.postgres.deliveries import DeliveryFilter

routes = APIRouter(prefix="/webhooks", include_in_schema=False)

PAGE = 50
MOST_ENDPOINTS = 200
USUAL = (EventType.JOB_PUBLISHED, EventType.JOB_FAILED, EventType.JOB_REJECTED)
OF_DELIVERY = {
    DeliveryState.DELIVERED: (states.DONE, "delivered"),
    DeliveryState.OWED: (states.RETRYING, "to be sent"),
    DeliveryState.GAVE_UP: (states.FAILED, "given up"),
}


@routes.get("")
def webhooks(
    request: Request,
    farm: Farm,
    caller: PageReader,
    state: Annotated[str, Query(max_length=16)] = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    return _page(request, farm, caller, _known(state), before)


@routes.post("")
def make(request: Request, farm: Farm, caller: PageAdmin, form: Form) -> Response:
    """Make an endpoint; the page that answers is the only one that shows its secret."""
    given = {
        "url": form.get("url", "").strip(),
        "description": form.get("description", "").strip(),
        "events": [kind.value for kind in FOR_WEBHOOKS if form.get(f"event-{kind.value}")],
    }
    try:
        asked = EndpointAsked.model_validate(given)
        made = make_endpoint(farm.database, caller, asked.url, asked.events, asked.description)
    except ValidationError as error:
        return _page(request, farm, caller, error=refused(error, EndpointAsked), given=given)
    except Conflict as error:
        return _page(request, farm, caller, error=error, given=given)
    return _page(request, farm, caller, secret=made.secret)


@routes.post("/endpoints/{endpoint_id}")
def act(farm: Farm, caller: PageAdmin, endpoint_id: EndpointId, form: Form) -> Response:
    match form.get("action", ""):
        case "test":
            send_test(farm.database, caller, endpoint_id)
        case "on" | "off" as way:
            change_endpoint(farm.database, caller, endpoint_id, enabled=way == "on")
        case other:
            raise InvalidSpec(f"{other!a} is none of test, on, off", input="action")
    return see_other("/webhooks")


@routes.post("/{delivery_id}/again")
def send_again(
    farm: Farm, caller: PageAdmin, delivery_id: Annotated[int, Path(ge=1, lt=2**63)], _: Form
) -> Response:
    redeliver(farm.database, caller, delivery_id)
    return see_other("/webhooks")


def _known(state: str) -> DeliveryState | None:
    return next((each for each in DeliveryState if each.value == state), None)


def _page(
    request: Request,
    farm: ApiContext,
    caller: Caller,
    state: DeliveryState | None = None,
    before: int | None = None,
    error: ReelFarmError | None = None,
    given: Mapping[str, Any] | None = None,
    secret: str | None = None,
) -> Response:
    found = list_deliveries(farm.database, caller, DeliveryFilter(state=state), before, PAGE + 1)
    is_admin = Scope.ADMIN in caller.scopes
    endpoints = list_endpoints(farm.database, caller, None, MOST_ENDPOINTS) if is_admin else []
    return show(
        request,
        "webhooks.html.j2",
        caller,
        422 if error else 200,
        endpoints=endpoints,
        deliveries=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        states=OF_DELIVERY,
        state=state,
        kinds=[kind.value for kind in FOR_WEBHOOKS],
        error=error,
        given=given or {"url": "", "description": "", "events": USUAL},
        secret=secret,
    )
