"""Endpoints: receivers of webhooks, the events they hear of, and the secrets that sign for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.context import Admin, Farm
from api.paging import After, Limit, Page, cut, read_place
from api.v1.deliveries import DeliverySummary, summary_of_delivery
from farm.events import EventType
from farm.webhooks import HookEvents, HookUrl
from services import deliveries, endpoints
from storage.postgres.endpoints import EndpointRow

routes = APIRouter(prefix="/v1/endpoints", tags=["webhooks"])

EndpointId = Annotated[
    str, Path(max_length=32, pattern="^[0-9a-f]{32}$", description="of an endpoint")
]
Description = Annotated[str, Field(max_length=256, pattern=r"^[^\x00]*$", description="for people")]
ENABLED = "whether it gets anything; what happens while it does not, it never hears of"


class EndpointAsked(BaseModel):
    """A receiver to set up."""

    model_config = ConfigDict(extra="forbid")

    url: HookUrl
    events: HookEvents
    description: Description = ""
    enabled: bool = Field(True, description=ENABLED)


class EndpointChange(BaseModel):
    """What is to be different; what is left out, or null, stays."""

    model_config = ConfigDict(extra="forbid")

    url: HookUrl | None = None
    events: HookEvents | None = None
    description: Description | None = None
    enabled: bool | None = Field(None, description=ENABLED)


class RotationAsked(BaseModel):
    """When the old secret ends."""

    model_config = ConfigDict(extra="forbid")

    old_secret_expires_at: AwareDatetime | None = Field(
        None, description="until when the old secret signs too: within 30 days; by default 24 h"
    )


class RedeliveryAsked(BaseModel):
    """Which deliveries are to be made once more."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime = Field(description="those of events from this time on")
    all: bool = Field(False, description="those that arrived, too")


class EndpointShown(BaseModel):
    """An endpoint. Its secret was shown when it was made."""

    id: str = Field(examples=["6f1d0b7c9a8e4f0e9d1c2b3a49586776"])
    tenant: str
    url: str
    description: str
    events: list[EventType]
    enabled: bool
    created_at: datetime
    changed_at: datetime
    old_secret_expires_at: datetime | None = Field(
        description="until when two secrets sign; null: one does"
    )


class EndpointWithSecret(EndpointShown):
    """An endpoint just made or rotated, with the secret that is never shown again."""

    secret: str = Field(description="signs for it from now on", examples=["whsec_MfKQ9r8GKYqrTwjU"])


class Redelivered(BaseModel):
    """How many deliveries are owed once more."""

    deliveries: int


@routes.post("", status_code=201, summary="Set up a receiver of webhooks")
def make(farm: Farm, caller: Admin, asked: EndpointAsked) -> EndpointWithSecret:
    """It hears of every event of the types it names from now on."""
    made = endpoints.make_endpoint(
        farm.database, caller, asked.url, asked.events, asked.description, asked.enabled
    )
    return _with_secret(made)


@routes.get("", summary="List endpoints")
def list_endpoints(
    farm: Farm, caller: Admin, after: After = None, limit: Limit = 50
) -> Page[EndpointShown]:
    """Those made first first."""
    place = read_place(after, datetime, str)
    found = endpoints.list_endpoints(farm.database, caller, place, limit + 1)
    return Page(
        items=[EndpointShown(**_shown(row)) for row in found[:limit]],
        next=cut(found, limit, lambda row: row.place),
    )


@routes.get("/{endpoint_id}", summary="Look at an endpoint")
def read(farm: Farm, caller: Admin, endpoint_id: EndpointId) -> EndpointShown:
    """All but its secret."""
    return EndpointShown(**_shown(endpoints.read_endpoint(farm.database, caller, endpoint_id)))


@routes.patch("/{endpoint_id}", summary="Change an endpoint")
def change(
    farm: Farm, caller: Admin, endpoint_id: EndpointId, asked: EndpointChange
) -> EndpointShown:
    """What is owed to it goes to a new URL, too. Disabling it gives up what is owed."""
    row = endpoints.change_endpoint(farm.database, caller, endpoint_id, **dict(asked))
    return EndpointShown(**_shown(row))


@routes.delete("/{endpoint_id}", status_code=204, summary="Remove an endpoint")
def remove(farm: Farm, caller: Admin, endpoint_id: EndpointId) -> None:
    """Nothing is sent to it any more. Its deliveries can still be read."""
    endpoints.remove_endpoint(farm.database, caller, endpoint_id)


@routes.post("/{endpoint_id}/rotate", summary="Give an endpoint a new secret")
def rotate(
    farm: Farm, caller: Admin, endpoint_id: EndpointId, asked: RotationAsked | None = None
) -> EndpointWithSecret:
    """Both secrets sign until the old one ends, so that the receiver can change over."""
    until = None if asked is None else asked.old_secret_expires_at
    return _with_secret(endpoints.rotate_secret(farm.database, caller, endpoint_id, until))


@routes.post("/{endpoint_id}/test", status_code=202, summary="Try an endpoint")
def test(farm: Farm, caller: Admin, endpoint_id: EndpointId) -> DeliverySummary:
    """Send it an `endpoint.test`, signed as any other, and tried again as any other."""
    return summary_of_delivery(deliveries.send_test(farm.database, caller, endpoint_id))


@routes.post("/{endpoint_id}/redeliver", status_code=202, summary="Send again what it missed")
def redeliver(
    farm: Farm, caller: Admin, endpoint_id: EndpointId, asked: RedeliveryAsked
) -> Redelivered:
    """Send once more what failed since a time, or all of it, each with the id it had."""
    count = deliveries.redeliver_since(
        farm.database, caller, endpoint_id, asked.since, everything=asked.all
    )
    return Redelivered(deliveries=count)


def _with_secret(made: endpoints.EndpointAndSecret) -> EndpointWithSecret:
    return EndpointWithSecret(**_shown(made.row), secret=made.secret)


def _shown(row: EndpointRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in EndpointShown.model_fields}
