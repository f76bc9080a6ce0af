"""Deliveries: calls to endpoints and to jobs' own webhooks, what became of each, and again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.context import Admin, Farm, Reader
from api.paging import AFTER, MOST, Page, cut, read_place
from farm.web_address import shown_url
from farm.webhooks import DeliveryState, ToldType
from services import deliveries
from storage.postgres.deliveries import DeliveryFilter, DeliveryRow

routes = APIRouter(prefix="/v1/deliveries", tags=["webhooks"])

DeliveryId = Annotated[int, Path(ge=1, lt=2**63, description="of a delivery")]


class DeliveryQuery(BaseModel):
    """Which deliveries: every condition that is given holds; and which page of their list."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str | None = Field(None, max_length=32, pattern="^[0-9a-f]{32}$")
    type: ToldType | None = Field(None, description="of the event")
    state: DeliveryState | None = None
    job: str | None = Field(None, max_length=32, pattern="^[0-9a-f]{32}$")
    after: str | None = Field(None, max_length=512, description=AFTER)
    limit: int = Field(50, ge=1, le=MOST, description="how many at most")


class AttemptShown(BaseModel):
    """One attempt at a delivery."""

    at: datetime
    status: int | None = Field(description="of the answer, null where there was none")
    error: str | None = Field(description="why it counts as failed, null where it arrived")
    wall_ms: int


class DeliverySummary(BaseModel):
    """A delivery as lists show it."""

    id: int
    webhook_id: str = Field(description="the header `webhook-id`", examples=["evt_1077"])
    tenant: str
    endpoint: str | None = Field(description="null: the job's own webhook")
    job: str | None
    type: str = Field(description="of the event", examples=["job.published"])
    url: str = Field(description="where it goes, or went; without a query")
    state: DeliveryState
    attempts: int = Field(description="made since it was asked for, the first time or again")
    created_at: datetime
    next_at: datetime | None = Field(description="of the next attempt, while one is owed")
    delivered_at: datetime | None
    gave_up_at: datetime | None
    error: str | None = Field(description="of the last attempt")


class DeliveryRecord(DeliverySummary):
    """A delivery with what is sent, and its log."""

    body: dict[str, Any]
    log: list[AttemptShown] = Field(description="the last hundred attempts, the oldest first")


@routes.get("", summary="List deliveries")
def list_deliveries(
    farm: Farm, caller: Reader, asked: Annotated[DeliveryQuery, Query()]
) -> Page[DeliverySummary]:
    """The newest first."""
    wanted = DeliveryFilter(asked.endpoint, asked.type, asked.state, asked.job)
    place = read_place(asked.after, int)
    before = None if place is None else place[0]
    found = deliveries.list_deliveries(farm.database, caller, wanted, before, asked.limit + 1)
    return Page(
        items=[summary_of_delivery(row) for row in found[: asked.limit]],
        next=cut(found, asked.limit, lambda row: (row.id,)),
    )


@routes.get("/{delivery_id}", summary="Look at a delivery")
def read(farm: Farm, caller: Reader, delivery_id: DeliveryId) -> DeliveryRecord:
    """What is sent, and how every attempt went."""
    row = deliveries.read_delivery(farm.database, caller, delivery_id)
    log = [AttemptShown.model_validate(entry) for entry in row.log]
    return DeliveryRecord(**_shown(row), body=row.body, log=log)


@routes.post("/{delivery_id}/redeliver", status_code=202, summary="Send a delivery again")
def redeliver(farm: Farm, caller: Admin, delivery_id: DeliveryId) -> DeliverySummary:
    """Send it once more, with the id it had, whatever became of it."""
    return summary_of_delivery(deliveries.redeliver(farm.database, caller, delivery_id))


def summary_of_delivery(row: DeliveryRow) -> DeliverySummary:
    """Return what lists show of a delivery."""
    return DeliverySummary(**_shown(row))


def _shown(row: DeliveryRow) -> dict[str, Any]:
    named = {"endpoint": row.endpoint_id, "job": row.job_id, "type": row.event}
    others = set(DeliverySummary.model_fields) - set(named)
    shown = {name: getattr(row, name) for name in others}
    return {**shown, **named, "url": shown_url(row.url)}
