"""The scene of a soak: what a fault may touch, and what it is once it was inflicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.faults.farm import FaultFarm
from tests.faults.processes import Member


@dataclass(frozen=True, slots=True)
class Affliction:
    """A fault that was inflicted on `target`; nothing else is until it is healed."""

    target: str
    lasts_s: float
    heal: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault may touch: the farm, and of its members those that nothing afflicts."""

    farm: FaultFarm
    rng: Random
    is_free: Callable[[str], bool]
    hit: list[str] = field(default_factory=list)  # failpoints at which a process died
    complaints: list[str] = field(default_factory=list)  # what must not be, seen on the way

    def worker(self) -> Member | None:
        return self._pick(self.farm.workers)

    def member(self) -> Member | None:
        return self._pick(self.farm.members)

    def reconciler(self) -> Member | None:
        return self._pick(self.farm.reconcilers)

    def _pick(self, members: Sequence[Member]) -> Member | None:
        free = [member for member in members if member.alive and self.is_free(member.name)]
        return self.rng.choice(free) if free else None


Inflict = Callable[[Scene], Affliction | None]


def nothing() -> None:
    """Heal what heals by itself."""
