"""What steps and titles took lately: what forecasts are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from storage.postgres import statements

STEPS_OF_A_KIND = 60
TITLES = 40


class StepTaken(NamedTuple):
    """A step that was done: what it had to do, and what that took."""

    kind: str
    work: float
    cores: float
    wall_s: float
    cpu_s: float


class TitleWork(NamedTuple):
    """What the steps of one kind of one published title had to do."""

    job_id: str
    kind: str
    resource: str
    cores: float
    work: float


class RungRate(NamedTuple):
    """What a rung of a title came to."""

    rung: str
    max_bps: float
    average_bps: float


def steps_lately(session: Session, kinds: Sequence[str]) -> list[StepTaken]:
    """Return the last steps of each of these kinds that were not reused, the newest first."""
    rows = statements.rows(session, _STEPS, kinds=list(kinds), each=STEPS_OF_A_KIND)
    return [StepTaken(*row) for row in rows]


def titles_lately(session: Session) -> list[TitleWork]:
    """Return what the last published titles had to be done for, kind by kind."""
    return [TitleWork(*row) for row in statements.rows(session, _TITLES, titles=TITLES)]


def rates_lately(session: Session) -> list[RungRate]:
    """Return the rates of the rungs of the last titles that were packaged, of all tenants."""
    return [RungRate(*row) for row in statements.rows(session, _RATES, titles=TITLES)]


_STEPS = """
SELECT lately.*
  FROM unnest(CAST(%(kinds)s AS text[])) AS wanted (kind)
 CROSS JOIN LATERAL (
    SELECT step.kind, step.work, step.cores, step.wall_s, step.cpu_s
      FROM step
     WHERE step.kind = wanted.kind AND step.state = 'DONE' AND NOT step.reused
       AND step.work IS NOT NULL
     ORDER BY step.finished_at DESC
     LIMIT %(each)s) AS lately
"""

_TITLES = """
WITH lately AS MATERIALIZED (
    SELECT id FROM job WHERE state = 'PUBLISHED'
     ORDER BY created_at DESC, submission DESC LIMIT %(titles)s
)
SELECT step.job_id, step.kind, step.resource, avg(step.cores), sum(step.work)
  FROM lately JOIN step ON step.job_id = lately.id
 WHERE step.state = 'DONE' AND NOT step.reused AND step.work IS NOT NULL
 GROUP BY step.job_id, step.kind, step.resource
"""

_RATES = "SELECT rung, max_bps, average_bps FROM packaged_lately(%(titles)s)"
