"""`reelfarm submit`, `status`, `watch`, `cancel`, `pause`, `resume` on a farm without workers."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select, update

from farm.access import Scope
from farm.plan import Resource
from farm.states import JobState, StepState
from farm.uri import path_of
from storage.postgres import fleet, jobs, retention
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from tests.forked import Ran
from tests.service.api_server import ApiServer, api_server
from tests.service.commands import Running, farm_environment, reelfarm, started
from tests.service.ports import free_port

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
def desk(api: ApiServer, title_clip: Path, tmp_path: Path) -> Desk:
    environment = farm_environment(REELFARM_STATE_DIR=str(tmp_path / "state"), **api.environment())
    return Desk(environment, title_clip, tmp_path / "origin")


def end(database: Database, job_id: str, state: JobState, code: str) -> None:
    """End a job as its workers would."""
    error: dict[str, object] = {"code": code, "message": "the reason", "detail": {}}
    with database.begin() as session:
        job = jobs.lock(session, job_id)
        job.state = JobState.RUNNING
        jobs.finish(session, job, state, error)


def test_submit_prints_the_id_of_a_queued_job(desk: Desk, database: Database) -> None:
    asked = ("--tenant", "studio", "--catalog", "spring", "--priority", "7")
    job_id = desk.submit(*asked, "--webhook", "https://hooks.example/done", "--asset", "bbb")
    with database.begin() as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.tenant, job.catalog) == (JobState.QUEUED, "studio", "spring")
        assert (job.priority, job.spec["webhook"]) == (7, "https://hooks.example/done")
        queued = session.scalars(select(Step.key).where(Step.state == StepState.QUEUED)).all()
        assert queued == ["ingest"]


def test_submit_as_json_is_the_answer_of_the_api(desk: Desk) -> None:
    done = desk.run("submit", str(desk.title), "--origin", str(desk.origin), "--json")
    document = json.loads(done.stdout)
    job_id = document["id"]
    assert document == {
        "id": job_id,
        "asset": "title",
        "external_id": None,
        "state": "QUEUED",
        "links": {
            "self": f"/v1/jobs/{job_id}",
            "events": f"/v1/jobs/{job_id}/events",
            "page": f"/titles/{job_id}",
        },
    }


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


def test_the_same_title_with_the_same_key_is_handed_in_once(desk: Desk) -> None:
    key = ("--idempotency-key", "monday")
    assert desk.submit(*key) == desk.submit(*key)
    assert desk.submit() != desk.submit()
    other = desk.run("submit", str(desk.title), "--priority", "3", *key)
    assert other.status == 2
    assert "Idempotency-Key" in other.stderr


def test_files_become_locations_that_mean_the_same_to_workers(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    odd = tmp_path / "my film (100%).mp4"
    odd.write_bytes(desk.title.read_bytes())
    for name in ("en.vtt", "chapters.vtt"):
        (tmp_path / name).write_text("WEBVTT\n")
    sidecars = (f"--subtitles=en:forced={tmp_path}/en.vtt", f"--chapters={tmp_path}/chapters.vtt")
    done = desk.run("submit", str(odd), "--origin", str(desk.origin), *sidecars)
    assert (done.status, done.stderr) == (0, "")
    with database.begin() as session:
        job = session.get_one(Job, done.stdout.strip())
        assert (job.asset, path_of(job.spec["source"])) == ("my-film-100", odd)
        assert job.spec["source"] == odd.as_uri()
        assert job.spec["origin"] == str(desk.origin)
        assert job.spec["chapters"] == (tmp_path / "chapters.vtt").as_uri()
        (subtitle,) = job.spec["subtitles"]
        assert (subtitle["uri"], subtitle["forced"]) == ((tmp_path / "en.vtt").as_uri(), True)


def test_what_goes_unsaid_is_decided_by_the_farm(desk: Desk, database: Database) -> None:
    done = desk.run("submit", str(desk.title))
    assert done.status == 2
    assert "neither the tenant nor the farm has a default" in done.stderr
    ladder = desk.run("submit", str(desk.title), "--origin", str(desk.origin), "--ladder", "mine")
    assert ladder.status == 2
    assert (
        "there is no ladder 'mine': name one of yours, or of all, apple-h264, apple-hevc"
        in ladder.stderr
    )


def test_a_jobs_turn_is_brought_forward(desk: Desk, database: Database) -> None:
    job_id = desk.submit()
    assert desk.run("priority", job_id, "--", "-3").stdout == f"{job_id} QUEUED\n"
    with database.begin() as session:
        assert session.get_one(Job, job_id).priority == -3


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
    again = desk.run("cancel", job_id, "--json")
    assert json.loads(again.stdout) == {"id": job_id, "state": "CANCELLED"}
    refused = desk.run("pause", job_id)
    assert (refused.status, refused.stdout) == (2, "")
    assert "has ended (CANCELLED)" in refused.stderr


@pytest.mark.parametrize("verb", ["status", "watch", "cancel", "pause", "resume"])
@pytest.mark.parametrize("job_id", ["nonsense", "../farm", "0" * 32])
def test_an_unknown_job_is_one_line(desk: Desk, verb: str, job_id: str) -> None:
    done = desk.run(verb, job_id)
    assert (done.status, done.stdout, done.stderr) == (2, "", NO_JOB.replace("nonsense", job_id))


def test_a_job_that_retention_has_forgotten_is_an_unknown_one(
    desk: Desk, database: Database
) -> None:
    job_id = desk.submit()
    assert desk.run("cancel", job_id).status == 0
    with database.begin() as session:
        assert retention.forget_jobs(session, 0.0, 10) == 1
    done = desk.run("status", job_id)
    assert (done.status, done.stdout, done.stderr) == (2, "", NO_JOB.replace("nonsense", job_id))


def test_the_status_of_a_job_is_its_record(desk: Desk, api: ApiServer) -> None:
    job_id = desk.submit("--asset", "bbb")
    record = json.loads(desk.run("status", job_id, "--json").stdout)
    assert (record["id"], record["state"]) == (job_id, "QUEUED")
    with api.client("*") as client:
        assert record == client.get(f"/v1/jobs/{job_id}").json()
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


def test_a_tenant_sees_its_own_part_of_the_farm(
    desk: Desk, api: ApiServer, database: Database
) -> None:
    for tenant in ("north", "north", "south"):
        job_id = desk.submit("--tenant", tenant)
    with database.begin() as session:
        fleet.report(session, "encoder-1:7", [Resource.IO], 16, 32 << 30, False)
        session.execute(
            update(Step)
            .where(Step.job_id == job_id, Step.key == "ingest")
            .values(state=StepState.QUARANTINED, error={"message": "of the south alone"})
        )
    environment = {**desk.environment, **api.environment("north", (Scope.READ,))}
    shown = reelfarm("status", "--json", environment=environment)
    document = json.loads(shown.stdout)
    assert document["oldest_queued_s"] >= 0
    assert {**document, "oldest_queued_s": None} == {
        "workers": None,
        "jobs": {"QUEUED": 2},
        "steps": [{"resource": "io", "state": "QUEUED", "steps": 2}],
        "oldest_queued_s": None,
        "quarantined": [],
    }
    assert "jobs: 2 QUEUED" in reelfarm("status", environment=environment).stdout
    south = {**desk.environment, **api.environment("south")}
    assert "of the south alone" in reelfarm("status", environment=south).stdout


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
    once = ("--idempotency-key", "once")
    job_id = desk.submit(*once)
    end(database, job_id, state, code)
    done = desk.run("watch", job_id, "--json")
    assert done.status == status
    assert json.loads(done.stdout)["state"] == state
    assert done.stderr.splitlines()[-1] == "reelfarm: the reason"
    waited = desk.run("submit", str(desk.title), "--origin", str(desk.origin), "--wait", *once)
    assert (waited.status, waited.stdout) == (status, "")


def test_watching_a_plan_ends_when_it_is_planned(desk: Desk, database: Database) -> None:
    job_id = desk.submit()
    with database.begin() as session:
        job = jobs.lock(session, job_id)
        job.state = JobState.RUNNING
        jobs.finish(session, job, JobState.PLANNED, None)
    done = desk.run("watch", job_id)
    assert (done.status, done.stdout) == (0, f"{job_id} PLANNED\n")


def is_connected(running: Running, url: str) -> bool:
    """Return whether a command has a connection to an API."""
    port = int(url.rpartition(":")[2])
    connections = psutil.Process(running.child.pid).net_connections("tcp")
    return any(each.raddr and each.raddr.port == port for each in connections)


def test_watching_goes_on_when_the_api_is_started_again(
    database: Database, database_url: str, broker_url: str, title_clip: Path, tmp_path: Path
) -> None:
    port = free_port()
    with ExitStack() as closing:
        before = closing.enter_context(ExitStack())
        api = before.enter_context(api_server(database_url, broker_url, port=port))
        state = str(tmp_path / "state")
        environment = farm_environment(REELFARM_STATE_DIR=state, **api.environment())
        job_id = Desk(environment, title_clip, tmp_path / "origin").submit()
        log = tmp_path / "log"
        running = closing.enter_context(started("watch", job_id, environment=environment, log=log))
        running.wait_until(lambda: is_connected(running, api.url))
        before.close()
        running.wait_until(lambda: not is_connected(running, api.url))
        closing.enter_context(api_server(database_url, broker_url, port=port))
        end(database, job_id, JobState.FAILED, "tool_failed")
        assert running.child.wait(30) == 1
        assert running.output.splitlines()[-1] == "reelfarm: the reason"


def test_ctrl_c_ends_the_watching_and_not_the_job(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    job_id = desk.submit()
    url, log = desk.environment["REELFARM_URL"], tmp_path / "log"
    with started("watch", job_id, environment=desk.environment, log=log) as running:
        running.wait_until(lambda: is_connected(running, url))
        time.sleep(0.5)  # its first look
        assert running.stop(signal.SIGINT) == 1
        assert running.output == f"reelfarm: stopped watching; job {job_id} goes on\n"
    with database.begin() as session:
        assert session.get_one(Job, job_id).state == JobState.QUEUED


@pytest.mark.parametrize(
    ("given", "status", "complaint"),
    [
        ({}, 2, "start one with reelfarm up, or set REELFARM_URL to a farm's API"),
        ({"URL": "http://127.0.0.1:9"}, 2, "set REELFARM_KEY to one of its keys"),
        ({"URL": "farm.example", "KEY": "x"}, 2, "give a URL that begins with http:// or https://"),
        ({"URL": "http://127.0.0.1:9", "KEY": "a b"}, 2, "REELFARM_KEY is no key"),
        ({"URL": "http://127.0.0.1:9", "KEY": "rf_x"}, 1, "does not answer"),
    ],
)
def test_without_a_farm_the_way_to_one_is_named(
    tmp_path: Path, given: dict[str, str], status: int, complaint: str
) -> None:
    settings = {f"REELFARM_{name}": value for name, value in given.items()}
    environment = farm_environment(REELFARM_STATE_DIR=str(tmp_path), **settings)
    done = reelfarm("status", environment=environment)
    assert (done.status, done.stdout) == (status, "")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_key_that_does_not_hold_or_is_for_something_else_is_one_line(
    desk: Desk, api: ApiServer
) -> None:
    stranger = {**desk.environment, "REELFARM_KEY": "rf_aaaaaaaaaaaa_" + "b" * 43}
    done = reelfarm("status", environment=stranger)
    assert done.status == 2
    assert done.stderr == (
        "reelfarm: the key rf_aaaaaaaaaaaa does not hold: it is unknown, expired or revoked\n"
    )
    reader = {**desk.environment, **api.environment("one", (Scope.READ,))}
    done = reelfarm("submit", str(desk.title), "--origin", str(desk.origin), environment=reader)
    assert done.status == 2
    assert "lacks the scope submit" in done.stderr
