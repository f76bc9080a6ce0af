"""A backlog to measure on: jobs, steps, needs and generations, written by PostgreSQL itself.

Nearly half of the jobs wait, half have ended, one in a hundred was begun and is being analysed,
encoded or measured. They lie in 200 groups: five priorities, ten tenants, four catalogs of each.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import psycopg

GROUPS = 200
WAITING, BEGUN = 0.475, 0.01  # of all jobs
GENERATIONS = 0.2  # for each job: two of one asset in ten
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One step of every job; QUEUED in the phase of its title in which it is `ready`, if in any.

    Phase 1 analyses, 2 encodes, 3 measures; in phase 0 a job waits, by 9 it has ended. Earlier
    steps are DONE, later ones BLOCKED. `cores` of 0 are 3, 6 or 12, by the title.
    """

    key: str
    resource: str
    cores: float
    memory_mib: int
    needs: str
    phase: int
    ready: bool = False


TITLE = (
    Row("ingest", "io", 0.25, 128, "", 0, ready=True),
    Row("analyze", "cpu", 2.0, 1024, "ingest", 1, ready=True),
    Row("cut", "io", 0.1, 64, "analyze", 1),
    Row("ladder", "io", 0.1, 64, "cut", 1),
    *(Row(f"encode:{chunk}", "cpu", 0.0, 2200, "ladder", 2, ready=True) for chunk in range(5)),
    Row("audio", "cpu", 0.75, 128, "ladder", 2, ready=True),
    Row("text", "io", 0.25, 128, "ladder", 2, ready=True),
    Row("chapters", "io", 0.1, 64, "ladder", 2, ready=True),
    Row("thumbnails", "qc", 0.75, 400, "ladder", 2, ready=True),
    *(Row(f"stitch:{rung}", "io", 0.5, 128, f"encode:{rung}", 3) for rung in range(2)),
    Row("package", "io", 1.0, 512, "stitch:0", 3),
    *(Row(f"measure:{rung}", "qc", 1.5, 300, "package", 4, ready=True) for rung in range(2)),
    Row("verify", "qc", 1.0, 512, "measure:0", 5),
    Row("publish", "io", 0.25, 256, "verify", 5),
)


def fill(url: str, jobs: int, seed: int) -> None:
    """Write the backlog of `jobs` jobs into an empty database, its statistics taken."""
    values = {
        "jobs": jobs,
        "seed": seed,
        "waiting": round(jobs * WAITING),
        "begun": max(6, round(jobs * BEGUN)),
        "groups": GROUPS,
        "generations": round(jobs * GENERATIONS),
        "title": json.dumps([{"place": place, **asdict(row)} for place, row in enumerate(TITLE)]),
        "mib": MIB,
        "spec": json.dumps({"origin": "s3://origin/vod", "source": "s3://in/title.mov"}),
    }
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        # References are right as they are made; checking them would take most of the time.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        for statement in (_TITLES, _JOBS, _STEPS, _NEEDS, _GENERATIONS, _BLOCKED):
            connection.execute(statement, values)
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")  # what was written must not be measured


# Ids hash the number: they come in no order, as those of real jobs.
_TITLES = """
CREATE TEMP TABLE title AS
SELECT number, md5(number::text) AS id, (part %% 5) * 5 - 10 AS priority,
       'tenant-' || part / 5 %% 10 AS tenant,
       CASE WHEN part / 50 = 0 THEN '' ELSE 'catalog-' || part / 50 END AS catalog,
       CASE WHEN place <= %(begun)s THEN (ARRAY[1, 2, 4])[1 + place %% 3]
            WHEN place <= %(begun)s + %(waiting)s THEN 0 ELSE 9 END AS phase,
       now() - make_interval(secs => %(jobs)s - number) AS created_at
  FROM (SELECT number, abs(hashint8extended(number, %(seed)s)) %% %(groups)s AS part,
               row_number() OVER (ORDER BY hashint8extended(number, %(seed)s + 1)) AS place
          FROM generate_series(1, %(jobs)s) AS number) AS drawn
"""

