"""Of two submissions of an asset the newer one is what players get, whichever comes last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from farm.settings import Settings
from farm.states import JobState
from storage.postgres import generations, leases
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.leases import Cost
from storage.postgres.models import Job
from tests.conftest import MakeContext
from tests.service.publication import Desk, led_to_in_full, run
from tests.waiting import HANGS_AFTER_S
from workers.upkeep.housekeeping import keep_house

COST = Cost(1.0, 1.0, 1, None)
DAY_H = 25.0  # more than a superseded generation is kept for
TITLE_OBJECTS = 7


@pytest.fixture
def desk(database: Database, step_context: MakeContext, settings: Settings, tmp_path: Path) -> Desk:
    return Desk(database, step_context, settings, tmp_path, str(tmp_path / "origin"))


def publish(desk: Desk, claimed: Claim, mark: str, check: Callable[[], None] | None = None) -> int:
    """Publish a title in the step of a job and complete that; return its generation."""
    context = desk.context(claimed, mark)
    published = run(replace(context, check_wanted=check) if check else context)
    with desk.database.begin() as session:
        leases.complete(session, claimed, {}, {}, (), COST)
    return published.generation


def state_of(desk: Desk, claimed: Claim) -> str:
    with desk.database.begin() as session:
        return session.scalars(select(Job.state).where(Job.id == claimed.job_id)).one()


class Pause:
    """A `check_wanted` that holds a publisher between its two pointers."""

    def __init__(self) -> None:
        self._calls = iter(range(TITLE_OBJECTS + 1))
        self.reached = threading.Event()
        self.over = threading.Event()

    def __call__(self) -> None:
        if next(self._calls, None) is None:
            self.reached.set()
            assert self.over.wait(HANGS_AFTER_S)


@pytest.fixture
def pause() -> Iterator[Pause]:
    held = Pause()
    yield held
    held.over.set()


def wait_for_a_waiter(desk: Desk) -> None:
    """Return when somebody waits for the lock of an asset."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(round(HANGS_AFTER_S / 0.05)):
        with desk.database.begin() as session:
            if session.scalar(waiting):
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody waits for the asset's lock")


def test_an_older_job_that_comes_last_ends_superseded_and_its_generation_is_kept(
    desk: Desk,
) -> None:
    older, newer = desk.claim(), desk.claim()
    assert (publish(desk, newer, "new"), publish(desk, older, "old")) == (1, 2)
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    assert desk.rows() == {1: "published", 2: "superseded"}
    with desk.database.begin() as session:
        states = [session.get_one(Job, claimed.job_id).state for claimed in (older, newer)]
        error = session.get_one(Job, older.job_id).error
    assert states == [JobState.SUPERSEDED, JobState.PUBLISHED]
    assert error == {
        "code": "superseded",
        "message": f"nothing is wrong: job {newer.job_id}, submitted after this one, had"
        " published title already, so that this one did not replace it",
        "detail": {"superseded_by": newer.job_id},
    }
    assert not keep_house(desk.database, desk.settings).anything
    [kept] = [folder for folder in _folders(desk) if folder.startswith("g2-")]
    assert len(desk.objects(f"{desk.asset.folder}/{kept}/")) == TITLE_OBJECTS
    desk.age(2, DAY_H)
    assert keep_house(desk.database, desk.settings).generations == 1
    # Its number is kept, so that nobody can be given it again.
    assert desk.rows() == {1: "published", 2: "superseded removing gone"}


def _folders(desk: Desk) -> set[str]:
    return {key.split("/")[2] for key in desk.objects() if key.count("/") > 2}


def test_an_older_job_that_comes_while_the_newer_one_publishes_waits_and_is_superseded(
    desk: Desk, pause: Pause
) -> None:
    older, newer = desk.claim(), desk.claim()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(publish, desk, newer, "new", pause)
        assert pause.reached.wait(HANGS_AFTER_S)
        second = threads.submit(publish, desk, older, "old")
        wait_for_a_waiter(desk)
        pause.over.set()
        assert (first.result(), second.result()) == (1, 2)
    assert (state_of(desk, newer), state_of(desk, older)) == ("PUBLISHED", "SUPERSEDED")
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    assert desk.rows() == {1: "published", 2: "superseded"}


def test_a_newer_job_that_comes_while_the_older_one_publishes_takes_over(
    desk: Desk, pause: Pause
) -> None:
    older, newer = desk.claim(), desk.claim()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(publish, desk, older, "old", pause)
        assert pause.reached.wait(HANGS_AFTER_S)
        second = threads.submit(publish, desk, newer, "new")
        wait_for_a_waiter(desk)
        pause.over.set()
        assert (first.result(), second.result()) == (1, 2)
    assert (state_of(desk, older), state_of(desk, newer)) == ("PUBLISHED", "PUBLISHED")
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    assert desk.rows() == {1: "published superseded", 2: "published"}


def test_an_older_job_with_the_newer_ones_content_leaves_it_current(desk: Desk) -> None:
    oldest, older, newer = desk.claim(), desk.claim(), desk.claim()
    assert (publish(desk, newer, "same"), publish(desk, older, "same")) == (1, 1)
    assert (state_of(desk, newer), state_of(desk, older)) == ("PUBLISHED", "SUPERSEDED")
    with desk.database.begin() as session:
        job = session.get_one(Job, oldest.job_id)
        assert generations.published_since(session, desk.asset, job) == newer.job_id
    assert led_to_in_full(desk.origin, desk.asset) == "same"
    assert desk.rows() == {1: "published"}


def test_a_publisher_that_lost_its_lease_after_its_pointers_yields_to_a_newer_job(
    desk: Desk,
) -> None:
    older, newer = desk.claim(), desk.claim()
    run(desk.context(older, "old"))  # and before it could complete, the other one published
    publish(desk, newer, "new")
    publish(desk, older, "old")
    assert (state_of(desk, older), state_of(desk, newer)) == ("SUPERSEDED", "PUBLISHED")
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    assert desk.rows() == {1: "published superseded", 2: "published"}


def test_newer_submissions_of_other_assets_supersede_nothing(desk: Desk) -> None:
    older, newer = desk.claim(), desk.claim("other")
    publish(desk, newer, "new")
    publish(desk, older, "old")
    assert state_of(desk, older) == JobState.PUBLISHED
    assert led_to_in_full(desk.origin, desk.asset) == "old"


def test_a_newer_submission_that_has_not_published_supersedes_nothing(desk: Desk) -> None:
    older, newer = desk.claim(), desk.claim()
    publish(desk, older, "old")
    assert state_of(desk, older) == JobState.PUBLISHED
    desk.end(newer, JobState.FAILED)
    assert led_to_in_full(desk.origin, desk.asset) == "old"
