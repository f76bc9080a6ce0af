"""The runner against real programs: limits hold, and nothing is left behind."""

import os
import signal
import threading
import time
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.errors import Cancelled, LimitTooLow, ToolFailed, ToolStalled
from workers.programs.runner import run
from workers.programs.tools import Tools

ENDLESS = (
    *FFMPEG_PREAMBLE,
    *PROGRESS_ARGS,
    "-re",
    "-f",
    "lavfi",
    "-i",
    "testsrc2",
    "-f",
    "null",
    "-",
)


def ffmpeg(*args: str, limits: Limits | None = None, progress: bool = False) -> Command:
    return Command(
        Tool.FFMPEG, args, "encode", limits=limits or Limits(), reports_progress=progress
    )


def children() -> list[psutil.Process]:
    """Return the programs this process runs; servers of other tests may run beside them."""
    running = psutil.Process().children(recursive=True)
    return [child for child in running if "ffmpeg" in " ".join(child.cmdline())]


def test_progress_and_cost_are_reported(tools: Tools, tmp_path: Path) -> None:
    seen: list[Fraction] = []
    source = ("-f", "lavfi", "-i", "testsrc2=duration=2:rate=25")
    command = ffmpeg(
        *FFMPEG_PREAMBLE, *PROGRESS_ARGS, *source, "-c:v", "mpeg4", "a.mp4", progress=True
    )
    finished = run(command, tools=tools, cwd=tmp_path, on_progress=seen.append)
    assert seen[-1] == 2
    assert (tmp_path / "a.mp4").stat().st_size > 1000
    assert finished.cpu_s > 0
    assert finished.peak_rss_bytes > 10_000_000
    assert children() == []


def test_the_memory_of_a_program_is_not_that_of_its_worker(tools: Tools, tmp_path: Path) -> None:
    held = b"x" * (128 << 20)
    small = ("-f", "lavfi", "-i", "testsrc2=size=320x180:duration=20", "-f", "null", "-")
    kept = "testsrc2=size=1920x1080:duration=6,format=yuv420p,reverse"  # 3.1 MB a picture
    large = ("-f", "lavfi", "-i", kept, "-f", "null", "-")
    peaks = [
        run(ffmpeg(*FFMPEG_PREAMBLE, *source), tools=tools, cwd=tmp_path).peak_rss_bytes
        for source in (small, large)
    ]
    assert 16 << 20 < peaks[0] < 128 << 20
    assert peaks[1] > len(held)


def test_a_failure_carries_command_exit_code_and_last_lines(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"^encode: ffmpeg ended with exit code \d+: .*No such"):
        run(ffmpeg(*FFMPEG_PREAMBLE, "-i", "absent.mp4"), tools=tools, cwd=tmp_path)


def test_the_wall_limit_kills(tools: Tools, tmp_path: Path) -> None:
    command = ffmpeg(*ENDLESS, limits=Limits(wall_s=0.5), progress=True)
    with pytest.raises(ToolStalled, match="ran longer than its limit of 0 s"):
        run(command, tools=tools, cwd=tmp_path)
    assert children() == []


def test_a_program_that_stands_still_is_killed(tools: Tools, tmp_path: Path) -> None:
    command = ffmpeg(*ENDLESS, limits=Limits(stall_s=1.0), progress=True)

    def freeze() -> None:
        while not (found := [c for c in children() if c.name().startswith("ffmpeg")]):
            time.sleep(0.02)
        os.kill(found[0].pid, signal.SIGSTOP)

    freezer = threading.Thread(target=freeze)
    freezer.start()
    with pytest.raises(ToolStalled, match="made no progress for 1 s"):
        run(command, tools=tools, cwd=tmp_path)
    freezer.join()
    assert children() == []


def test_cancelling_ends_the_whole_group(tools: Tools, tmp_path: Path) -> None:
    stop = threading.Timer(0.5, lambda: None)
    stop.start()
    with pytest.raises(Cancelled, match="encode was stopped"):
        run(
            ffmpeg(*ENDLESS, progress=True),
            tools=tools,
            cwd=tmp_path,
            cancelled=stop.finished.is_set,
        )
    assert children() == []


def test_output_beyond_the_file_limit_fails(tools: Tools, tmp_path: Path) -> None:
    command = ffmpeg(
        *FFMPEG_PREAMBLE,
        *("-f", "lavfi", "-i", "testsrc2=duration=2:size=320x180", "-c:v", "rawvideo", "a.nut"),
        limits=Limits(file_bytes=100_000),
    )
    with pytest.raises(ToolFailed, match="killed by signal 25"):
        run(command, tools=tools, cwd=tmp_path)
    assert (tmp_path / "a.nut").stat().st_size <= 100_000


def test_a_program_that_may_open_no_more_files_is_not_called_a_failure(
    tools: Tools, tmp_path: Path
) -> None:
    pattern = ("-f", "lavfi", "-i", "testsrc2=duration=1")
    outputs = ("-f", "nut", "one.nut", "-f", "nut", "two.nut")
    few = ffmpeg(*FFMPEG_PREAMBLE, *pattern, *outputs, limits=Limits(open_files=4))
    with pytest.raises(LimitTooLow) as caught:
        run(few, tools=tools, cwd=tmp_path)
    assert caught.value.message.startswith("encode: ffmpeg may open no more than 4 files at once")


def test_credentials_of_the_worker_do_not_reach_a_program(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(ToolStalled):
        command = ffmpeg(*ENDLESS, limits=Limits(wall_s=1.0), progress=True)
        environments: list[dict[str, str]] = []

        def look() -> bool:
            environments.extend(c.environ() for c in children() if c.name().startswith("ffmpeg"))
            return False

        run(command, tools=tools, cwd=tmp_path, cancelled=look)
    assert environments
    plain = {"PATH", "LANG", "HOME", "TMPDIR", "SVT_LOG", "CUDA_DEVICE_ORDER"}
    assert all(set(found) == plain for found in environments)
