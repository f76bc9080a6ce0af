"""Who hurts a farm: faults picked at random, several at once, each healed after its time."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

from farm.errors import ReelFarmError, StorageUnavailable
from tests.faults.farm import FaultFarm
from tests.faults.process_faults import (
    arm_reconciler,
    arm_worker,
    kill_program,
    kill_reconciler,
    kill_worker,
    suspend_program,
    suspend_worker,
    terminate_worker,
)
from tests.faults.scene import Affliction, Inflict, Scene
from tests.faults.server_faults import (
    break_s3,
    cancel_job,
    cut_postgres,
    cut_redis,
    cut_s3,
    double_wakeups,
    isolate_worker,
    kill_redis,
    pause_job,
    refuse_by_s3,
    restart_postgres,
    slow_network,
    wipe_redis,
)

RESTART_AFTER_S = 1.0  # as an orchestrator does with what ended

# How often each is picked, in proportion.
AFFLICTIONS: dict[Inflict, int] = {
    kill_worker: 4,
    suspend_worker: 3,
    terminate_worker: 2,
    kill_program: 3,
    suspend_program: 2,
    kill_reconciler: 1,
    wipe_redis: 2,
    kill_redis: 2,
    restart_postgres: 2,
    cut_postgres: 3,
    cut_redis: 2,
    cut_s3: 2,
    isolate_worker: 2,
    slow_network: 1,
    refuse_by_s3: 3,
    break_s3: 3,
    arm_worker: 5,
    arm_reconciler: 1,
    double_wakeups: 1,
    pause_job: 1,
    cancel_job: 1,
}


class Nemesis:
    """Inflicts faults on a farm and heals them; the same seed tries the same kinds in turn."""

    def __init__(self, farm: FaultFarm, seed: int) -> None:
        self._farm = farm
        self._kinds = Random(seed)  # of its own: how a fault goes depends on the moment
        self._scene = Scene(farm, Random(seed + 1), self._is_free)
        self._open: list[tuple[float, Affliction]] = []
        self._ended_at: dict[str, float] = {}
        self.inflicted: Counter[str] = Counter()

    def strike(self) -> str | None:
        """Inflict one fault; return its kind, None when what was picked finds nothing to hurt."""
        (inflict,) = self._kinds.choices(list(AFFLICTIONS), list(AFFLICTIONS.values()))
        try:
            affliction = inflict(self._scene)
        except ReelFarmError:  # a server it needs is away, or a job just ended
            return None
        if affliction is None:
            return None
        self.inflicted[inflict.__name__] += 1
        self._open.append((time.monotonic() + affliction.lasts_s, affliction))
        return f"{inflict.__name__} {affliction.target}"

    def tend(self) -> None:
        """Heal what has lasted long enough, and restart processes that ended by themselves."""
        now = time.monotonic()
        for until, affliction in list(self._open):
            if now >= until:
                self._heal(until, affliction)
        for member in self._farm.members:
            if member.alive or not self._is_free(member.name):
                self._ended_at.pop(member.name, None)
            elif now - self._ended_at.setdefault(member.name, now) > RESTART_AFTER_S:
                member.start()

    def heal_all(self) -> None:
        """Heal everything at once and have every process run."""
        for until, affliction in list(self._open):
            self._heal(until, affliction)
        for member in self._farm.members:
            member.lines.heal()
            if not member.alive:
                member.start()

    @property
    def hit(self) -> list[str]:
        """Return the failpoints at which a process died."""
        return self._scene.hit

    @property
    def complaints(self) -> list[str]:
        """Return what was seen on the way that must not be, in words."""
        return self._scene.complaints

    def _heal(self, until: float, affliction: Affliction) -> None:
        try:
            affliction.heal()
        except StorageUnavailable:  # tried again by the next `tend`
            return
        self._open.remove((until, affliction))

    def _is_free(self, target: str) -> bool:
        return all(affliction.target != target for _, affliction in self._open)
