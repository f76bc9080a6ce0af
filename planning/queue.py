"""How much work comes before a title's, as turns are given out. Pure.

By priority; then tenants take turns, then the catalogs of each, all as fast as one another; then
the older job. So of what others have as much comes before a title as it takes itself, with what
stands before it among its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HeldCores = dict[str, float]  # seconds of cores that are kept from others, by class of step


@dataclass(frozen=True, slots=True)
class Pile:
    """Work of one catalog of one tenant at one priority; single titles together are a catalog."""

    priority: int
    tenant: str
    catalog: str
    held: Mapping[str, float]
    older: bool = True  # than the title asked about


def work_before(
    piles: Iterable[Pile], priority: int, tenant: str, catalog: str, own: Mapping[str, float]
) -> HeldCores:
    """Return what is done before, and meanwhile, of others until a title's own work is done."""
    urgent: HeldCores = {}
    mine: HeldCores = dict(own)
    of_catalogs: dict[str, HeldCores] = defaultdict(dict)
    of_tenants: dict[str, HeldCores] = defaultdict(dict)
    for pile in piles:
        if pile.priority > priority:
            _add(urgent, pile.held)
        elif pile.priority < priority:
            continue
        elif pile.tenant != tenant:
            _add(of_tenants[pile.tenant], pile.held)
        elif pile.catalog != catalog:
            _add(of_catalogs[pile.catalog], pile.held)
        elif pile.older:
            _add(mine, pile.held)
    for others in (of_catalogs, of_tenants):
        share = sum(mine.values())
        for held in others.values():
            _add(mine, held, at_most=share)
    before = {name: core_s - own.get(name, 0.0) for name, core_s in mine.items()}
    _add(before, urgent)
    return before


def _add(to: HeldCores, held: Mapping[str, float], at_most: float | None = None) -> None:
    total = sum(held.values())
    share = 1.0 if at_most is None or total <= at_most else at_most / total
    for name, core_s in held.items():
        to[name] = to.get(name, 0.0) + share * core_s
