"""The audit log: who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.context import Admin, Farm
from api.paging import AFTER, MOST, Page, cut, read_place
from services import audit
from storage.postgres.audit import AuditFilter

routes = APIRouter(prefix="/v1/audit", tags=["audit"])

NO_NUL = r"^[^\x00]*$"


class AuditQuery(BaseModel):
    """Which entries, and which page of their list."""

    model_config = ConfigDict(extra="forbid")

    actor: str | None = Field(
        None, max_length=64, pattern=NO_NUL, description="the key, or `local`: on the machine"
    )
    action: str | None = Field(
        None, max_length=64, pattern=NO_NUL, description="or its beginning", examples=["key."]
    )
    target: str | None = Field(
        None, max_length=512, pattern=NO_NUL, description="what it was done to"
    )
    since: AwareDatetime | None = Field(None, alias="from")
    before: AwareDatetime | None = None
    after: str | None = Field(None, max_length=512, description=AFTER)
    limit: int = Field(50, ge=1, le=MOST)


class AuditShown(BaseModel):
    """Something that somebody did."""

    id: int
    at: datetime
    tenant: str
    actor: str
    action: str = Field(examples=["ladder.written"])
    target: str
    detail: dict[str, Any]


@routes.get("", summary="Who changed what")
def list_entries(
    farm: Farm, caller: Admin, asked: Annotated[AuditQuery, Query()]
) -> Page[AuditShown]:
    """The newest first. What operators did for a tenant is in that tenant's log."""
    wanted = AuditFilter(asked.actor, asked.action, asked.target, asked.since, asked.before)
    place = (read_place(asked.after, int) or (None,))[0]
    found = audit.list_entries(farm.database, caller, wanted, place, asked.limit + 1)
    return Page(
        items=[
            AuditShown.model_validate(row, from_attributes=True) for row in found[: asked.limit]
        ],
        next=cut(found, asked.limit, lambda row: (row.id,)),
    )
