"""Whose turn it is: the next step a worker should take, among those it has room for.

PostgreSQL holds the whole backlog and decides anew at every claim: first priority, then the
tenant with the fewest cores at work, then that tenant's catalog with the fewest (single titles
together count as one), then the older job, then the step planned first. So a tenant's single title
overtakes a catalog of ten thousand, its own or another's, and a job that was begun is finished
before the next one of its catalog is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, LiteralString

from farm.plan import Resource
from storage.postgres import statements
from storage.postgres.statements import Connected
from storage.postgres.turns import next_turns_statement

LIGHT_BELOW_CORES = 1.0  # steps that leave gaps for others
SPARE_CORES = 1.0  # beside the others, for light ones: heavy steps never keep every core busy
# In one answer, the dearest part of a claim (workers/engine/turns.py uses it up): enough that
# workers which ask at the same moment each find one that is free.
CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class FreeDevice:
    """What of a device is free: sessions, and pixels a second."""

    key: str
    kind: str
    sessions: int
    pixels_per_s: float


@dataclass(frozen=True, slots=True)
class Room:
    """What a worker can take: its classes, its size, and what of it is free now.

    A step that wants more than `cores` is content with `cores`. Light ones have `SPARE_CORES` more
    than there are: no heavy one waits for light ones that fit in there, nor they for it.
    """

    resources: tuple[Resource, ...]
    cores: int
    memory_bytes: int
    spare_cores: float
    spare_for_light: float  # cores, of the same and those beside
    spare_memory_bytes: int
    idle: bool  # nothing runs: the only time a step can be isolated
    devices: tuple[FreeDevice, ...] = ()  # of class gpu it takes what fits on one of these

    @property
    def classes(self) -> tuple[Resource, ...]:
        """Return the classes it can take steps of now."""
        if self.devices:
            return self.resources
        return tuple(each for each in self.resources if each != Resource.GPU)


@dataclass(frozen=True, slots=True)
class TitleLimits:
    """How many titles may be in progress, that is begun and not ended; 0: any number.

    A paused one keeps its place, as its source stays where it is; one that waits for a person does
    not: all that is left of it is to be published. `of_tenants` have a limit of
    their own instead of `titles_of_tenant`: there 0 means none.
    """

    titles: int = 0
    titles_of_tenant: int = 0
    of_tenants: Mapping[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Return whether there is a limit at all."""
        return self.titles > 0 or self.titles_of_tenant > 0 or bool(self.of_tenants)

    def as_values(self) -> dict[str, Any]:
        """Return the limits as values of statements."""
        return {
            "titles": self.titles,
            "titles_of_tenant": self.titles_of_tenant,
            "limited_tenants": list(self.of_tenants),
            "limits_of_tenants": list(self.of_tenants.values()),
        }


NO_LIMITS = TitleLimits()


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that could be claimed now."""

    step_id: int
    job_id: str
    resource: Resource
    job_waits: bool  # the job is QUEUED: no step of it has run
    cores: float = 1.0
    memory_bytes: int = 0
    isolated: bool = False

    def fits(self, room: Room) -> bool:
        """Return whether a worker with this room could take the step."""
        light = self.cores < LIGHT_BELOW_CORES
        spare_cores = room.spare_for_light if light else room.spare_cores
        return (
            self.resource in room.classes
            and (room.idle or not self.isolated)
            and min(self.cores, room.cores) <= spare_cores
            and min(self.memory_bytes, room.memory_bytes) <= room.spare_memory_bytes
        )


def next_turns(there: Connected, room: Room, limits: TitleLimits) -> Sequence[Turn]:
    """Return the steps whose turn it is and that fit into `room`, the first one first.

    At most `CANDIDATES`, and no more that would begin a job than `limits` leave places for. Costs
    an index probe per group (tenant, catalog) of the highest priority that has queued steps, and
    one per size of step in the groups whose turn it is, however many steps there are.
    """
    if not room.classes:
        return []
    devices = {
        "devices": [each.key for each in room.devices],
        "kinds": [each.kind for each in room.devices],
        "sessions": [each.sessions for each in room.devices],
        "pixels_per_s": [each.pixels_per_s for each in room.devices],
    }
    turns = statements.rows(
        there,
        _next_turns(room.classes),
        cores=room.cores,
        memory=room.memory_bytes,
        spare_cores=room.spare_cores,
        spare_memory=room.spare_memory_bytes,
        idle=room.idle,
        spare_for_light=room.spare_for_light,
        limited=limits.any,
        **limits.as_values(),
        **(devices if room.devices else {}),
    )
    return [Turn(step_id, job_id, Resource(name), *rest) for step_id, job_id, name, *rest in turns]


@cache  # a worker's classes are the same but for its devices, which are free or not
def _next_turns(resources: tuple[Resource, ...]) -> LiteralString:
    return next_turns_statement(resources, CANDIDATES, LIGHT_BELOW_CORES)
