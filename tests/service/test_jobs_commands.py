"""`reelfarm submit`, `status`, `watch`, `cancel`, `pause`, `resume` on a farm without workers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from farm.plan import Resource
from farm.states import JobState, StepState
from storage.postgres import fleet, jobs, retention
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from tests.forked import Ran
from tests.service.commands import farm_environment, reelfarm

NO_JOB = "reelfarm: there is no job nonsense: check the id\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator's shell: its environment, a title and an origin."""

    environment: dict[str, str]
    title: Path
    origin: Path

    def run(self, *arguments: str) -> Ran:
        return reelfarm(*arguments, environment=self.environment)

    def submit(self, *options: str) -> str:
        done = self.run("submit", str(self.title), "--origin", str(self.origin), *options)
        assert (done.status, done.stderr) == (0, "")
        return done.stdout.strip()


@pytest.fixture
def desk(
    database: Database, database_url: str, broker_url: str, title_clip: Path, tmp_path: Path
) -> Desk:
    environment = farm_environment(
        REELFARM_DATABASE_URL=database_url,
        REELFARM_BROKER_URL=broker_url,
        REELFARM_STATE_DIR=str(tmp_path / "state"),
    )
    return Desk(environment, title_clip, tmp_path / "origin")


def test_submit_prints_the_id_of_a_queued_job(desk: Desk, database: Database) -> None:
    asked = ("--tenant", "studio", "--catalog", "spring", "--priority", "7")
    job_id = desk.submit(*asked, "--webhook", "https://hooks.example/done", "--asset", "bbb")
    with database.begin() as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.tenant, job.catalog) == (JobState.QUEUED, "studio", "spring")
        assert (job.priority, job.spec["webhook"]) == (7, "https://hooks.example/done")
        queued = session.scalars(select(Step.key).where(Step.state == StepState.QUEUED)).all()
        assert queued == ["ingest"]


def test_submit_as_json_is_one_document(desk: Desk) -> None:
    done = desk.run("submit", str(desk.title), "--origin", str(desk.origin), "--json")
    document = json.loads(done.stdout)
    assert document == {"id": document["id"], "asset": "title", "state": "QUEUED"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--tenant", "no spaces"), "--tenant 'no spaces': use at most 128 letters"),
        (("--catalog", ""), "--catalog '': use at most 128 letters"),
        (("--webhook", "ftp://x"), "--webhook 'ftp://x': give a URL that begins with https://"),
        (("--priority", "11"), "less than or equal to 10"),
    ],
)
def test_a_request_that_makes_no_sense_is_bad_usage(
    desk: Desk, options: tuple[str, ...], complaint: str
) -> None:
    done = desk.run("submit", str(desk.title), *options)
    assert done.status == 2
    assert complaint in done.stderr


def test_submitting_what_is_not_there_is_refused(desk: Desk) -> None:
    done = desk.run("submit", str(desk.title.with_name("absent.mp4")))
    assert done.status == 2
    assert "absent.mp4" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_job_is_paused_resumed_and_cancelled(desk: Desk, database: Database) -> None:
    job_id = desk.submit()
    assert desk.run("pause", job_id).stdout == f"{job_id} PAUSED\n"
    with database.begin() as session:
        assert session.scalar(select(Step.state).where(Step.key == "ingest")) == StepState.BLOCKED
    assert desk.run("resume", job_id).stdout == f"{job_id} QUEUED\n"  # none of it has run
    with database.begin() as session:
        assert session.scalar(select(Step.state).where(Step.key == "ingest")) == StepState.QUEUED
    assert desk.run("cancel", job_id).stdout == f"{job_id} CANCELLED\n"
    assert desk.run("cancel", job_id).stdout == f"{job_id} CANCELLED\n"
    refused = desk.run("pause", job_id)
    assert (refused.status, refused.stdout) == (2, "")
    assert "has ended (CANCELLED)" in refused.stderr


@pytest.mark.parametrize("verb", ["status", "watch", "cancel", "pause", "resume"])
def test_an_unknown_job_is_one_line(desk: Desk, verb: str) -> None:
    done = desk.run(verb, "nonsense")
    assert (done.status, done.stdout, done.stderr) == (2, "", NO_JOB)