_JOBS = """
INSERT INTO job (id, tenant, asset, request, state, priority, catalog, spec,
                 created_at, begun_at, finished_at)
SELECT id, tenant, 'title-' || number, id,
       CASE phase WHEN 0 THEN 'QUEUED' WHEN 9 THEN 'PUBLISHED' ELSE 'RUNNING' END,
       priority, catalog, %(spec)s, created_at,
       CASE WHEN phase > 0 THEN created_at END, CASE WHEN phase = 9 THEN created_at END
  FROM title
"""

# Of the steps that could run, each begun title has one that does: the first.
_STEPS = """
INSERT INTO step (id, job_id, key, kind, label, params, inputs, state, begins, resource, cores,
                  memory_bytes, isolated, priority, tenant, catalog, submitted_at, queued_at,
                  worker, lease_until, started_at, finished_at, epoch, attempts, errors,
                  lost_leases, progress, parts, reused)
SELECT nextval('step_id_seq'), title.id, row.key, split_part(row.key, ':', 1), row.key,
       jsonb_build_object('clock', '25/1', 'number', title.number), jsonb_build_array(row.needs),
       made.state, title.phase = 0 AND made.state = 'QUEUED', row.resource,
       CASE WHEN row.cores > 0 THEN row.cores ELSE (ARRAY[3, 6, 12])[1 + title.number %% 3] END,
       row.memory_mib * %(mib)s, false, title.priority, title.tenant, title.catalog,
       title.created_at, title.created_at,
       CASE WHEN made.state = 'RUNNING' THEN 'worker-' || title.number %% 40 END,
       CASE WHEN made.state = 'RUNNING' THEN now() + interval '1 day' END,
       CASE WHEN made.state IN ('RUNNING', 'DONE') THEN title.created_at END,
       CASE WHEN made.state = 'DONE' THEN title.created_at END,
       1, 1, 0, 0, 0,
       CASE WHEN made.state = 'DONE' THEN jsonb_build_object('', md5(title.id || row.key)) END,
       false
  FROM title
 CROSS JOIN jsonb_to_recordset(%(title)s) AS row
       (place int, key text, resource text, cores float8, memory_mib bigint, needs text, phase int,
        ready boolean)
 CROSS JOIN LATERAL (
    SELECT CASE WHEN row.phase < title.phase THEN 'DONE'
                WHEN row.phase > title.phase OR NOT row.ready THEN 'BLOCKED'
                WHEN title.phase > 0 AND row.key IN ('analyze', 'encode:0', 'measure:0')
                     THEN CASE WHEN title.number %% 2 = 0 THEN 'RUNNING' ELSE 'QUEUED' END
                ELSE 'QUEUED' END AS state) AS made
 ORDER BY title.number, row.place
"""

_NEEDS = """
INSERT INTO need (step_id, needs_id)
SELECT step.id, needed.id
  FROM step JOIN step AS needed
    ON needed.job_id = step.job_id AND needed.key = step.inputs ->> 0
"""

# In pairs: the first of an asset superseded lately, but for one in a hundred, which is due.
_GENERATIONS = """
INSERT INTO generation (origin, tenant, asset, number, digest, job_id, created_at, published_at,
                        superseded_at)
SELECT 's3://origin/vod', tenant, 'title-' || number, pair, md5(id || pair), id, created_at,
       created_at,
       CASE WHEN pair = 1 THEN
            now() - CASE WHEN place %% 100 = 0 THEN interval '2 days' ELSE interval '1 hour' END
       END
  FROM (SELECT *, row_number() OVER (ORDER BY number) AS place FROM title WHERE phase = 9) AS ended
 CROSS JOIN generate_series(1, 2) AS pair
 WHERE place <= %(generations)s / 2
"""

_BLOCKED = """
INSERT INTO blocked_steps (resource, steps)
SELECT resource, count(*) FROM step WHERE state = 'BLOCKED' GROUP BY resource
"""
