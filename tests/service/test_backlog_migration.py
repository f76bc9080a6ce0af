"""A database that the version before filled is brought up to date, and its work goes on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from farm.access import EVERY_TENANT
from farm.plan import Resource
from farm.states import JobState
from storage.postgres import control, overview
from storage.postgres.admission import Room, TitleLimits
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Job, Step
from storage.postgres.overview import Backlog
from tests.conftest import REPOSITORY
from workers.engine.turns import Turns

ROOM = Room(tuple(Resource), 8, 1 << 40, 8.0, 9.0, 1 << 40, idle=True)


@pytest.fixture
def before(database_url: str) -> Iterator[Database]:
    """A database of its own, of 0003, with jobs that wait, run and rest."""
    name = f"before_{uuid.uuid4().hex[:8]}"
    server = Database(database_url, pool_size=1)
    with server.autocommit() as driver:
        driver.execute(f"CREATE DATABASE {name}".encode())
    database = Database(database_url.replace("/postgres?", f"/{name}?"))
    with database.begin() as session:
        config = Config()
        config.set_main_option("script_location", str(REPOSITORY / "migrations"))
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0003")
    with database.begin() as session:
        for statement in (_JOBS, _STEPS):
            session.execute(text(statement))
    yield database
    database.close()
    with server.autocommit() as driver:
        driver.execute(f"DROP DATABASE {name}".encode())
    server.close()


_JOBS = """
INSERT INTO job (id, tenant, asset, request, state, priority, catalog, spec)
SELECT id, 'one', id, id, state, 0, '', '{}'
  FROM (VALUES ('waits', 'QUEUED'), ('runs', 'RUNNING'), ('rests', 'PAUSED'),
               ('rested', 'PAUSED'), ('resumed', 'RUNNING')) AS job (id, state)
"""

_STEPS = """
INSERT INTO step (id, job_id, key, kind, label, params, inputs, state, resource, cores,
                  memory_bytes, isolated, priority, tenant, catalog, submitted_at, epoch, attempts,
                  errors, lost_leases, progress, reused, started_at)
SELECT number, job_id, key, 'audio', '', '{}', '[]', state, 'cpu', 1, 1, false, 0, 'one', '',
       now() + make_interval(secs => number), 0, 0, 0, 0, 0, false,
       CASE WHEN state = 'DONE' THEN now() END
  FROM (VALUES (1, 'waits', 'a', 'QUEUED'), (2, 'waits', 'b', 'BLOCKED'),
               (3, 'runs', 'a', 'DONE'), (4, 'runs', 'b', 'QUEUED'), (5, 'runs', 'c', 'BLOCKED'),
               (6, 'rests', 'a', 'DONE'), (7, 'rests', 'b', 'BLOCKED'),
               (8, 'rested', 'a', 'BLOCKED'), (9, 'resumed', 'a', 'QUEUED'))
       AS step (number, job_id, key, state)
"""


def test_what_was_begun_has_its_place_and_what_waits_waits(before: Database) -> None:
    migrate(before)
    with before.begin() as session:
        begun = session.scalars(select(Job.id).where(Job.begun_at.is_not(None)).order_by(Job.id))
        assert list(begun) == ["rests", "resumed", "runs"]
        assert list(session.scalars(select(Step.id).where(Step.begins))) == [1]
        snapshot = overview.farm_snapshot(session, alive_within_s=60.0)
    assert snapshot.steps == (Backlog("cpu", "BLOCKED", 4), Backlog("cpu", "QUEUED", 3))
    assert snapshot.jobs == {"QUEUED": 1, "RUNNING": 2, "PAUSED": 2}


def test_its_steps_are_taken_as_limits_allow(before: Database) -> None:
    migrate(before)
    turns = Turns(before, "here:1", 60.0, TitleLimits(titles=3))
    claimed = [turns.claim_next(ROOM) for _ in range(3)]
    assert [claim.job_id if claim else None for claim in claimed] == ["runs", "resumed", None]
    with before.begin() as session:
        assert control.resume(session, EVERY_TENANT, "rested")[0] == JobState.QUEUED
    turns = Turns(before, "here:1", 60.0, TitleLimits())
    claimed = [turns.claim_next(ROOM) for _ in range(3)]
    assert [claim.job_id if claim else None for claim in claimed] == ["waits", "rested", None]


def test_the_schema_can_be_taken_back(before: Database) -> None:
    migrate(before)
    with before.begin() as session:
        config = Config()
        config.set_main_option("script_location", str(REPOSITORY / "migrations"))
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "0003")
        assert session.scalar(text("SELECT count(*) FROM step WHERE state = 'QUEUED'")) == 3
    migrate(before)
