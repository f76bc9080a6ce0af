"""Workers whose tools were installed elsewhere and at other times reuse each other's parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.command import Tool
from storage.postgres.database import Database
from tests.forked import Ran
from tests.media.images import rebuilt, relocated
from tests.service.command_line import Desk
from workers.programs.builds import ASK_FOR_VERSION
from workers.programs.tools import Tools

WORLD = {"ingest", "ladder", "verify", "publish"}  # decides these: they run in every job


@pytest.fixture
def shared_farm(
    database: Database,
    database_url: str,
    broker_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database and a work store for all hosts."""
    monkeypatch.setenv("REELFARM_DATABASE_URL", database_url)
    monkeypatch.setenv("REELFARM_BROKER_URL", broker_url)
    monkeypatch.setenv("REELFARM_WORK_URL", str(tmp_path / "work"))


def image(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    """Have the tools of this image from here on."""
    for tool in ASK_FOR_VERSION:
        monkeypatch.setenv(f"REELFARM_{tool.upper()}", str(getattr(tools, tool.value)))


def run_on(folder: Path, clip: Path, asset: str) -> Ran:
    """Run a title on a host that has nothing yet."""
    folder.mkdir()
    ran = Desk(folder).run(str(clip), "--asset", asset)
    assert ran.status == 0, ran.stderr
    return ran


def made(ran: Ran) -> set[str]:
    """Return the kinds of the steps whose output was not known before."""
    return {step["kind"] for step in ran.record["steps"] if not step["reused"]}


@pytest.mark.usefixtures("shared_farm")
def test_workers_on_two_images_reuse_each_others_parts(
    title_clip: Path, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_on(tmp_path / "one", title_clip, "first")
    assert {"analyze", "encode", "stitch", "audio", "package", "measure"} <= made(first)

    other = relocated(tools, tmp_path / "image")
    image(monkeypatch, other)
    second = run_on(tmp_path / "two", title_clip, "second")
    assert made(second) == WORLD

    # Another build of ffprobe probes alike, so that only what it was used for is made anew.
    newer = rebuilt(other.ffprobe, tmp_path, b"n8.1.2", b"n8.1.3")
    monkeypatch.setenv(f"REELFARM_{Tool.FFPROBE.upper()}", str(newer))
    third = run_on(tmp_path / "three", title_clip, "third")
    assert made(third) == WORLD | {"analyze", "stitch", "audio"}
