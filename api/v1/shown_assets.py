"""Assets as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from farm.settings import Settings
from farm.spec import Mode, in_tests
from services.assets import Decided
from services.origin import pointer_keys
from storage.objects.stores import open_store
from storage.postgres.assets import AtOrigin, can_be_live


class AssetLinks(BaseModel):
    """Where more is to be had of an asset."""

    self: str = Field(examples=["/v1/assets/my-movie"])
    jobs: str = Field(description="the jobs that made it")


class GenerationShown(BaseModel):
    """One generation of an asset at an origin: published once, and never changed."""

    number: int
    job: str = Field(description="that published it last, or made it; its record may be gone")
    live: bool = Field(description="whether players are led to it")
    created_at: datetime
    published_at: datetime | None = Field(description="when players were last led to it")
    superseded_at: datetime | None = Field(description="since when they are not any more")
    removing_at: datetime | None = Field(description="since when it is being removed")
    rollback: bool = Field(description="whether it can be rolled back to")


class LiveGeneration(BaseModel):
    """What players get."""

    generation: int
    hls: str
    dash: str
    published_at: datetime


class OriginShown(BaseModel):
    """An asset at one origin."""

    origin: str
    mode: Mode
    live: LiveGeneration | None = Field(description="null: nothing is published")
    pending: bool = Field(description="decided, but the origin's pointers do not follow it yet")
    generations: list[GenerationShown] = Field(description="the newest first")


class AssetShown(BaseModel):
    """An asset at each of its origins."""

    asset: str
    tenant: str
    origins: list[OriginShown]
    links: AssetLinks


class OriginSummary(BaseModel):
    """What is live at an origin."""

    origin: str
    mode: Mode
    generation: int | None
    published_at: datetime | None


class AssetSummary(BaseModel):
    """An asset as lists show it."""

    asset: str
    tenant: str
    origins: list[OriginSummary]
    links: AssetLinks


class DecidedShown(BaseModel):
    """What was decided of an asset at an origin."""

    asset: str
    tenant: str
    origin: str
    generation: int | None = Field(description="that is live; null: none")
    decided_at: datetime
    links: AssetLinks


def links_of_asset(name: str) -> AssetLinks:
    """Return where more is to be had of an asset."""
    return AssetLinks(self=f"/v1/assets/{name}", jobs=f"/v1/jobs?asset={name}")


def _mode(at: AtOrigin) -> Mode:
    return "test" if in_tests(at.asset.origin) else "live"


def summary_of_asset(found: list[AtOrigin]) -> AssetSummary:
    """Return what a list shows of an asset, given at each of its origins."""
    return AssetSummary(
        asset=found[0].asset.asset,
        tenant=found[0].asset.tenant,
        origins=[
            OriginSummary(
                origin=at.asset.origin,
                mode=_mode(at),
                generation=at.live.number if at.live else None,
                published_at=at.live.published_at if at.live else None,
            )
            for at in found
        ],
        links=links_of_asset(found[0].asset.asset),
    )


def shown_at(at: AtOrigin, settings: Settings) -> OriginShown:
    """Return what is shown of an asset at one origin."""
    live = at.live
    return OriginShown(
        origin=at.asset.origin,
        mode=_mode(at),
        live=_live(at, settings),
        pending=at.decision is not None and at.decision.obeyed_at is None,
        generations=[
            GenerationShown(
                number=each.number,
                job=each.published_by or each.job_id,
                live=each is live,
                created_at=each.created_at,
                published_at=each.published_at,
                superseded_at=each.superseded_at,
                removing_at=each.removing_at,
                rollback=each is not live and can_be_live(each),
            )
            for each in at.generations
        ],
    )


def _live(at: AtOrigin, settings: Settings) -> LiveGeneration | None:
    if at.live is None or at.live.published_at is None:
        return None
    store = open_store(at.asset.origin, settings)
    hls, dash = (store.url(key) for key in pointer_keys(at.asset))
    return LiveGeneration(
        generation=at.live.number, hls=hls, dash=dash, published_at=at.live.published_at
    )


def told_of(decided: Decided) -> dict[str, Any]:
    """Return the answer to a decision, as it is kept."""
    asset = decided.asset
    shown = DecidedShown(
        asset=asset.asset,
        tenant=asset.tenant,
        origin=asset.origin,
        generation=decided.generation,
        decided_at=decided.decided_at,
        links=links_of_asset(asset.asset),
    )
    return shown.model_dump(mode="json")
