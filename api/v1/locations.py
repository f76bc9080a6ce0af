"""Locations: where a tenant may read sources, and where it may publish."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.context import Admin, Farm, Reader
from api.paging import After, Limit, Page, cut, read_place
from api.v1.policies import VersionShown, version_of
from services import tenant_locations
from services.locations import TenantLocations
from services.tenant_locations import LocationsView

routes = APIRouter(prefix="/v1/locations", tags=["locations"])


class LocationsShown(BaseModel):
    """The locations that count for a tenant."""

    tenant: str
    sources: list[str] = Field(description="what it may read", examples=[["s3://studio-a/"]])
    origins: list[str] = Field(description="where it may publish")
    stated_by: Literal["farm", "file", "settings"] = Field(
        description="farm: kept here; else the operators' file, or the settings of the farm"
    )
    version: int | None = Field(description="of what is kept here")


@routes.get("", summary="Where a tenant may read and publish")
def read(farm: Farm, caller: Reader) -> LocationsShown:
    """Its own locations; operators name a tenant by `ReelFarm-Tenant`."""
    return _shown(tenant_locations.read_locations(farm.database, caller, farm.settings))


@routes.get("/versions", summary="List the versions of a tenant's locations")
def versions(
    farm: Farm, caller: Reader, after: After = None, limit: Limit = 50
) -> Page[VersionShown]:
    """Of those kept here, the newest first."""
    before = (read_place(after, int) or (None,))[0]
    found = tenant_locations.locations_versions(farm.database, caller, before, limit + 1)
    return Page(
        items=[version_of(row) for row in found[:limit]],
        next=cut(found, limit, lambda row: (row.version,)),
    )


@routes.put("", summary="Let a tenant read and publish there, and nowhere else")
def write(farm: Farm, caller: Admin, given: TenantLocations) -> LocationsShown:
    """For operators. Holds at once, also for titles under way: from their next step on."""
    return _shown(tenant_locations.set_locations(farm.database, caller, farm.settings, given))


@routes.delete("", summary="Keep no locations for a tenant")
def remove(farm: Farm, caller: Admin) -> LocationsShown:
    """For operators. Those of the operators' file count again, or of the settings."""
    return _shown(tenant_locations.set_locations(farm.database, caller, farm.settings, None))


def _shown(view: LocationsView) -> LocationsShown:
    return LocationsShown(
        tenant=view.tenant,
        sources=list(view.found.stated.sources),
        origins=list(view.found.stated.origins),
        stated_by=view.found.by,
        version=view.version,
    )
