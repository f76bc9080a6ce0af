"""Which jobs somebody asks for: the filter of lists, and of what is done to many at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.paging import AFTER, MOST
from farm.errors import InvalidSpec
from farm.spec import ASSET_PATTERN
from farm.states import JobState
from storage.postgres.listing import JobFilter


class Conditions(BaseModel):
    """Which titles, or plans of titles: every condition that is given holds."""

    model_config = ConfigDict(extra="forbid")

    state: list[JobState] = Field([], max_length=16, description="any of these")
    catalog: str | None = Field(None, max_length=128, pattern=ASSET_PATTERN)
    external_id: str | None = Field(None, max_length=256)
    asset: str | None = Field(None, max_length=128)
    text: str | None = Field(None, max_length=128, description="in the asset or the external id")
    code: str | None = Field(None, max_length=64, description="of its error")
    created_from: datetime | None = None
    created_before: datetime | None = None

    def as_asked(self) -> JobFilter:
        """Return the filter as the lists take it; raise InvalidSpec for what no list can hold."""
        for name in ("external_id", "asset", "text", "code"):
            if "\0" in (getattr(self, name) or ""):
                raise InvalidSpec.of(name, "it has a NUL, which no text has")
        return JobFilter(
            states=frozenset(self.state),
            catalog=self.catalog,
            external_id=self.external_id,
            asset=self.asset,
            text=self.text,
            code=self.code,
            created_from=_zoned("created_from", self.created_from),
            created_before=_zoned("created_before", self.created_before),
        )


class Filter(Conditions):
    """Which jobs: every condition that is given holds."""

    plans: bool = Field(False, description="plans, and no titles")

    def as_asked(self) -> JobFilter:
        """Return the filter as the lists take it; raise InvalidSpec for what no list can hold."""
        return replace(super().as_asked(), plans=self.plans)


class PageQuery(BaseModel):
    """Which page of a list."""

    after: str | None = Field(None, max_length=512, description=AFTER)
    limit: int = Field(50, ge=1, le=MOST, description="how many at most")


class ListQuery(Filter, PageQuery):
    """Which jobs, and which page of their list."""


class PlanQuery(Conditions, PageQuery):
    """Which plans, and which page of their list."""

    def as_asked(self) -> JobFilter:
        """Return the filter as the lists take it; raise InvalidSpec for what no list can hold."""
        return replace(super().as_asked(), plans=True)


def _zoned(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidSpec.of(name, "give a time zone, as in 2026-11-27T09:00:00Z")
    return moment
