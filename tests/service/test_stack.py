"""The stack on one machine: one owner, servers that come and go with it, workers replaced."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from farm.errors import StateInUse, StorageUnavailable
from farm.plan import Resource
from farm.settings import Settings
from storage.postgres import fleet
from storage.postgres.models import Job, Worker
from storage.wakeups import Wakeup
from tests.waiting import wait_until
from workers.local.stack import Stack


def test_a_stack_comes_up_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Stack(Settings(state_dir=tmp_path)) as stack:
        stack.database.ping()
        stack.tend()
    after = {child.pid for child in psutil.Process().children(recursive=True)}
    assert after <= before


def test_a_state_directory_has_one_owner(tmp_path: Path) -> None:
    with (
        Stack(Settings(state_dir=tmp_path)),
        pytest.raises(StateInUse, match=f"process {os.getpid()}.*its own --state"),
        Stack(Settings(state_dir=tmp_path)),
    ):
        pass


def test_a_state_directory_with_a_very_long_path_works(tmp_path: Path) -> None:
    state = tmp_path / ("long-" * 20) / "state"
    with Stack(Settings(state_dir=state)) as stack:
        assert (state / "postgres" / "postmaster.pid").exists()
        with stack.database.begin() as session:
            assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_state_directory_whose_name_means_something_in_urls_works(tmp_path: Path) -> None:
    state = tmp_path / "c++ & 100%20, a#b?"
    with Stack(Settings(state_dir=state)) as stack:
        stack.wakeups.wake([Wakeup(1, Resource.CPU)])
        # A worker found both servers: it reported to one and took the message from the other.
        wait_until(lambda: len(_workers_alive(stack)) == 1)
        wait_until(lambda: stack.wakeups.waiting(Resource.CPU) == 0)
        assert (state / "postgres" / "postmaster.pid").exists()


def test_a_module_in_the_current_directory_is_not_mistaken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "celery.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    with Stack(Settings(state_dir=tmp_path / "state")) as stack:
        wait_until(lambda: "ready." in _worker_log(tmp_path / "state"))
        stack.tend()
        assert "not this one" not in _worker_log(tmp_path / "state")


def test_a_worker_that_cannot_start_ends_the_stack_with_its_reason(tmp_path: Path) -> None:
    with (
        Stack(Settings(state_dir=tmp_path)) as stack,
        pytest.raises(StorageUnavailable, match="worker ended; the end of"),
    ):
        while True:
            os.kill(stack.worker_pids[0], signal.SIGKILL)
            os.waitid(os.P_PID, stack.worker_pids[0], os.WEXITED | os.WNOWAIT)
            stack.tend()


def _workers_alive(stack: Stack) -> Sequence[Worker]:
    with stack.database.begin() as session:
        return fleet.alive(session, within_s=60)


def _worker_log(state: Path) -> str:
    return (state / "logs" / "worker.log").read_text()


def test_a_worker_log_that_has_grown_large_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs" / "worker.log").open("wb") as log:
        log.truncate(20 << 20)
    with Stack(Settings(state_dir=tmp_path)) as stack:
        stack.tend()
    assert (tmp_path / "logs" / "worker.log.1").stat().st_size == 20 << 20
    assert (tmp_path / "logs" / "worker.log").stat().st_size < 1 << 20


def test_a_worker_that_died_is_replaced(tmp_path: Path) -> None:
    with Stack(Settings(state_dir=tmp_path)) as stack:
        [first] = stack.worker_pids
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        stack.tend()
        assert psutil.pid_exists(stack.worker_pids[0])
        assert stack.worker_pids != [first]


def test_a_state_directory_that_cannot_be_made_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StorageUnavailable, match="choose another --state"),
        Stack(Settings(state_dir=tmp_path / "file" / "state")),
    ):
        pass


def test_a_given_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    settings = Settings(
        state_dir=tmp_path, database_url="postgresql://x@127.0.0.1:9/x?connect_timeout=1"
    )
    with pytest.raises(StorageUnavailable, match="PostgreSQL did not answer"), Stack(settings):
        pass


def test_embedded_servers_that_died_are_started_again(tmp_path: Path) -> None:
    with Stack(Settings(state_dir=tmp_path)) as stack:
        mine = [
            child for child in psutil.Process().children() if str(tmp_path) in str(child.cmdline())
        ]
        servers = [child for child in mine if child.name() in ("postgres", "redis-server")]
        assert len(servers) == 2
        for server in servers:
            server.kill()
            os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
        wait_until(lambda: _is_tended(stack))
        assert stack.wakeups.waiting(Resource.CPU) == 0


def _is_tended(stack: Stack) -> bool:
    try:
        stack.tend()
    except StorageUnavailable:  # PostgreSQL is still coming up
        return False
    return True
