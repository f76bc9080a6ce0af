"""Steps that are done again with something changed, and what of their job stays as it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from farm.access import EVERY_TENANT
from farm.errors import Cancelled
from farm.events import EventType, News
from farm.plan import ChangedStep, StepPlan
from farm.states import JobState, StepState
from storage.postgres import control, reopening
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import EventRow, Step
from tests.service.leased import (
    beat,
    finish,
    ids,
    job_state,
    reap,
    states,
    submit,
    take,
    try_to_take,
)

# `beside` comes after what is done again, but uses nothing of it; `late` had begun on the old one.
TITLE = (
    StepPlan("a", "ingest"),
    StepPlan("join", "stitch", inputs=("a",)),
    StepPlan("other", "stitch", inputs=("a",)),
    StepPlan("pack", "package", inputs=("join", "other")),
    StepPlan("beside", "thumbnails", inputs=("a",), after=("pack",)),
    StepPlan("late", "measure", inputs=("join",)),
    StepPlan("judge", "verify", inputs=("pack", "beside")),
    StepPlan("publish", "publish", inputs=("pack", "judge")),
)
MORE = StepPlan("encode:more", "encode", inputs=("a",))
CHANGE = ChangedStep("join", {"more": True}, ("encode:more",))
NEWS = News(EventType.RENDITION_REPAIRED, {"name": "join"})


def judged(database: Database) -> tuple[str, Claim, Claim]:
    """Return a job whose `judge` and `late` run, all that is before them being done."""
    job_id, [a] = submit(database, *TITLE)
    freed = finish(database, take(database, a))
    while len(freed) > 0:
        [first, *freed] = freed
        if key(database, first) in ("late", "judge"):
            continue
        freed += finish(database, take(database, first))
    late, judge = (take(database, step_id(database, job_id, each)) for each in ("late", "judge"))
    return job_id, late, judge


def key(database: Database, step_id: int) -> str:
    with database.begin() as session:
        return session.get_one(Step, step_id).key


def step_id(database: Database, job_id: str, key: str) -> int:
    with database.begin() as session:
        return session.scalars(select(Step.id).where(Step.job_id == job_id, Step.key == key)).one()


def reopen(database: Database, judge: Claim) -> list[int]:
    with database.begin() as session:
        return ids(reopening.reopen(session, judge, [MORE], [CHANGE], [NEWS]))


def test_what_builds_on_a_changed_step_is_done_again_and_nothing_else(database: Database) -> None:
    job_id, late, judge = judged(database)
    freed = reopen(database, judge)
    done, blocked, queued = StepState.DONE, StepState.BLOCKED, StepState.QUEUED
    assert states(database, job_id) == {
        **{"a": done, "other": done, "beside": done, "encode:more": queued},
        **{"join": blocked, "pack": blocked, "late": blocked, "judge": blocked},
        "publish": blocked,
    }
    assert freed == [step_id(database, job_id, "encode:more")]
    with database.begin() as session:
        join = session.get_one(Step, step_id(database, job_id, "join"))
        assert (join.params, join.inputs) == ({"more": True}, ["a", "encode:more"])
        assert (join.parts, join.progress, join.cpu_s) == (None, 0.0, 2.0)
        assert session.get_one(Step, judge.step_id).attempts == 0
        told = select(EventRow.data).where(EventRow.type == NEWS.type, EventRow.job_id == job_id)
        assert session.scalars(told).all() == [NEWS.data]
    assert not beat(database, late)  # who still had it is fenced off
    for expected in ("encode:more", "join", "late", "pack", "judge", "publish"):
        todo = step_id(database, job_id, expected)
        assert states(database, job_id)[expected] == queued, expected
        finish(database, take(database, todo))
    assert job_state(database, job_id) == JobState.PUBLISHED
    with database.begin() as session:
        join = session.get_one(Step, step_id(database, job_id, "join"))
        assert (join.attempts, join.cpu_s) == (2, 4.0)  # both count as spent


def test_a_step_that_was_taken_away_reopens_nothing(database: Database) -> None:
    job_id, _, judge = judged(database)
    with database.begin() as session:
        session.get_one(Step, judge.step_id).epoch += 1
    before = states(database, job_id)
    with pytest.raises(Cancelled):
        reopen(database, judge)
    assert states(database, job_id) == before


def test_a_cancelled_job_reopens_nothing(database: Database) -> None:
    job_id, _, judge = judged(database)
    with database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, job_id)
    with pytest.raises(Cancelled):
        reopen(database, judge)
    assert "encode:more" not in states(database, job_id)


def test_in_a_paused_job_nothing_starts_until_it_goes_on(database: Database) -> None:
    job_id, _, judge = judged(database)
    with database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    assert reopen(database, judge) == []
    assert states(database, job_id)["encode:more"] == StepState.BLOCKED
    with database.begin() as session:
        control.resume(session, EVERY_TENANT, job_id)
    assert try_to_take(database, step_id(database, job_id, "encode:more")) is not None
    assert reap(database) == []
