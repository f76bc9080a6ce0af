"""Retention on a real PostgreSQL: what nobody needs goes in its time, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from farm.errors import Cancelled
from farm.parts import FileRef, Part
from farm.plan import Resource, StepPlan
from farm.settings import Settings
from farm.states import JobState, StepState
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import work_store
from storage.postgres import artifacts, claims, generations, jobs, leases, uploads
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered
from storage.postgres.models import Artifact, Delivery, Generation, Job, Need, Step, Upload
from tests.conftest import a_spec
from workers.upkeep import retention as upkeep
from workers.upkeep.housekeeping import keep_house
from workers.upkeep.retention import JOBS_AT_ONCE, Gone, let_go

COST = leases.Cost(1.0, 1.0, 1, None)
NOTHING = Gone(marked=0, parts=0, jobs=0, deliveries=0)
FIRST = StepPlan("first", "audio")
SECOND = StepPlan("second", "package", inputs=("first",))
HOOK = "https://cms.example.com/hook"


@dataclass(frozen=True, slots=True)
class House:
    """A farm's tables and work store; its settings are the defaults."""

    database: Database
    settings: Settings

    @property
    def work(self) -> ObjectStore:
        return work_store(self.settings)

    def submit(self, *steps: StepPlan, **changes: Any) -> str:
        with self.database.begin() as session:
            spec = a_spec(Path("a.mp4"), Path("out"), **changes)
            return jobs.submit(session, spec, steps or (FIRST, SECOND), "request")[0]

    def claim(self, job_id: str, key: str = "first") -> Claim:
        with self.database.begin() as session:
            of_job = select(Step.id).where(Step.job_id == job_id, Step.key == key)
            turn = Turn(session.scalars(of_job).one(), job_id, Resource.CPU, job_waits=True)
            claimed = claims.claim_first(session, turn, "here:1", 60.0)
        assert claimed is not None
        return claimed

    def make(self, claimed: Claim, fingerprint: str) -> None:
        """Complete a step with a part of one file."""
        folder = f"work/{fingerprint[:2]}/{fingerprint}/{claimed.step_id}-{claimed.epoch}"
        with self.database.begin() as session:
            uploads.begin(session, folder, claimed.step_id, claimed.epoch)
        info = self.work.put_bytes(f"{folder}/file", fingerprint.encode(), Headers())
        part = Part({"made": fingerprint}, {"file": FileRef(info.key, info.sha256, 3)})
        with self.database.begin() as session:
            made = {"": (fingerprint, part)}
            leases.complete(session, claimed, made, {"": fingerprint}, (), COST)

    def reuse(self, claimed: Claim, fingerprint: str) -> None:
        """Complete a step with a part that is there."""
        with self.database.begin() as session:
            leases.complete(session, claimed, {}, {"": fingerprint}, (), COST)

    def known(self, *fingerprints: str) -> set[str]:
        with self.database.begin() as session:
            return set(artifacts.known(session, fingerprints))

    def end(self, job_id: str, state: JobState = JobState.FAILED) -> None:
        with self.database.begin() as session:
            jobs.finish(session, jobs.lock(session, job_id), state, None)

    def age(self, days: float) -> None:
        """Let all that ended, was made or was used be older."""
        passed = timedelta(days=days)
        with self.database.begin() as session:
            session.execute(update(Job).values(finished_at=Job.finished_at - passed))
            session.execute(
                update(Artifact).values(
                    used_at=Artifact.used_at - passed, created_at=Artifact.created_at - passed
                )
            )
            session.execute(
                update(Delivery).values(
                    delivered_at=Delivery.delivered_at - passed,
                    gave_up_at=Delivery.gave_up_at - passed,
                )
            )

    def let_go(self, **changes: float) -> Gone:
        return let_go(self.database, self.settings.model_copy(update=changes))

    def count(self, *tables: type[Any]) -> list[int]:
        with self.database.begin() as session:
            return [session.scalar(select(func.count()).select_from(t)) or 0 for t in tables]

    def objects(self) -> list[str]:
        """Return the fingerprints of the parts that files are there of."""
        return sorted(found.key.split("/")[2] for found in self.work.listed(""))

    def keep_house(self) -> None:
        keep_house(self.database, self.settings)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, Settings(state_dir=tmp_path / "state"))


