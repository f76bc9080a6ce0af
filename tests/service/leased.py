"""A job of four steps in a diamond, and what workers and the reconciler do to them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from farm.parts import Part
from farm.plan import Resource, StepPlan
from storage.postgres import claims, jobs, leases, reconcile
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from storage.wakeups import Wakeup
from tests.conftest import a_spec

COST = leases.Cost(1.0, 2.0, 3, None)
DIAMOND = (
    StepPlan("a", "ingest"),
    StepPlan("b", "audio", inputs=("a",)),
    StepPlan("c", "text", inputs=("a",)),
    StepPlan("d", "package", inputs=("b", "c")),
)


def submit(database: Database, *steps: StepPlan) -> tuple[str, list[int]]:
    with database.begin() as session:
        spec = a_spec(Path("a.mp4"), Path("out"))
        job_id, freed = jobs.submit(session, spec, steps or DIAMOND, "request")
    return job_id, ids(freed)


def ids(steps: list[Wakeup]) -> list[int]:
    return [step.step_id for step in steps]


def try_to_take(database: Database, step_id: int, lease_s: float = 60.0) -> Claim | None:
    with database.begin() as session:
        job_id = session.get_one(Step, step_id).job_id
        turn = Turn(step_id, job_id, Resource.CPU, job_waits=True)
        return claims.claim_first(session, turn, "here:1", lease_s)


def take(database: Database, step_id: int, lease_s: float = 60.0) -> Claim:
    claimed = try_to_take(database, step_id, lease_s)
    assert claimed is not None
    return claimed


def finish(database: Database, claimed: Claim, *more: StepPlan) -> list[int]:
    with database.begin() as session:
        made = {"": (f"{claimed.job_id[:8]}-{claimed.key}", Part({"key": claimed.key}))}
        prints = {name: fingerprint for name, (fingerprint, _) in made.items()}
        return ids(leases.complete(session, claimed, made, prints, more, COST))


def beat(database: Database, claimed: Claim, progress: float = 0.5) -> bool:
    key = (claimed.step_id, claimed.epoch)
    with database.begin() as session:
        return key in claims.beat(session, {key: progress}, 60)


def reap(database: Database) -> list[int]:
    with database.begin() as session:
        return ids(reconcile.reap_expired(session))


def states(database: Database, job_id: str) -> dict[str, str]:
    with database.begin() as session:
        rows = session.execute(select(Step.key, Step.state).where(Step.job_id == job_id))
        return dict(rows.all())


def job_state(database: Database, job_id: str) -> str:
    with database.begin() as session:
        return session.get_one(Job, job_id).state
