"""Whose turn it is: the next step a worker should take, among those it has room for.

PostgreSQL holds the whole backlog and decides anew at every claim: first priority, then the
tenant with the fewest cores at work, then that tenant's catalog with the fewest (single titles
together count as one), then the older job, then the step planned first. So a tenant's single title
overtakes a catalog of ten thousand, its own or another's, and a job that was begun is finished
before the next one of its catalog is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.plan import Resource
from storage.postgres import statements
from storage.postgres.statements import Connected

LIGHT_BELOW_CORES = 1.0  # steps that leave gaps for others
SPARE_CORES = 1.0  # beside the others, for light ones: heavy steps never keep every core busy
# In one answer, the dearest part of a claim (workers/engine/turns.py uses it up): enough that
# workers which ask at the same moment each find one that is free.
CANDIDATES = 16


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
            self.resource in room.resources
            and (room.idle or not self.isolated)
            and min(self.cores, room.cores) <= spare_cores
            and min(self.memory_bytes, room.memory_bytes) <= room.spare_memory_bytes
        )


def next_turns(there: Connected, room: Room) -> Sequence[Turn]:
    """Return the steps whose turn it is and that fit into `room`, the first one first.

    At most `CANDIDATES`. Costs an index probe per group (class, priority, tenant, catalog) that
    has queued steps, however many steps there are.
    """
    turns = statements.rows(
        there,
        _NEXT,
        resources=[resource.value for resource in room.resources],
        cores=room.cores,
        memory=room.memory_bytes,
        spare_cores=room.spare_cores,
        spare_memory=room.spare_memory_bytes,
        idle=room.idle,
        candidates=CANDIDATES,
        spare_for_light=room.spare_for_light,
        light_below=LIGHT_BELOW_CORES,
    )
    return [Turn(step_id, job_id, Resource(name), *rest) for step_id, job_id, name, *rest in turns]


# A loose index scan over step_turn finds the groups, a probe of the same index each group's heads.
_NEXT = """
WITH RECURSIVE groups AS (
    (SELECT resource, priority, tenant, catalog
       FROM step
      WHERE state = 'QUEUED' AND resource = ANY(%(resources)s)
      ORDER BY resource, priority, tenant, catalog
      LIMIT 1)
    UNION ALL
    SELECT further.*
      FROM groups
     CROSS JOIN LATERAL (
        SELECT step.resource, step.priority, step.tenant, step.catalog
          FROM step
         WHERE step.state = 'QUEUED' AND step.resource = ANY(%(resources)s)
           AND (step.resource, step.priority, step.tenant, step.catalog)
             > (groups.resource, groups.priority, groups.tenant, groups.catalog)
         ORDER BY step.resource, step.priority, step.tenant, step.catalog
         LIMIT 1) AS further
),
at_work AS (
    SELECT tenant, catalog, sum(cores) AS cores
      FROM step WHERE state = 'RUNNING' GROUP BY tenant, catalog
),
tenants AS (SELECT tenant, sum(cores) AS cores FROM at_work GROUP BY tenant)
SELECT turn.id, turn.job_id, turn.resource, job.state = 'QUEUED' AS job_waits,
       turn.cores, turn.memory_bytes, turn.isolated
  FROM (
    SELECT head.*, groups.resource,
           row_number() OVER (ORDER BY groups.priority DESC, coalesce(tenants.cores, 0),
                              coalesce(at_work.cores, 0), head.submitted_at, head.id) AS place
      FROM groups
      LEFT JOIN tenants ON tenants.tenant = groups.tenant
      LEFT JOIN at_work ON at_work.tenant = groups.tenant AND at_work.catalog = groups.catalog
     CROSS JOIN LATERAL (
        SELECT step.id, step.job_id, step.submitted_at,
               step.cores, step.memory_bytes, step.isolated
          FROM step
         WHERE step.state = 'QUEUED' AND step.resource = groups.resource
           AND step.priority = groups.priority
           AND step.tenant = groups.tenant AND step.catalog = groups.catalog
           AND (step.not_before IS NULL OR step.not_before <= now())
           AND (%(idle)s OR NOT step.isolated)
           AND least(step.cores, %(cores)s) <= CASE WHEN step.cores < %(light_below)s
                                                    THEN %(spare_for_light)s
                                                    ELSE %(spare_cores)s END
           AND least(step.memory_bytes, %(memory)s) <= %(spare_memory)s
         ORDER BY step.submitted_at, step.id
         LIMIT %(candidates)s) AS head
     ORDER BY place
     LIMIT %(candidates)s) AS turn
  JOIN job ON job.id = turn.job_id
 ORDER BY turn.place
"""
