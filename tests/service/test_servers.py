"""The embedded servers where something is wrong with what they are made of."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
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