def test_a_part_goes_in_three_steps_its_record_last(house: House) -> None:
    job_id = house.submit(FIRST)
    house.make(house.claim(job_id), "abc")
    house.age(29)
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})
    house.age(31)  # it was used just now
    assert house.let_go() == replace(NOTHING, marked=1)
    assert (house.known("abc"), house.objects()) == (set(), ["abc"])
    house.keep_house()
    assert (house.objects(), house.count(Upload)) == ([], [0])
    with house.database.begin() as session:  # as the record reads it
        assert artifacts.of_job(session, job_id)["first"].facts == {"made": "abc"}
    house.age(60)
    assert house.let_go() == replace(NOTHING, jobs=1, parts=1)
    assert house.count(Job, Step, Need, Artifact) == [0, 0, 0, 0]


def test_what_an_unfinished_job_has_made_stays_however_old_it_is(house: House) -> None:
    job_id = house.submit()
    house.make(house.claim(job_id), "abc")
    house.age(1000)
    assert (house.let_go(), house.let_go(keep_work_s=0.0)) == (NOTHING, NOTHING)
    with house.database.begin() as session:
        jobs.pause(session, job_id)
    house.age(1000)
    assert house.let_go() == NOTHING
    with house.database.begin() as session:
        jobs.resume(session, job_id)
    house.make(house.claim(job_id, "second"), "def")
    assert house.let_go() == NOTHING  # its job has used it until now
    house.age(31)
    assert house.let_go() == replace(NOTHING, marked=2)


def test_a_job_that_ends_has_used_its_parts_until_then(house: House) -> None:
    job_id = house.submit()
    house.make(house.claim(job_id), "abc")
    house.age(100)
    house.end(job_id)
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})


