"""The farm at a glance: who works, what waits, what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Farm, Reader
from services import records
from storage.postgres.overview import FarmSnapshot

routes = APIRouter(prefix="/v1", tags=["farm"])


@routes.get("/farm", summary="What the farm does now")
def read(farm: Farm, caller: Reader) -> FarmSnapshot:
    """Operators see all of it. A tenant sees its own titles and steps, and no workers (null).

    `jobs` counts by state those that have not ended, `steps` those of a class in a state; of a
    tenant without the BLOCKED ones, which wait for others. `quarantined` names the latest 20.
    """
    return records.read_farm(farm.database, caller, farm.settings.lease_s)
