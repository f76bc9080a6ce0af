"""Every example of docs/client.md is run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.settings import Settings
from storage.postgres.database import Database
from tests.conftest import REPOSITORY
from tests.drifting import drifting
from tests.service.api_server import api_server
from tests.service.commands import farm_environment, reelfarm, started
from tests.service.ports import free_port
from tests.waiting import HANGS_AFTER_S

PAGE = (REPOSITORY / "docs" / "client.md").read_text("utf-8")
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n"
FOR_LONG = "watch-folder"  # goes on until it is stopped
NEED_WORKERS = ("--wait", "reelfarm watch ", "farm.wait(")


def blocks(kind: str) -> list[str]:
    """Return the examples of one language."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    """Return those that end, each with its language."""
    found = [(kind, block) for kind in ("sh", "python") for block in blocks(kind)]
    return [(kind, block) for kind, block in found if FOR_LONG not in block]


def with_workers(wanted: bool) -> list[tuple[str, str]]:
    return [
        (kind, block)
        for kind, block in examples()
        if any(mark in block for mark in NEED_WORKERS) == wanted
    ]


def run(kind: str, block: str, folder: Path, environment: dict[str, str]) -> str:
    """Return what an example prints."""
    bash = ["bash", "-euo", "pipefail", "-c", block]
    done = subprocess.run(
        bash if kind == "sh" else [sys.executable, "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=HANGS_AFTER_S,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Path:
    """A folder with the files the page speaks of."""
    folder = tmp_path_factory.mktemp("client")
    picture = ("-f", "lavfi", "-i", drifting("320x180", 8))
    tone = ("-f", "lavfi", "-i", "sine=duration=8")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    make = (*FFMPEG_PREAMBLE, *picture, *tone, *codecs, "movie.mp4")
    run_command(Command(Tool.FFMPEG, make, "make the movie"), folder)
    (folder / "movie.en.srt").write_text("1\n00:00:01,000 --> 00:00:02,500\nHello.\n")
    (folder / "chapters.vtt").write_text(VTT)
    [table] = blocks("csv")
    (folder / "spring.csv").write_text(table)
    (folder / "inbox").mkdir()
    return folder


def environment_of(folder: Path, **given: str) -> dict[str, str]:
    """Return the environment of a shell in which `reelfarm` is a command."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return farm_environment(PATH=path, REELFARM_STATE_DIR=str(folder / "state"), **given)


@pytest.fixture
def environment(
    desk: Path, database: Database, database_url: str, broker_url: str
) -> Iterator[dict[str, str]]:
    """Of a shell beside a farm without workers: nothing of a title is done."""
    settings = Settings(sources="any", origins="any", origin=str(desk / "origin"))
    with api_server(database_url, broker_url, settings) as api:
        given = {**api.environment(), "REELFARM_DATABASE_URL": database_url}
        yield environment_of(desk, **given)


def test_the_page_has_examples_of_both_kinds() -> None:
    assert {kind for kind, _ in with_workers(True)} == {"sh", "python"}
    assert len(with_workers(False)) >= 6


@pytest.mark.parametrize(("kind", "block"), with_workers(False))
def test_an_example_of_the_page_works(
    desk: Path, environment: dict[str, str], kind: str, block: str
) -> None:
    assert run(kind, block, desk, environment)


def test_examples_that_wait_for_a_title_see_it_published(desk: Path) -> None:
    environment = environment_of(desk)
    log = desk / "up.log"
    with started("up", "--port", f"{free_port()}", environment=environment, log=log) as farm:
        farm.wait_until(lambda: reelfarm("status", environment=environment).status == 0)
        for kind, block in with_workers(True):
            printed = run(kind, block, desk, environment)
            assert "master.m3u8" in printed


def test_a_watched_folder_hands_in_what_is_put_there(
    desk: Path, environment: dict[str, str]
) -> None:
    [block] = [block for block in blocks("sh") if FOR_LONG in block]
    words = block.replace("inbox", str(desk / "inbox")).split()[1:]
    with started(*words, environment=environment, log=desk / "watch.log") as watching:
        (desk / "inbox" / "film.mp4").write_bytes((desk / "movie.mp4").read_bytes())
        watching.wait_until(lambda: "film.mp4" in watching.output)
    assert re.search(r"^[0-9a-f]{32} .*film\.mp4$", watching.output, re.MULTILINE)
