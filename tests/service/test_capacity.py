"""What a worker gives out: never more than it has, and its own scratch folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.postgres.claims import Claim
from workers.engine.capacity import Capacity, Closed
from workers.engine.scratch import Scratch, clear_dead

CLAIM = Claim(1, "job", "a", "audio", "a", {}, (), {}, 1, 1.0, 1000, False, datetime.now(UTC))


def capacity(tmp_path: Path, cores: int = 4) -> Capacity:
    return Capacity(Settings(state_dir=tmp_path, cores=cores, memory_bytes=10_000))


def test_what_is_granted_is_given_back(tmp_path: Path) -> None:
    worker = capacity(tmp_path)
    grant = worker.grant(replace(CLAIM, cores=3.0))
    assert (worker.room().spare_cores, worker.room().spare_memory_bytes) == (1.0, 9000)
    assert not worker.room().idle
    with worker.held(grant):
        pass
    assert (worker.room().spare_cores, worker.room().idle) == (4.0, True)


def test_a_step_larger_than_the_worker_gets_all_of_it(tmp_path: Path) -> None:
    worker = capacity(tmp_path)
    grant = worker.grant(replace(CLAIM, cores=16.0, memory_bytes=1 << 40))
    assert (grant.cores, grant.threads, grant.memory_bytes) == (4.0, 4, 10_000)


def test_a_light_step_may_still_use_one_thread(tmp_path: Path) -> None:
    assert capacity(tmp_path).grant(replace(CLAIM, cores=0.25)).threads == 1


def test_heavy_and_light_steps_fit_beside_each_other_whichever_came_first(tmp_path: Path) -> None:
    worker, heavy, light = capacity(tmp_path), replace(CLAIM, cores=4.0), replace(CLAIM, cores=0.5)
    for order in (heavy, light, light), (light, heavy, light), (light, light, heavy):
        grants = [worker.grant(claim) for claim in order]
        assert (worker.room().spare_cores, worker.room().spare_for_light) == (0.0, 0.0)
        assert worker.is_full()
        for grant in grants:
            with worker.held(grant):
                pass
    one, two, _ = (worker.grant(light) for _ in range(3))
    assert (worker.room().spare_cores, worker.room().spare_for_light) == (3.5, 3.5)
    with worker.held(one), worker.held(two):
        pass
    assert (worker.room().spare_cores, worker.room().spare_for_light) == (4.0, 4.5)


def test_beside_an_isolated_step_there_is_room_for_nothing(tmp_path: Path) -> None:
    worker = capacity(tmp_path)
    assert not worker.is_full()
    grant = worker.grant(replace(CLAIM, isolated=True))
    assert (worker.is_full(), worker.wants_wakeups()) == (True, False)
    assert grant.threads == 1
    with worker.held(grant):
        pass
    assert worker.wants_wakeups()


def test_a_worker_without_room_leaves_wakeups_to_others_until_it_is_idle(
    tmp_path: Path,
) -> None:
    worker = capacity(tmp_path)
    grant = worker.grant(CLAIM)
    worker.has_no_room()
    assert not worker.wants_wakeups()
    with worker.held(grant):
        pass
    assert worker.wants_wakeups()


def test_a_worker_that_will_ask_anyway_leaves_wakeups_to_others(tmp_path: Path) -> None:
    worker = capacity(tmp_path)
    worker.will_ask(True)
    assert not worker.wants_wakeups()
    worker.will_ask(False)
    assert worker.wants_wakeups()


def test_a_worker_that_takes_no_work_leaves_wakeups_to_others_until_no_reason_is_left(
    tmp_path: Path,
) -> None:
    worker = capacity(tmp_path)
    for why in Closed:
        worker.close(why)
    worker.reopen(Closed.WRONG_TIME)
    assert (worker.wants_wakeups(), worker.is_full(), worker.idle_soon()) == (False, True, False)
    worker.reopen(Closed.TOLD_TO_STOP)
    assert (worker.wants_wakeups(), worker.is_full(), worker.idle_soon()) == (True, False, True)


def test_processes_share_a_scratch_directory_and_clear_what_the_dead_left(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal, sys; from workers.engine.scratch import Scratch;"
        " folder = Scratch(pathlib.Path(sys.argv[1])).__enter__().folder;"
        " (folder / 'file').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    with Scratch(tmp_path) as alive:
        (alive.folder / "mine").write_text("x")
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
        assert len(_folders(tmp_path)) == 2
        clear_dead(tmp_path)
        assert _folders(tmp_path) == [alive.folder]
        assert (alive.folder / "mine").exists()
    assert _folders(tmp_path) == []


def test_a_step_finds_its_folder_empty_and_leaves_none(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        with scratch.folder_for("one") as first:
            inode = first.stat().st_ino
            (first / "deep").mkdir()
            (first / "deep" / "file").write_text("x")
            (first / "source").symlink_to("/")
            with scratch.folder_for("two") as other:
                assert other.stat().st_ino != inode
        assert not first.exists()
        with scratch.folder_for("three") as again:
            assert (again, list(again.iterdir())) == (scratch.folder / "three", [])
            assert again.stat().st_ino == inode
    assert _folders(tmp_path) == []


def test_a_scratch_folder_that_somebody_tidied_away_is_made_again(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        with scratch.folder_for("one") as folder:
            shutil.rmtree(scratch.folder)
        with scratch.folder_for("two"):
            pass
        shutil.rmtree(scratch.folder)
        with scratch.folder_for("three") as folder:
            assert list(folder.iterdir()) == []


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()]


def test_a_scratch_directory_that_cannot_be_used_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StorageUnavailable, match="check REELFARM_SCRATCH_DIR"),
        Scratch(tmp_path / "file" / "scratch"),
    ):
        pass