def test_a_job_that_retention_has_forgotten_is_an_unknown_one(
    desk: Desk, database: Database
) -> None:
    job_id = desk.submit()
    assert desk.run("cancel", job_id).status == 0
    with database.begin() as session:
        assert retention.forget_jobs(session, 0.0, 10) == 1
    done = desk.run("status", job_id)
    assert (done.status, done.stdout, done.stderr) == (2, "", NO_JOB.replace("nonsense", job_id))


def test_the_status_of_a_job_is_its_record(desk: Desk) -> None:
    job_id = desk.submit("--asset", "bbb")
    record = json.loads(desk.run("status", job_id, "--json").stdout)
    assert (record["id"], record["state"]) == (job_id, "QUEUED")
    assert {"ingest", "analyze", "ladder"} <= {step["key"] for step in record["steps"]}
    shown = desk.run("status", job_id).stdout
    assert f"{job_id} bbb: QUEUED" in shown


def test_the_status_of_the_farm_says_who_works_and_what_waits(
    desk: Desk, database: Database
) -> None:
    job_id = desk.submit("--asset", "bbb")
    with database.begin() as session:
        fleet.report(session, "encoder-1:7", [Resource.IO, Resource.CPU], 16, 32 << 30, False)
        fleet.report(session, "encoder-2:9", [Resource.QC], 8, 8 << 30, True)
        of_job = update(Step).where(Step.job_id == job_id)
        session.execute(
            of_job.where(Step.key == "ingest").values(state=StepState.RUNNING, worker="encoder-1:7")
        )
        session.execute(
            of_job.where(Step.key == "analyze").values(
                state=StepState.QUEUED, queued_at=func.now() - timedelta(seconds=90)
            )
        )
        evidence = {"code": "quarantined", "message": "lost its worker 3 times", "detail": {}}
        session.execute(
            of_job.where(Step.key == "ladder").values(state=StepState.QUARANTINED, error=evidence)
        )
    document = json.loads(desk.run("status", "--json").stdout)
    one, two = document["workers"]
    assert (one["name"], one["queues"], one["cores"]) == ("encoder-1:7", ["io", "cpu"], 16)
    assert (one["running"], one["draining"], two["draining"]) == (1, False, True)
    assert document["jobs"] == {"QUEUED": 1}
    steps = {entry["state"]: entry["steps"] for entry in document["steps"]}
    assert (steps["QUEUED"], steps["RUNNING"], steps["QUARANTINED"]) == (1, 1, 1)
    assert document["oldest_queued_s"] >= 90
    assert document["quarantined"] == [
        {
            "job_id": job_id,
            "asset": "bbb",
            "step": "ladder",
            "message": "lost its worker 3 times",
        }
    ]
    shown = desk.run("status").stdout
    for words in ("2 workers", "encoder-1:7", "draining", "lost its worker 3 times"):
        assert words in shown


def test_an_idle_farm_without_workers_is_shown_as_that(desk: Desk) -> None:
    done = desk.run("status")
    assert done.status == 0
    assert "0 workers" in done.stdout
    assert "jobs: none under way" in done.stdout


@pytest.mark.parametrize(
    ("state", "code", "status"),
    [
        (JobState.FAILED, "tool_failed", 1),
        (JobState.FAILED, "invalid_source", 2),
        (JobState.REJECTED, "quality_rejected", 3),
        (JobState.SUPERSEDED, "superseded", 1),
    ],
)
def test_watching_ends_with_the_job_and_its_exit_status(
    desk: Desk, database: Database, state: JobState, code: str, status: int
) -> None:
    job_id = desk.submit()
    with database.begin() as session:
        job = jobs.lock(session, job_id)
        job.state = JobState.RUNNING
        jobs.finish(session, job, state, {"code": code, "message": "the reason", "detail": {}})
    done = desk.run("watch", job_id, "--json")
    assert done.status == status
    assert json.loads(done.stdout)["state"] == state
    assert done.stderr.splitlines()[-1] == "reelfarm: the reason"


def test_without_a_farm_the_way_to_one_is_named(tmp_path: Path) -> None:
    done = reelfarm("status", environment=farm_environment(REELFARM_STATE_DIR=str(tmp_path)))
    assert done.status == 2
    assert "start one with reelfarm up, or set REELFARM_DATABASE_URL" in done.stderr
