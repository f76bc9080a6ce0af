"""Every `reelfarm` command the README shows is run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n"
VTT = "WEBVTT\n\n00:00:03.000 --> 00:00:04.000\nGuten Morgen.\n"
CHAPTERS = "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne\n\n00:00:04.000 --> 00:00:08.000\nTwo\n"


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("reelfarm ")]


def test_the_readme_shows_commands() -> None:
    assert len(readme_commands()) >= 5


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copyfile(title_clip, folder / "movie.mp4")
    (folder / "movie.en.srt").write_text(SRT)
    (folder / "movie.de.vtt").write_text(VTT)
    (folder / "chapters.vtt").write_text(CHAPTERS)
    return folder


@pytest.mark.parametrize("command", readme_commands())
def test_a_command_of_the_readme_works(desk: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *shlex.split(command)[1:]],
        cwd=desk,
        env={**os.environ, "REELFARM_STATE_DIR": str(desk / "state")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
