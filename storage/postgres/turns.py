"""Whose turn it is, as one statement: index probes into `step_turn`, however long the backlog is.

The index begins with what a worker may have no room for: class, whether the step would begin its
job, cores. What fits of these (a shelf) is searched group by group, a group being one catalog of
one tenant: a loose index scan goes from the first step of a group straight to the first of the
next. The highest priority comes first; lower ones are searched only while there are too few turns.

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
    titles, titles_of_tenant. Its columns: step id, job id, resource, whether the job waits, cores,
    memory, whether the step is isolated.
    """
    return _NEXT_TURNS.format(
        fits=_FITS,
        in_group=_IN_GROUP,
        classes=", ".join(f"'{resource.value}'" for resource in resources),
        candidates=candidates,
        light_below=light_below_cores,
    )


# A probe under LATERAL seeks by equality with its shelf and one comparison of rows; beside `= ANY`
# it could not. A group is ranked by its first step that fits: a turn among the first so many is of
# a group among the first so many. What a limit leaves no place for is left out before that, so that
# it stands before nobody.
_NEXT_TURNS = """
WITH RECURSIVE begun AS MATERIALIZED (
    SELECT tenant, count(*) AS titles
      FROM job
     WHERE begun_at IS NOT NULL AND finished_at IS NULL AND %(limited)s
     GROUP BY tenant
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
           row_number() OVER (PARTITION BY begins ORDER BY priority DESC, place) AS of_all,
           row_number() OVER (PARTITION BY begins, tenant
                              ORDER BY priority DESC, place) AS of_tenant
      FROM (
        -- Levels come in order, and none is searched after there are enough: hence no ORDER BY.
        SELECT level.priority, of_level.*
          FROM level
         CROSS JOIN LATERAL (
            WITH RECURSIVE step_group AS (
                SELECT fitting.*, first.*
                  FROM fitting
                 CROSS JOIN LATERAL (
                    SELECT step.tenant, step.catalog, step.submitted_at, step.id, {fits} AS fits
                      FROM step
                     WHERE step.state = 'QUEUED' AND step.resource = fitting.resource
                       AND step.begins = fitting.begins AND step.cores = fitting.cores
                       AND step.priority = level.priority
                     ORDER BY step.tenant, step.catalog, step.submitted_at, step.id
                     LIMIT 1) AS first
                UNION ALL
                SELECT step_group.resource, step_group.begins, step_group.cores, further.*
                  FROM step_group
                 CROSS JOIN LATERAL (
                    SELECT step.tenant, step.catalog, step.submitted_at, step.id, {fits} AS fits
                      FROM step
                     WHERE step.state = 'QUEUED' AND step.resource = step_group.resource
                       AND step.begins = step_group.begins AND step.cores = step_group.cores
                       AND step.priority = level.priority
                       AND (step.tenant, step.catalog) > (step_group.tenant, step_group.catalog)
                     ORDER BY step.tenant, step.catalog, step.submitted_at, step.id
                     LIMIT 1) AS further
            ),
            ranked AS (
                SELECT step_group.*,
                       coalesce(tenant_at_work.cores, 0) AS tenant_cores,
                       coalesce(at_work.cores, 0) AS catalog_cores,
                       coalesce(nullif(%(titles_of_tenant)s, 0) - coalesce(begun.titles, 0),
                                {candidates}) AS free
                  FROM step_group
                  LEFT JOIN tenant_at_work USING (tenant)
                  LEFT JOIN at_work USING (tenant, catalog)
                  LEFT JOIN begun USING (tenant)
            ),
            foremost AS (
                SELECT ranked.*
                  FROM ranked
                  LEFT JOIN LATERAL (
                    SELECT step.submitted_at, step.id
                      FROM step
                     WHERE NOT ranked.fits AND {in_group} AND {fits}
                     ORDER BY step.submitted_at, step.id
                     LIMIT 1) AS later ON true
                 WHERE (ranked.fits OR later.id IS NOT NULL) AND (NOT begins OR free > 0)
                 ORDER BY tenant_cores, catalog_cores,
                          coalesce(later.submitted_at, ranked.submitted_at),
                          coalesce(later.id, ranked.id)
                 LIMIT {candidates}
            )
            SELECT ranked.resource, ranked.begins, ranked.tenant, ranked.free, step.*,
                   row_number() OVER (ORDER BY tenant_cores, catalog_cores,
                                      step.submitted_at, step.id) AS place
              FROM foremost AS ranked
             CROSS JOIN LATERAL (
                SELECT step.id, step.job_id, step.submitted_at, step.cores, step.memory_bytes,
                       step.isolated
                  FROM step
                 WHERE {in_group} AND {fits}
                 ORDER BY step.submitted_at, step.id
                 LIMIT {candidates}) AS step
             ORDER BY place
             LIMIT {candidates}) AS of_level
         WHERE level.priority IS NOT NULL
         LIMIT {candidates}) AS next) AS turn
  JOIN job ON job.id = turn.job_id
 WHERE NOT begins OR of_all <= (SELECT free FROM place) AND of_tenant <= turn.free
 ORDER BY turn.priority DESC, turn.place
"""

_FITS = """(step.not_before IS NULL OR step.not_before <= now())
           AND (%(idle)s OR NOT step.isolated)
           AND least(step.memory_bytes, %(memory)s) <= %(spare_memory)s"""

_IN_GROUP = """step.state = 'QUEUED' AND step.resource = ranked.resource
           AND step.begins = ranked.begins AND step.cores = ranked.cores
           AND step.priority = level.priority
           AND step.tenant = ranked.tenant AND step.catalog = ranked.catalog"""
