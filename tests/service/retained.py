"""A farm whose jobs end and grow old, and what it retains of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from farm.parts import FileRef, Part
from farm.plan import Resource, StepPlan
from farm.settings import Settings
from farm.states import JobState
from storage.objects.store import Headers, ObjectStore
from storage.objects.stores import work_store
from storage.postgres import artifacts, claims, jobs, leases, uploads
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Artifact, Delivery, EventRow, Job, Step
from tests.conftest import a_spec
from workers.upkeep.housekeeping import keep_house
from workers.upkeep.retention import Gone, let_go

COST = leases.Cost(1.0, 1.0, 1, None)
NOTHING = Gone(marked=0, parts=0, jobs=0, deliveries=0, progress=0, answers=0, uploads=0)
FIRST = StepPlan("first", "audio")
SECOND = StepPlan("second", "package", inputs=("first",))


@dataclass(frozen=True, slots=True)
class OldFarm:
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
            session.execute(update(EventRow).values(at=EventRow.at - passed))
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
def farm(database: Database, tmp_path: Path) -> OldFarm:
    return OldFarm(database, Settings(state_dir=tmp_path / "state"))