def test_a_part_that_a_step_looked_up_counts_as_used(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    house.age(31)
    assert house.known("abc") == {"abc"}
    assert (house.let_go(), house.known("abc")) == (NOTHING, {"abc"})


def test_a_use_is_written_down_once_an_hour(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")

    def used_at() -> object:
        with house.database.begin() as session:
            return session.scalar(select(Artifact.used_at))

    before = used_at()
    house.known("abc")
    assert used_at() == before
    house.age(2 / 24)
    aged = used_at()
    house.known("abc")
    assert used_at() != aged


def test_a_step_that_was_to_reuse_a_part_that_goes_meanwhile_starts_again(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    assert house.known("abc") == {"abc"}
    assert house.let_go(keep_work_s=0.0).marked == 1
    with pytest.raises(Cancelled, match="first: a part it was to reuse was just removed: it start"):
        house.reuse(claimed, "abc")
    with house.database.begin() as session:
        assert leases.stop(session, claimed) is not None
    second = house.claim(again)
    assert (second.epoch, house.known("abc")) == (2, set())
    house.make(second, "abc")  # in a folder of its own, before the old one is cleared
    assert house.let_go(keep_work_s=0.0) == NOTHING
    house.keep_house()
    assert (house.known("abc"), house.objects()) == ({"abc"}, ["abc"])
    assert len(house.claim(again, "second").found) == 1


def test_a_part_that_is_being_reused_is_not_removed_under_the_step(house: House) -> None:
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    with house.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        assert house.let_go(keep_work_s=0.0) == NOTHING  # and does not wait for the step
    house.reuse(claimed, "abc")
    assert house.let_go(keep_work_s=0.0) == NOTHING


def test_retention_sees_what_was_reused_before_it_has_the_rows(house: House) -> None:
    """The step completes between the two statements of a mark: its part is seen to be in use."""
    house.make(house.claim(house.submit(FIRST)), "abc")
    again = house.submit()
    claimed = house.claim(again)
    with ThreadPoolExecutor(1) as threads, house.database.begin() as session:
        artifacts.hold(session, claimed, ["abc"])
        leases.complete(session, claimed, {}, {"": "abc"}, (), COST)
        assert threads.submit(house.let_go, keep_work_s=0.0).result(60) == NOTHING
    assert house.let_go(keep_work_s=0.0) == NOTHING
    assert house.known("abc") == {"abc"}


def test_parts_in_use_do_not_hide_those_behind_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_AT_ONCE", 1)
    for number in range(3):
        house.make(house.claim(house.submit()), f"in-use-{number}")
    house.make(house.claim(house.submit(FIRST)), "unused")
    house.age(31)
    assert house.let_go() == replace(NOTHING, marked=1)
    assert house.known("unused", "in-use-0", "in-use-1") == {"in-use-0", "in-use-1"}


def test_jobs_go_in_batches_with_all_that_is_theirs(house: House) -> None:
    kept = house.submit()
    for _ in range(JOBS_AT_ONCE + 1):
        house.end(house.submit(webhook=HOOK), JobState.CANCELLED)
    with house.database.begin() as session:
        session.execute(update(Delivery).values(delivered_at=func.now()))
    house.age(89)
    assert house.let_go(keep_deliveries_s=1e10) == NOTHING
    house.age(2)
    assert house.let_go(keep_deliveries_s=1e10) == replace(NOTHING, jobs=JOBS_AT_ONCE + 1)
    assert house.count(Job, Step, Need, Delivery) == [1, 2, 1, 0]
    with house.database.begin() as session:
        assert session.scalars(select(Job.id)).all() == [kept]


def test_a_pass_does_so_much_and_the_next_one_the_rest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCHES", 2)
    monkeypatch.setattr(upkeep, "JOBS_AT_ONCE", 2)
    for _ in range(5):
        house.end(house.submit(), JobState.CANCELLED)
    house.age(91)
    assert [house.let_go().jobs for _ in range(3)] == [4, 1, 0]


def test_passes_at_once_share_the_work(house: House) -> None:
    for _ in range(2 * JOBS_AT_ONCE):
        house.end(house.submit(), JobState.CANCELLED)
    house.age(91)
    with ThreadPoolExecutor(4) as threads:
        gone = list(threads.map(lambda _: house.let_go().jobs, range(4)))
    assert (sum(gone), house.count(Job)) == (2 * JOBS_AT_ONCE, [0])


def test_a_job_stays_while_a_step_of_it_runs_or_a_delivery_is_owed(house: House) -> None:
    running, owed = house.submit(), house.submit(webhook=HOOK)
    claimed = house.claim(running)
    house.end(running, JobState.CANCELLED)
    house.end(owed, JobState.CANCELLED)
    house.age(1000)
    assert house.let_go() == NOTHING
    with house.database.begin() as session:
        leases.stop(session, claimed)
        session.execute(update(Delivery).values(gave_up_at=func.now()))
    assert house.let_go() == replace(NOTHING, jobs=2)


def test_a_job_stays_while_a_publisher_of_it_may_yet_wake_up(house: House) -> None:
    house.end(house.submit(), JobState.CANCELLED)
    assert house.let_go(keep_jobs_s=0.0) == NOTHING
    house.age(1.1)
    assert house.let_go(keep_jobs_s=0.0) == replace(NOTHING, jobs=1)


def test_deliveries_go_before_their_job_and_owed_ones_never(house: House) -> None:
    for _ in range(3):
        house.end(house.submit(webhook=HOOK), JobState.CANCELLED)
    with house.database.begin() as session:
        first, second, _ = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        first.delivered_at = second.gave_up_at = session.scalar(select(func.now()))
    house.age(13)
    assert house.let_go() == NOTHING
    house.age(2)
    assert house.let_go() == replace(NOTHING, deliveries=2)
    assert house.count(Job, Delivery) == [3, 1]


def test_a_generation_outlives_its_job_and_goes_in_its_own_time(house: House) -> None:
    title = Asset(str(house.settings.state_dir / "origin"), "t", "a")
    job_ids = [house.submit(FIRST) for _ in range(2)]
    for number, job_id in enumerate(job_ids, start=1):
        with house.database.begin() as session:
            reserved = generations.reserve(session, title, f"{number}" * 64, job_id)
            generations.publish(session, title, reserved.number, session.get_one(Job, job_id))
        house.make(house.claim(job_id), f"part-{number}")  # its only step: it ends PUBLISHED
    house.age(91)
    assert house.let_go().jobs == 2
    with house.database.begin() as session:
        assert generations.current(session, title) == Numbered(title, 2, 64 * "2")
        session.execute(
            update(Generation).values(superseded_at=Generation.superseded_at - timedelta(days=2))
        )
    house.keep_house()
    house.keep_house()
    with house.database.begin() as session:
        assert session.scalars(select(Generation.number)).all() == [2]
    older = house.submit(FIRST)  # and is told from what was published without its job
    with house.database.begin() as session:
        assert generations.published_since(session, title, session.get_one(Job, older)) is None


def test_a_worker_that_comes_back_to_a_forgotten_job_is_told(house: House) -> None:
    job_id = house.submit()
    claimed = house.claim(job_id)
    house.end(job_id, JobState.CANCELLED)
    with house.database.begin() as session:  # its lease was taken back
        session.execute(update(Step).values(state=StepState.CANCELLED, epoch=7))
    house.age(91)
    assert house.let_go().jobs == 1
    with (
        pytest.raises(Cancelled, match=f"job {job_id} has ended, and is forgotten"),
        house.database.begin() as session,
    ):
        leases.stop(session, claimed)
