"""Whose turn it is, as one statement: index probes, however long the backlog is.

The index `step_turn` begins with what a worker may have no room for: class, whether the step would
begin its job, cores. What fits of these is a shelf. A group is one catalog of one tenant: a loose
scan of the index `step_group` goes from each straight to the next. Groups are ranked by what is at
work of them; of one rank, the piles are searched: what lies of a group on a shelf. The highest
priority comes first; lower ones, and lower ranks, are searched only while there are too few turns.

What is the same in every statement of a worker is a literal. So PostgreSQL sees that a plan for any
values is as good as one for these, and keeps it: planning anew would take a third of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from farm.plan import Resource


def next_turns_statement(
    resources: Sequence[Resource], candidates: int, light_below_cores: float
) -> LiteralString:
    """Return the statement that names at most so many turns of these classes.

    Its values: cores, memory, spare_cores, spare_for_light, spare_memory, idle, limited,
    titles, titles_of_tenant, limited_tenants, limits_of_tenants; with class gpu devices, kinds,
    sessions, pixels_per_s of what is free there. Its columns: step id, job id,
    resource, whether the job waits, cores, memory, whether the step is isolated.
    """
    return _NEXT_TURNS.format(
        fits=_FITS + (_ON_A_DEVICE if Resource.GPU in resources else ""),
        in_pile=_IN_PILE,
        classes=", ".join(f"'{resource.value}'" for resource in resources),
        candidates=candidates,
        light_below=light_below_cores,
    )


# A probe under LATERAL seeks by equality with its shelf and one comparison of rows; beside `= ANY`
# it could not. A pile is placed by its first step that fits: a turn among the first so many is of a
# pile among the first so many. What a limit leaves no place for is left out before that, so that it
# stands before nobody.
_NEXT_TURNS = """
WITH RECURSIVE begun AS MATERIALIZED (
    SELECT tenant, count(*) AS titles
      FROM job
     WHERE begun_at IS NOT NULL AND finished_at IS NULL AND state <> 'WAITING' AND %(limited)s
     GROUP BY tenant
),
own AS MATERIALIZED (
    SELECT *
      FROM unnest(%(limited_tenants)s::text[], %(limits_of_tenants)s::int[])
           AS given (tenant, titles)
),
place AS MATERIALIZED (
    SELECT coalesce(nullif(%(titles)s, 0) - coalesce(sum(titles), 0), {candidates}) AS free
      FROM begun
),
at_work AS MATERIALIZED (
    SELECT tenant, catalog, sum(cores) AS cores
      FROM step WHERE state = 'RUNNING' GROUP BY tenant, catalog
),
tenant_at_work AS MATERIALIZED (
    SELECT tenant, sum(cores) AS cores FROM at_work GROUP BY tenant
),
shelf AS (
    SELECT first.*
      FROM unnest(ARRAY[{classes}]) AS class (resource)
     CROSS JOIN (SELECT false AS begins
                  UNION ALL SELECT true FROM place WHERE free > 0) AS kind
     CROSS JOIN LATERAL (
        SELECT step.resource, step.begins, step.cores
          FROM step
         WHERE step.state = 'QUEUED'
           AND step.resource = class.resource AND step.begins = kind.begins
         ORDER BY step.cores
         LIMIT 1) AS first
    UNION ALL
    SELECT further.*
      FROM shelf
     CROSS JOIN LATERAL (
        SELECT step.resource, step.begins, step.cores
          FROM step
         WHERE step.state = 'QUEUED'
           AND step.resource = shelf.resource AND step.begins = shelf.begins
           AND step.cores > shelf.cores
         ORDER BY step.cores
         LIMIT 1) AS further
),
fitting AS MATERIALIZED (
    SELECT *
      FROM shelf
     WHERE least(cores, %(cores)s) <= CASE WHEN cores < {light_below} THEN %(spare_for_light)s
                                           ELSE %(spare_cores)s END
),
level AS (
    SELECT max(highest.priority) AS priority
      FROM fitting
     CROSS JOIN LATERAL (
        SELECT step.priority
          FROM step
         WHERE step.state = 'QUEUED' AND step.resource = fitting.resource
           AND step.begins = fitting.begins AND step.cores = fitting.cores
         ORDER BY step.priority DESC
         LIMIT 1) AS highest
    UNION ALL
    SELECT (SELECT max(lower.priority)
              FROM fitting
             CROSS JOIN LATERAL (
                SELECT step.priority
                  FROM step
                 WHERE step.state = 'QUEUED' AND step.resource = fitting.resource
                   AND step.begins = fitting.begins AND step.cores = fitting.cores
                   AND step.priority < level.priority
                 ORDER BY step.priority DESC
                 LIMIT 1) AS lower)
      FROM level
     WHERE level.priority IS NOT NULL
)
SELECT turn.id, turn.job_id, turn.resource, job.state = 'QUEUED' AS job_waits,
       turn.cores, turn.memory_bytes, turn.isolated
  FROM (
    SELECT *,
           row_number() OVER (PARTITION BY begins ORDER BY place) AS of_all,
           row_number() OVER (PARTITION BY begins, tenant ORDER BY place) AS of_tenant
      FROM (
        -- Levels come in order, and ranks in each; none is searched after there are enough.
        SELECT of_level.*, row_number() OVER () AS place
          FROM level
         CROSS JOIN LATERAL (
            WITH RECURSIVE groups AS (
                (SELECT step.tenant, step.catalog
                   FROM step
                  WHERE step.state = 'QUEUED' AND step.priority = level.priority
                  ORDER BY step.tenant, step.catalog
                  LIMIT 1)
                UNION ALL
                SELECT further.*
                  FROM groups
                 CROSS JOIN LATERAL (
                    SELECT step.tenant, step.catalog
                      FROM step
                     WHERE step.state = 'QUEUED' AND step.priority = level.priority
                       AND (step.tenant, step.catalog) > (groups.tenant, groups.catalog)
                     ORDER BY step.tenant, step.catalog
                     LIMIT 1) AS further
            ),
            ranked AS MATERIALIZED (
                SELECT groups.*,
                       coalesce(coalesce(own.titles, nullif(%(titles_of_tenant)s, 0))
                                - coalesce(begun.titles, 0), {candidates}) AS free,
                       dense_rank() OVER (ORDER BY coalesce(tenant_at_work.cores, 0),
                                                   coalesce(at_work.cores, 0)) AS rank
                  FROM groups
                  LEFT JOIN tenant_at_work USING (tenant)
                  LEFT JOIN at_work USING (tenant, catalog)
                  LEFT JOIN begun USING (tenant)
                  LEFT JOIN own USING (tenant)
            )
            SELECT of_rank.*
              FROM (SELECT DISTINCT rank FROM ranked ORDER BY rank) AS tied
             CROSS JOIN LATERAL (
                SELECT pile.resource, pile.begins, pile.tenant, pile.free, step.*
                  FROM (
                    SELECT pile.*
                      FROM (SELECT *
                              FROM ranked
                              JOIN fitting ON NOT fitting.begins OR ranked.free > 0
                             WHERE ranked.rank = tied.rank) AS pile
                     CROSS JOIN LATERAL (
                        SELECT step.submitted_at, step.id
                          FROM step
                         WHERE {in_pile} AND {fits}
                         ORDER BY step.submitted_at, step.id
                         LIMIT 1) AS first
                     ORDER BY first.submitted_at, first.id
                     LIMIT {candidates}) AS pile
                 CROSS JOIN LATERAL (
                    SELECT step.id, step.job_id, step.submitted_at, step.cores, step.memory_bytes,
                           step.isolated
                      FROM step
                     WHERE {in_pile} AND {fits}
                     ORDER BY step.submitted_at, step.id
                     LIMIT {candidates}) AS step
                 ORDER BY step.submitted_at, step.id
                 LIMIT {candidates}) AS of_rank
             LIMIT {candidates}) AS of_level
         WHERE level.priority IS NOT NULL
         LIMIT {candidates}) AS next) AS turn
  JOIN job ON job.id = turn.job_id
 WHERE NOT begins OR of_all <= (SELECT free FROM place) AND of_tenant <= turn.free
 ORDER BY turn.place
"""

_FITS = """(step.not_before IS NULL OR step.not_before <= now())
           AND (%(idle)s OR NOT step.isolated)
           AND least(step.memory_bytes, %(memory)s) <= %(spare_memory)s"""

# Asked last, and of steps of class gpu alone.
_ON_A_DEVICE = """
           AND (step.resource <> 'gpu'
                OR EXISTS (SELECT FROM unnest(%(devices)s::text[], %(kinds)s::text[],
                                              %(sessions)s::int[], %(pixels_per_s)s::float8[])
                                       AS spare (key, kind, sessions, pixels_per_s)
                            WHERE spare.kind = step.device_kind
                              AND spare.sessions >= step.sessions
                              AND spare.pixels_per_s >= step.pixels_per_s
                              AND NOT step.avoids ? spare.key))"""

_IN_PILE = """step.state = 'QUEUED' AND step.resource = pile.resource
           AND step.begins = pile.begins AND step.cores = pile.cores
           AND step.priority = level.priority
           AND step.tenant = pile.tenant AND step.catalog = pile.catalog"""
