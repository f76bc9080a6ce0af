"""The embedded servers where something is wrong with what they are made of."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.postgres.database import Database
from tests.cluster import copy_cluster, wait_for_postgres
from tests.waiting import wait_until
from workers.programs import servers


def broken(folder: Path, script: str) -> Settings:
    """Return settings whose `initdb` is this shell script."""
    binaries = folder / "bin"
    binaries.mkdir()
    initdb = binaries / "initdb"
    initdb.write_text(f"#!/bin/sh\n{script}\n")
    initdb.chmod(0o755)
    return Settings(state_dir=folder / "state", postgres_bin=binaries)


def test_an_initdb_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "INIT_WITHIN_S", 1.0)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(StorageUnavailable) as caught:
        servers.start_postgres(broken(tmp_path, "sleep 600 & sleep 600"))
    assert caught.value.message == (
        f"initdb did not make {tmp_path}/state/postgres in 1 s: check the disk it is on, or choose"
        " another --state"
    )
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert not (tmp_path / "state" / "postgres").exists()


def test_an_initdb_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        servers.start_postgres(broken(tmp_path, "echo 'no space left' >&2; exit 1"))
    assert caught.value.message == (
        f"initdb could not make {tmp_path}/state/postgres: no space left"
    )


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that lives and is nobody's server."""
    process = subprocess.Popen(["sleep", "600"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "left",
    [
        "{stranger}\n{state}/postgres\n1700000000\n5432\n{state}/run\n\n  5432001  0\nready\n",
        "",  # a power loss leaves files empty, or full of zeros
        "\0\0\0\0",
    ],
)
def test_lock_files_that_a_power_loss_left_stop_nobody(
    tmp_path: Path, cluster: Path, stranger: int, left: str
) -> None:
    settings = Settings(state_dir=tmp_path)
    copy_cluster(cluster, tmp_path)
    for lock in (tmp_path / "postgres" / "postmaster.pid", tmp_path / "run/.s.PGSQL.5432.lock"):
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(left.format(stranger=stranger, state=tmp_path))
    server, url = servers.start_postgres(settings)
    try:
        database = Database(url)
        wait_for_postgres(database)
        database.close()
    finally:
        server.stop()
    assert psutil.pid_exists(stranger)


def test_a_server_that_still_runs_on_the_cluster_is_named(
    tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "STOP_WITHIN_S", 0.2)
    settings = Settings(state_dir=tmp_path)
    copy_cluster(cluster, tmp_path)
    server, _ = servers.start_postgres(settings)
    try:
        wait_until((tmp_path / "run/.s.PGSQL.5432.lock").exists, child=server.child)
        (tmp_path / "run/.s.PGSQL.5432.lock").unlink()  # one of the two says it
        with pytest.raises(StorageUnavailable, match=f"process {server.child.pid} still runs on"):
            servers.start_postgres(settings)
    finally:
        monkeypatch.undo()
        server.stop()
