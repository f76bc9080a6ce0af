"""Tenants: for whom the farm works, and what each may have of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.context import Admin, Farm, Reader
from api.paging import After, Limit, Page, cut, read_place
from farm.spec import ASSET_PATTERN
from services import tenants
from services.documents import TenantPolicy
from services.tenants import TenantView

routes = APIRouter(prefix="/v1/tenants", tags=["tenants"])

TenantName = Annotated[str, Path(pattern=ASSET_PATTERN, max_length=128)]


class NewTenant(BaseModel):
    """A tenant to be written down."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=ASSET_PATTERN, max_length=128, examples=["studio-a"])
    policy: TenantPolicy | None = None


class UseShown(BaseModel):
    """What a tenant has of the farm at this moment."""

    running_titles: int
    waiting_titles: int
    minutes_in_a_day: float = Field(description="of source, probed within 24 hours")


class TenantShown(BaseModel):
    """A tenant, and what the farm holds it to."""

    name: str
    created_at: datetime
    disabled_at: datetime | None = Field(description="since then none of its keys holds")
    policy: TenantPolicy
    version: int | None = Field(description="of the policy; null before one was set")
    use: UseShown | None = Field(description="in lists null: ask for the one")


@routes.get("", summary="List tenants")
def list_tenants(
    farm: Farm, caller: Admin, after: After = None, limit: Limit = 50
) -> Page[TenantShown]:
    """For operators; by name."""
    place = (read_place(after, str) or ("",))[0]
    found = tenants.list_tenants(farm.database, caller, place, limit + 1)
    return Page(
        items=[_shown(view) for view in found[:limit]],
        next=cut(found, limit, lambda view: (view.name,)),
    )


@routes.post("", status_code=201, summary="Write down a tenant")
def create(farm: Farm, caller: Admin, asked: NewTenant) -> TenantShown:
    """For operators. Give it a key next: `POST /v1/keys`."""
    return _shown(tenants.create_tenant(farm.database, caller, asked.name, asked.policy))


@routes.get("/{name}", summary="Read a tenant")
def read(farm: Farm, caller: Reader, name: TenantName) -> TenantShown:
    """Every tenant may read itself: what it may have, and what it has."""
    return _shown(tenants.read_tenant(farm.database, caller, name))


@routes.put("/{name}/policy", summary="Say what a tenant may have")
def set_policy(farm: Farm, caller: Admin, name: TenantName, policy: TenantPolicy) -> TenantShown:
    """For operators. All of it is replaced; titles taken in before stay."""
    return _shown(tenants.set_policy(farm.database, caller, name, policy))


@routes.post("/{name}/disable", summary="Let none of a tenant's keys hold")
def disable(farm: Farm, caller: Admin, name: TenantName) -> TenantShown:
    """For operators. At once; its titles under way go on."""
    return _shown(tenants.set_disabled(farm.database, caller, name, True))


@routes.post("/{name}/enable", summary="Let a tenant's keys hold again")
def enable(farm: Farm, caller: Admin, name: TenantName) -> TenantShown:
    """For operators. Those that were revoked or have expired do not."""
    return _shown(tenants.set_disabled(farm.database, caller, name, False))


def _shown(view: TenantView) -> TenantShown:
    use = view.use
    return TenantShown(
        name=view.name,
        created_at=view.created_at,
        disabled_at=view.disabled_at,
        policy=view.policy,
        version=view.version,
        use=use
        and UseShown(
            running_titles=use.running_titles,
            waiting_titles=use.waiting_titles,
            minutes_in_a_day=use.minutes_in_a_day,
        ),
    )
