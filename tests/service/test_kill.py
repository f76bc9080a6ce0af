"""`kill -9` of `reelfarm run` at any step: nothing is left running, nothing is done twice."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.service.command_line import Desk
from tests.waiting import wait_until

STARTS = re.compile(r"[0-9a-f]{32} (\S+) starts, epoch")
DONE = re.compile(r"[0-9a-f]{32} (\S+) done,")


def kill_when(desk: Desk, source: Path, step: str) -> None:
    """Start the job and kill it with -9 as soon as a worker has begun `step`."""
    process = desk.start(str(source))
    wait_until(lambda: f" {step} starts" in desk.worker_log(), every_s=0.005, child=process)
    process.send_signal(signal.SIGKILL)
    process.wait()


def essence(record: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal however a job came to its end."""
    return {
        "renditions": [
            {key: rendition[key] for key in ("name", "frames", "width", "height", "vmaf")}
            for rendition in record["renditions"]
        ],
        "verdict": record["qc"]["verdict"],
        "checks": [(check["rule"], check["outcome"]) for check in record["qc"]["checks"]],
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> dict[str, Any]:
    ran = Desk(tmp_path_factory.mktemp("undisturbed")).run(str(title_clip))
    assert ran.status == 0, ran.stderr
    return essence(ran.record)


@pytest.mark.parametrize("step", ["analyze", "encode:0", "package", "measure:0", "publish"])
def test_a_killed_run_leaves_nothing_and_goes_on_where_it_stopped(
    tmp_path: Path, title_clip: Path, undisturbed: dict[str, Any], step: str
) -> None:
    desk = Desk(tmp_path)
    kill_when(desk, title_clip, step)
    assert desk.wait_until_gone(within_s=10) == []
    done_before = set(DONE.findall(desk.worker_log()))

    ran = desk.run(str(title_clip))

    assert ran.status == 0, ran.stderr
    attempts = {found["key"]: found["attempts"] for found in ran.record["steps"]}
    assert {attempts[key] for key in done_before} <= {1}
    assert attempts[step] == 2
    starts = STARTS.findall(desk.worker_log())
    assert {key: starts.count(key) for key in done_before} == dict.fromkeys(done_before, 1)
    assert essence(ran.record) == undisturbed
    assert desk.wait_until_gone(within_s=10) == []
