"""Assets as people look at them: listed by name, and each with its generations at every origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from storage.postgres.generations import GONE, Asset
from storage.postgres.models import Decision, Generation
from storage.postgres.scoped import within

AssetPlace = tuple[str, str]  # of an asset in a list: its tenant, and its name


@dataclass(frozen=True, slots=True)
class AtOrigin:
    """An asset at one origin: its generations that are not gone, the newest first."""

    asset: Asset
    generations: tuple[Generation, ...]
    decision: Decision | None  # the last one

    @property
    def live(self) -> Generation | None:
        """Return the generation that players are led to, None for none."""
        current = [
            each
            for each in self.generations
            if each.published_at is not None and each.superseded_at is None
        ]
        return max(current, key=lambda each: (each.published_at, each.number), default=None)


def can_be_live(generation: Generation) -> bool:
    """Return whether players can be led to a generation: it is whole, and is to stay."""
    return generation.whole_at is not None and generation.removing_at is None


def listed(
    session: Session, tenant: str, text: str | None, after: AssetPlace | None, limit: int
) -> list[AssetPlace]:
    """Return assets of which something is at an origin, by tenant and name."""
    place = (Generation.tenant, Generation.asset)
    query = select(*place).where(within(Generation.tenant, tenant), Generation.digest != GONE)
    if text is not None:
        query = query.where(func.strpos(func.lower(Generation.asset), text.lower()) > 0)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    rows = session.execute(query.distinct().order_by(*place).limit(limit))
    return [(owner, name) for owner, name in rows]


def owners(session: Session, tenant: str, name: str) -> list[str]:
    """Return which of the tenants that are asked about have, or had, an asset of this name."""
    query = select(Generation.tenant).where(
        within(Generation.tenant, tenant), Generation.asset == name
    )
    return sorted(session.scalars(query.distinct()))


def at_origins(session: Session, places: Sequence[AssetPlace]) -> list[AtOrigin]:
    """Return each of these assets at each of its origins, in order; also where all is gone."""
    generations: dict[Asset, list[Generation]] = {}
    rows = select(Generation).where(tuple_(Generation.tenant, Generation.asset).in_(places))
    for row in session.scalars(rows.order_by(Generation.number.desc())):
        kept = generations.setdefault(Asset(row.origin, row.tenant, row.asset), [])
        kept += [row] if row.digest != GONE else []
    decided = session.scalars(
        select(Decision).where(tuple_(Decision.tenant, Decision.asset).in_(places))
    )
    decisions = {Asset(row.origin, row.tenant, row.asset): row for row in decided}
    return [
        AtOrigin(asset, tuple(rows), decisions.get(asset))
        for asset, rows in sorted(generations.items())
    ]
