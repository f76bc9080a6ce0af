"""Liveness and readiness: of the API over HTTP, of the others by their signs of life."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from farm.settings import Settings
from migrations import HEAD
from storage.postgres.database import Database
from tests.service.commands import Running, farm_environment, reelfarm, started
from tests.service.ports import free_port
from workers.monitoring import liveness
from workers.monitoring.liveness import Health, health_from_beats, record_beat


def get(port: int, path: str) -> tuple[int, str, dict[str, Any]]:
    """Return status, content type and document."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.headers["Content-Type"], json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], json.load(error)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def api(
    database: Database, database_url: str, broker_url: str, port: int, tmp_path: Path
) -> Iterator[Running]:
    environment = farm_environment(
        REELFARM_DATABASE_URL=database_url, REELFARM_BROKER_URL=broker_url
    )
    log = tmp_path / "api.log"
    with started("api", "--port", f"{port}", environment=environment, log=log) as api:
        api.wait_until(lambda: answers(port))
        yield api


def answers(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except OSError:
        return False


def test_the_api_says_what_it_is_and_that_it_is_well(api: Running, port: int) -> None:
    assert get(port, "/")[2]["name"] == "ReelFarm"
    assert get(port, "/healthz") == (200, "application/json", {"status": "up"})
    document = {
        "status": "ready",
        "checks": {
            "postgresql": {"ready": True, "state": f"answers, schema {HEAD}"},
            "redis": {"ready": True, "state": "answers"},
        },
    }
    assert get(port, "/readyz") == (200, "application/json", document)
    for options in ((), ("--ready",)):
        asked = reelfarm("health", "api", "--port", f"{port}", *options, environment={})
        assert (asked.status, len(asked.stdout.splitlines())) == (0, 1)


def test_an_old_schema_makes_the_api_live_but_not_ready(
    api: Running, port: int, database: Database
) -> None:
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        status, kind, problem = get(port, "/readyz")
        assert (status, kind) == (503, "application/problem+json")
        assert problem["detail"] == "postgresql has the wrong schema"
        assert problem["checks"]["redis"] == {"ready": True, "state": "answers"}
        assert get(port, "/healthz")[0] == 200
        asked = reelfarm("health", "api", "--port", f"{port}", "--ready", environment={})
        assert asked.status == 1
        assert "answers 503" in asked.stdout
        assert "run reelfarm migrate" in api.output  # the log says what the world need not know
    finally:
        with database.begin() as session:
            session.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_api_ends_in_order_when_told_to_stop(
    api: Running, port: int, number: signal.Signals
) -> None:
    assert api.stop(number) == 0
    asked = reelfarm("health", "api", "--port", f"{port}", environment={})
    assert asked.status == 1
    assert "does not answer" in asked.stdout


def test_a_port_in_use_is_one_line(
    database_url: str, broker_url: str, api: Running, port: int
) -> None:
    environment = farm_environment(
        REELFARM_DATABASE_URL=database_url, REELFARM_BROKER_URL=broker_url
    )
    second = reelfarm("api", "--port", f"{port}", environment=environment)
    assert second.status == 1
    assert second.stderr == (
        f"reelfarm: the API cannot listen on 127.0.0.1:{port}: Address already in use:"
        " choose another --port\n"
    )


def test_a_part_that_never_beat_is_not_well(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    line = f"worker: no sign of life in {tmp_path}: is it running?"
    assert health_from_beats(settings, "worker") == Health(False, line)


def test_a_part_is_well_while_it_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(state_dir=tmp_path, lease_s=60)
    record_beat(settings, "worker", ready=True)
    assert health_from_beats(settings, "worker", ready=True).well
    now_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    for later_s, well in ((59, True), (61, False), (-5, False)):  # the last: another boot
        monkeypatch.setattr(time, "clock_gettime", lambda _, at=now_s + later_s: at)
        assert health_from_beats(settings, "worker").well is well


def test_a_part_that_drains_lives_but_takes_no_work(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    record_beat(settings, "worker", ready=False, note="told to stop")
    assert health_from_beats(settings, "worker").well
    asked = health_from_beats(settings, "worker", ready=True)
    assert not asked.well
    assert asked.line.endswith("lives, but takes no work: told to stop")


def test_a_reconciler_may_miss_some_rounds(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, reconcile_s=10)
    assert liveness.oldest_age_s(settings, "reconcile") == 40
    assert liveness.oldest_age_s(settings.model_copy(update={"reconcile_s": 1}), "reconcile") == 15


def test_roles_do_not_speak_for_each_other(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    record_beat(settings, "worker", ready=True)
    assert not health_from_beats(settings, "reconcile").well


def test_a_state_directory_that_cannot_be_written_does_not_end_the_part(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(state_dir=tmp_path / "file")
    record_beat(settings, "worker", ready=True)
    assert not health_from_beats(settings, "worker").well


def test_a_sign_of_life_of_another_version_is_none(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    record_beat(settings, "worker", ready=True)
    (tmp_path / "alive" / "worker.json").write_text('{"pulse": 72}')
    assert not health_from_beats(settings, "worker").well


def test_health_is_a_line_and_an_exit_status(tmp_path: Path) -> None:
    environment = farm_environment(REELFARM_STATE_DIR=str(tmp_path))
    assert reelfarm("health", "worker", environment=environment).status == 1
    record_beat(Settings(state_dir=tmp_path), "worker", ready=True)
    asked = reelfarm("health", "worker", "--ready", environment=environment)
    assert (asked.status, asked.stderr) == (0, "")
    assert asked.stdout.endswith("lives and takes work\n")
