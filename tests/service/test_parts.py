"""The farm's parts as commands: what they need, how they end, and `reelfarm up` as a whole."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from migrations import HEAD
from storage.postgres.database import Database
from tests.forked import Ran
from tests.service.api_server import ApiServer
from tests.service.command_line import FAST_LADDER, LENIENT_QC, Desk
from tests.service.commands import Running, farm_environment, reelfarm, started
from tests.service.ports import free_port

NOBODY = "postgresql://x@127.0.0.1:9/x?connect_timeout=1"


@pytest.fixture
def environment(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> dict[str, str]:
    return farm_environment(
        REELFARM_DATABASE_URL=database_url,
        REELFARM_BROKER_URL=broker_url,
        REELFARM_STATE_DIR=str(tmp_path / "state"),
        REELFARM_GRACE_S="2",
    )


@pytest.fixture
def desk_environment(environment: dict[str, str], api: ApiServer) -> dict[str, str]:
    """The same, with the way to an API of that farm."""
    return {**environment, **api.environment()}


@pytest.mark.parametrize(
    ("part", "given", "status", "complaint"),
    [
        ("worker", {}, 2, "a worker needs a PostgreSQL: set REELFARM_DATABASE_URL=postgresql://"),
        ("reconcile", {}, 2, "a reconciler needs a PostgreSQL: set REELFARM_DATABASE_URL="),
        ("api", {}, 2, "the API needs a PostgreSQL: set REELFARM_DATABASE_URL="),
        ("migrate", {}, 2, "migrate needs a PostgreSQL: set REELFARM_DATABASE_URL="),
        ("flower", {}, 2, "Flower needs a Redis: set REELFARM_BROKER_URL=redis://"),
        ("worker", {"DATABASE_URL": NOBODY}, 2, "set REELFARM_BROKER_URL=redis://"),
        ("api", {"DATABASE_URL": "sqlite://x", "BROKER_URL": "redis://x"}, 2, "postgresql://"),
        ("api", {"DATABASE_URL": NOBODY, "BROKER_URL": "http://x"}, 2, "begin with redis://"),
        ("api", {"DATABASE_URL": NOBODY, "BROKER_URL": "sentinel://x"}, 2, "Sentinel is not asked"),
        ("flower", {"BROKER_URL": "redis+sentinel://x"}, 2, "Sentinel is not asked"),
        ("api", {"DATABASE_URL": NOBODY, "BROKER_URL": "redis://x"}, 1, "did not answer"),
        ("worker", {"LEASE_S": "soon"}, 2, "REELFARM_LEASE_S: Input should be a valid number"),
    ],
)
def test_what_a_part_lacks_is_one_line_at_its_start(
    part: str, given: dict[str, str], status: int, complaint: str
) -> None:
    settings = {f"REELFARM_{name}": value for name, value in given.items()}
    done = reelfarm(part, environment=farm_environment(**settings))
    assert (done.status, done.stdout) == (status, "")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_redis_that_does_not_answer_is_one_line(environment: dict[str, str]) -> None:
    environment = environment | {"REELFARM_BROKER_URL": "redis://127.0.0.1:9"}
    done = reelfarm("worker", environment=environment)
    assert done.status == 1
    assert done.stderr.startswith("reelfarm: Redis did not answer: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_old_schema_is_refused_until_it_is_migrated(
    environment: dict[str, str], database: Database
) -> None:
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        done = reelfarm("worker", environment=environment)
        needs = f"the database has schema 0000, this ReelFarm needs {HEAD}: run reelfarm migrate"
        assert (done.status, done.stderr) == (1, f"reelfarm: {needs}\n")
    finally:
        with database.begin() as session:
            session.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))
    migrated = reelfarm("migrate", environment=environment)
    assert (migrated.status, migrated.stdout) == (0, f"the database has schema {HEAD}\n")


def test_a_worker_of_one_class_says_so_and_ends_in_order(
    desk_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = desk_environment
    options = ("--queues", "io", "--cores", "3")
    log = tmp_path / "worker.log"
    with started("worker", *options, environment=environment, log=log) as worker:
        worker.wait_until(lambda: len(_workers(environment)) == 1)
        (seen,) = _workers(environment)
        assert (seen["queues"], seen["cores"], seen["draining"]) == (["io"], 3, False)
        assert reelfarm("health", "worker", "--ready", environment=environment).status == 0
        assert worker.stop() == 0
    assert reelfarm("status", environment=environment).status == 0
    assert _workers(environment) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_reconciler_ends_in_order(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with started("reconcile", environment=environment, log=tmp_path / "log") as part:
        part.wait_until(
            lambda: reelfarm("health", "reconcile", "--ready", environment=environment).status == 0
        )
        assert part.stop(number) == 0


def test_one_pass_of_the_reconciler_ends_by_itself(environment: dict[str, str]) -> None:
    assert reelfarm("reconcile", "--once", environment=environment).status == 0


def test_an_unknown_class_of_steps_is_bad_usage(environment: dict[str, str]) -> None:
    done = reelfarm("worker", "--queues", "io,gpus", environment=environment)
    assert done.status == 2
    assert done.stderr == "reelfarm: --queues: 'gpus': give some of io, cpu, qc, gpu\n"


def _workers(environment: dict[str, str]) -> list[dict[str, Any]]:
    """Return the workers that the farm shows; none while its API does not answer."""
    done = reelfarm("status", "--json", environment=environment)
    workers: list[dict[str, Any]] = json.loads(done.stdout)["workers"] if done.status == 0 else []
    return workers


@dataclass(frozen=True, slots=True)
class Up:
    """A running `reelfarm up`, and the desk it stands on."""

    running: Running
    desk: Desk
    port: int

    def run(self, *arguments: str) -> Ran:
        return reelfarm(*arguments, environment=_alone(self.desk))

    def pids(self, marked: str) -> set[int]:
        return {p.pid for p in self.desk.processes() if marked in " ".join(p.cmdline())}


def _alone(desk: Desk) -> dict[str, str]:
    return farm_environment(REELFARM_STATE_DIR=str(desk.state), REELFARM_RECONCILE_S="1")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    desk, port = Desk(tmp_path), free_port()
    (desk.folder / "fast.yaml").write_text(FAST_LADDER)
    (desk.folder / "qc.yaml").write_text(LENIENT_QC)
    arguments = ("up", "--port", f"{port}", "--workers", "2")
    log = tmp_path / "up.log"
    with started(*arguments, environment=_alone(desk), log=log) as running:
        running.wait_until(lambda: "The farm is up" in running.output)
        yield Up(running, desk, port)
    assert [process.cmdline() for process in desk.wait_until_gone(20)] == []


def test_up_is_a_farm_that_keeps_its_parts_running(up: Up, title_clip: Path) -> None:
    assert up.run("health", "api", "--port", f"{up.port}", "--ready").status == 0
    fast = ("--ladder", f"{up.desk.folder}/fast.yaml", "--qc", f"{up.desk.folder}/qc.yaml")
    submitted = up.run("submit", str(title_clip), "--origin", str(up.desk.origin), *fast)
    assert submitted.status == 0, submitted.stderr

    (api,) = up.pids("cli.main api")
    workers = up.pids("workers.engine.main")
    assert len(workers) == 2
    os.kill(api, signal.SIGKILL)
    os.kill(min(workers), signal.SIGKILL)
    up.running.wait_until(lambda: "the API had died and was started again" in up.running.output)
    up.running.wait_until(lambda: "a worker had died and was replaced" in up.running.output)

    watched = up.run("watch", submitted.stdout.strip())
    assert watched.status == 0, watched.stderr
    assert (up.desk.origin / "default" / "title" / "master.m3u8").exists()
    up.running.wait_until(
        lambda: up.run("health", "api", "--port", f"{up.port}", "--ready").status == 0
    )
    assert up.running.stop() == 0
    assert up.running.output.endswith("stopping\nstopped\n")
    assert not (up.desk.state / "up.json").exists()


def test_up_leaves_nothing_behind_when_it_is_killed(up: Up) -> None:
    up.running.stop(signal.SIGKILL)
    assert [process.cmdline() for process in up.desk.wait_until_gone(20)] == []
    again = up.run("status")
    assert again.status == 1
    assert f"the farm at http://127.0.0.1:{up.port} does not answer" in again.stderr


def test_a_second_up_on_the_same_state_or_port_is_refused(up: Up) -> None:
    same_state = up.run("up", "--port", f"{free_port()}")
    assert same_state.status == 1
    assert "is using" in same_state.stderr
    elsewhere = farm_environment(REELFARM_STATE_DIR=str(up.desk.folder / "other"))
    same_port = reelfarm("up", "--port", f"{up.port}", environment=elsewhere)
    assert same_port.status == 1
    assert same_port.stderr == (
        f"reelfarm: the API cannot listen on 127.0.0.1:{up.port}: Address already in use:"
        " choose another --port\n"
    )
    assert not (up.desk.folder / "other").exists()


def test_up_works_on_servers_that_are_given(environment: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "up.log"
    with started("up", "--port", f"{port}", environment=environment, log=log) as running:
        running.wait_until(lambda: "The farm is up" in running.output)
        state = environment["REELFARM_STATE_DIR"]
        assert (Path(state) / "admin.key").stat().st_mode & 0o777 == 0o600
        servers = [
            p for p in psutil.Process(running.child.pid).children() if "postgres" in p.name()
        ]
        assert servers == []
        assert not (Path(state) / "postgres").exists()
        running.wait_until(lambda: len(_workers(environment)) == 1)  # it has begun to work
        assert running.stop(signal.SIGINT) == 0
