"""How titles score: the spread of a catalog or of all titles, those far off, what moved scores."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Farm, Reader
from api.v1.catalogs import Name
from api.v1.shown_quality import QualityShown, quality_of
from services import quality

routes = APIRouter(prefix="/v1", tags=["quality"])


@routes.get("/quality", summary="How titles score")
def of_all(farm: Farm, caller: Reader) -> QualityShown:
    """Of the newest titles, 90 days at most; of operators those of every tenant."""
    return quality_of(quality.look(farm.database, caller))


@routes.get("/catalogs/{name}/quality", summary="How the titles of a catalog score")
def of_catalog(farm: Farm, caller: Reader, name: Name) -> QualityShown:
    """Of the newest titles, 90 days at most."""
    return quality_of(quality.look(farm.database, caller, name))
