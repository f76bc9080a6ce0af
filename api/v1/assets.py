"""Assets: what is live of each, what was, and what is to be: rolled back, or unpublished."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.context import Farm, Reader, Submitter
from api.idempotency import OnceKey
from api.paging import After, Limit, Page, cut, read_place
from api.v1.shown_assets import (
    AssetShown,
    AssetSummary,
    DecidedShown,
    links_of_asset,
    shown_at,
    summary_of_asset,
    told_of,
)
from farm.errors import InvalidSpec
from farm.spec import ASSET_PATTERN
from farm.spec.title import one_spelling
from services import assets

routes = APIRouter(prefix="/v1/assets", tags=["assets"])

AssetName = Annotated[str, Path(max_length=128, pattern=ASSET_PATTERN, description="of an asset")]
Text = Annotated[str | None, Query(max_length=128, description="in the name, in any case")]


class Unpublishing(BaseModel):
    """Where an asset is to be unpublished."""

    model_config = ConfigDict(extra="forbid")

    origin: str | None = Field(None, max_length=1024, description="needed where it is at several")

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str | None) -> str | None:
        if origin is not None and "\0" in origin:
            raise ValueError("it has a NUL, which no text has")
        return None if origin is None else one_spelling(origin)


class Rollback(Unpublishing):
    """Which generation is to be live again."""

    generation: int = Field(ge=1, lt=2**31)


@routes.get("", summary="List assets")
def list_assets(
    farm: Farm, caller: Reader, text: Text = None, after: After = None, limit: Limit = 50
) -> Page[AssetSummary]:
    """By name; of operators, by tenant and name. Those of which nothing is left are not listed."""
    if "\0" in (text or ""):
        message = "it has a NUL, which no text has"
        raise InvalidSpec(
            f"text: {message}", fields=[{"field": "text", "message": message}], input="text"
        )
    place = read_place(after, str, str)
    found = assets.list_assets(farm.database, caller, text, place, limit + 1)
    return Page(
        items=[summary_of_asset(one) for one in found[:limit]],
        next=cut(found, limit, lambda one: (one[0].asset.tenant, one[0].asset.asset)),
    )


@routes.get("/{asset}", summary="What is live of an asset, and what was")
def read(farm: Farm, caller: Reader, asset: AssetName) -> AssetShown:
    """At each of its origins: the live generation with its URLs, and all that are still there."""
    found = assets.read_asset(farm.database, caller, asset)
    return AssetShown(
        asset=asset,
        tenant=found[0].asset.tenant,
        origins=[shown_at(one, farm.settings) for one in found],
        links=links_of_asset(asset),
    )


@routes.post("/{asset}/rollback", summary="Let an earlier generation be live again")
def roll_back(
    farm: Farm, caller: Submitter, asset: AssetName, asked: Rollback, once: OnceKey = None
) -> DecidedShown:
    """Once it was seen that all of it is there, players get it within ten seconds.

    It counts as a submission: jobs that were submitted before end as SUPERSEDED, one that is
    submitted after it replaces it. Asking again changes nothing.
    """
    answer = assets.roll_back(
        farm.database, farm.settings, caller, asset, asked.origin, asked.generation, told_of, once
    )
    return DecidedShown.model_validate(answer)


@routes.post("/{asset}/unpublish", summary="Let nothing of an asset be live")
def unpublish(
    farm: Farm,
    caller: Submitter,
    asset: AssetName,
    asked: Unpublishing | None = None,
    once: OnceKey = None,
) -> DecidedShown:
    """Its manifests are gone at once, what they led to goes as what was superseded does.

    Jobs that were submitted before end as SUPERSEDED; a new submission publishes it again.
    """
    origin = None if asked is None else asked.origin
    answer = assets.unpublish(farm.database, farm.settings, caller, asset, origin, told_of, once)
    return DecidedShown.model_validate(answer)
