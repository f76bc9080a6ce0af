"""What steps began to upload and nobody will read is cleared; what is remembered never is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from farm.parts import FileRef, Part
from farm.plan import Resource, StepPlan
from farm.settings import Settings
from storage.objects.directory import SIDE
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import open_store, work_store
from storage.postgres import claims, generations, jobs, leases, uploads
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Asset
from storage.postgres.models import Job, Step, Upload
from tests.conftest import a_spec
from workers.upkeep.housekeeping import FOLDERS_AT_ONCE, Kept, keep_house

NOTHING = Kept(pointers=0, uploads=0, incoming=0, generations=0, objects=0)
ONE_FOLDER = replace(NOTHING, uploads=1, objects=2)
COST = leases.Cost(1.0, 1.0, 1, None)


@dataclass(frozen=True, slots=True)
class UploadingFarm:
    """A database and a work store, and steps that upload to it."""

    database: Database
    settings: Settings

    @property
    def work(self) -> ObjectStore:
        return work_store(self.settings)

    def claim(self) -> Claim:
        with self.database.begin() as session:
            spec = a_spec(Path("a.mp4"), Path("out"))
            job_id, [wakeup] = jobs.submit(session, spec, [StepPlan("a", "audio")], "request")
            turn = Turn(wakeup.step_id, job_id, Resource.CPU, job_waits=True)
            claimed = claims.claim_first(session, turn, "here:1", 60.0)
        assert claimed is not None
        return claimed

    def upload(self, claimed: Claim, mark: str = "1-a") -> Part:
        """Upload a part of two files as a step does: the folder is noted first."""
        folder = f"work/ab/abc/{mark}"
        with self.database.begin() as session:
            uploads.begin(session, folder, claimed.step_id, claimed.epoch)
        infos = [self.work.put_bytes(f"{folder}/{name}", b"x", Headers()) for name in ("1", "2")]
        return Part({}, {info.key[-1]: FileRef(info.key, info.sha256, 1) for info in infos})

    def complete(self, claimed: Claim, part: Part) -> None:
        with self.database.begin() as session:
            leases.complete(session, claimed, {"": ("abc", part)}, {"": "abc"}, (), COST)

    def lose(self, claimed: Claim) -> None:
        """Let somebody else have the step: its epoch is another then."""
        with self.database.begin() as session:
            session.execute(update(Step).where(Step.id == claimed.step_id).values(epoch=7))

    def age(self) -> None:
        """Let all uploads be older by a day and an hour."""
        passed = timedelta(hours=25)
        with self.database.begin() as session:
            session.execute(update(Upload).values(created_at=Upload.created_at - passed))

    def tend(self, **changes: float) -> Kept:
        return keep_house(self.database, self.settings.model_copy(update=changes))

    def noted(self) -> int:
        with self.database.begin() as session:
            return session.scalar(select(func.count()).select_from(Upload)) or 0

    def objects(self) -> list[str]:
        return [found.key for found in self.work.listed("")]


@pytest.fixture
def farm(database: Database, tmp_path: Path) -> UploadingFarm:
    return UploadingFarm(database, Settings(state_dir=tmp_path / "state"))


def test_what_a_step_is_uploading_stays(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    farm.upload(claimed)
    farm.age()
    assert farm.tend() == NOTHING
    assert (farm.objects(), farm.noted()) == (["work/ab/abc/1-a/1", "work/ab/abc/1-a/2"], 1)


def test_what_a_step_completed_with_stays(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    part = farm.upload(claimed)
    farm.complete(claimed, part)
    assert farm.noted() == 0
    assert farm.tend() == NOTHING
    assert farm.objects() == ["work/ab/abc/1-a/1", "work/ab/abc/1-a/2"]


def test_a_remembered_part_stays_though_its_upload_was_not_settled(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    part = farm.upload(claimed)
    farm.complete(claimed, part)
    with farm.database.begin() as session:
        uploads.begin(session, "work/ab/abc/1-a", claimed.step_id, claimed.epoch)
    assert farm.tend() == NOTHING
    assert farm.objects() == ["work/ab/abc/1-a/1", "work/ab/abc/1-a/2"]


def test_what_a_lost_step_left_is_cleared_again_and_again_until_it_is_old(
    farm: UploadingFarm,
) -> None:
    claimed = farm.claim()
    farm.upload(claimed)
    farm.lose(claimed)
    assert farm.tend() == ONE_FOLDER
    assert (farm.objects(), farm.noted()) == ([], 1)
    farm.work.put_bytes("work/ab/abc/1-a/1", b"late", Headers())
    assert farm.tend() == replace(NOTHING, uploads=1, objects=1)
    farm.age()
    assert farm.tend() == NOTHING
    assert (farm.objects(), farm.noted()) == ([], 0)


def test_what_a_step_of_a_job_that_is_gone_left_is_cleared(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    farm.upload(claimed)
    with farm.database.begin() as session:
        session.execute(delete(Job))
    assert farm.tend() == ONE_FOLDER


def test_a_part_that_another_job_remembered_first_is_cleared(farm: UploadingFarm) -> None:
    first, second = farm.claim(), farm.claim()
    first_part = farm.upload(first, "1-a")
    second_part = farm.upload(second, "1-b")
    farm.complete(first, first_part)
    farm.complete(second, second_part)
    assert farm.tend() == ONE_FOLDER
    assert farm.objects() == ["work/ab/abc/1-a/1", "work/ab/abc/1-a/2"]


def test_more_than_one_batch_is_cleared(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    for number in range(FOLDERS_AT_ONCE + 1):
        farm.upload(claimed, f"1-{number}")
    farm.lose(claimed)
    assert farm.tend() == replace(NOTHING, uploads=FOLDERS_AT_ONCE + 1, objects=22)


def test_a_folder_that_another_pass_has_is_left_to_it(farm: UploadingFarm) -> None:
    claimed = farm.claim()
    farm.upload(claimed)
    farm.lose(claimed)
    with farm.database.begin() as session:
        [other] = uploads.abandoned(session, 60.0, limit=1)
        assert other == uploads.Abandoned("work/ab/abc/1-a", settled=False)
        assert farm.tend() == NOTHING
    assert farm.tend() == ONE_FOLDER


def test_unfinished_puts_are_cleared_once_they_are_old(farm: UploadingFarm, tmp_path: Path) -> None:
    origin = open_store(str(tmp_path / "origin"), farm.settings)
    with farm.database.begin() as session:
        asset = Asset(str(tmp_path / "origin"), "t", "a")
        job = session.get_one(Job, farm.claim().job_id)
        generations.reserve(session, asset, "content", job.id)
        generations.publish(session, asset, 1, job)
    for store in (farm.work, origin):
        store.put_bytes("t/a", b"whole", Headers())
    left = [tmp_path / place / SIDE / "incoming" / "1" for place in ("state/work", "origin")]
    for path in left:
        path.write_text("cut sho")
    assert farm.tend() == NOTHING
    assert farm.tend(abandoned_after_s=0.0) == replace(NOTHING, incoming=2)
    assert [path.exists() for path in left] == [False, False]
    assert [found.key for found in origin.listed("")] == farm.objects() == ["t/a"]
