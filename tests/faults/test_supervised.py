"""The worker process under `reelfarm run` is a child that is watched: killed, it is replaced."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.faults.invariants import essence
from tests.service.command_line import Desk
from tests.waiting import wait_until


def worker_of(process: psutil.Process) -> psutil.Process | None:
    """Return the worker process that a `reelfarm run` has started."""
    workers = [child for child in process.children() if "workers.engine.main" in child.cmdline()]
    return workers[0] if workers else None


@pytest.mark.slow_fault
def test_a_run_whose_worker_is_killed_in_the_middle_of_an_encode_publishes(
    tmp_path: Path, title_clip: Path
) -> None:
    calm = Desk(tmp_path / "calm")
    calm.folder.mkdir()
    undisturbed = calm.run(str(title_clip))
    assert undisturbed.status == 0, undisturbed.stderr

    desk = Desk(tmp_path / "disturbed")
    desk.folder.mkdir()
    process = desk.start(str(title_clip))
    begun = " encode:0 starts"
    wait_until(lambda: begun in desk.worker_log(), every_s=0.005, child=process)
    worker = worker_of(psutil.Process(process.pid))
    assert worker is not None
    worker.kill()
    assert process.wait(120) == 0
    again = desk.run(str(title_clip))  # finds everything done, and says what was made
    assert essence(again.record) == essence(undisturbed.record)
    assert desk.wait_until_gone(within_s=10) == []
