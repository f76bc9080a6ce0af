"""Every `reelfarm` command the README shows is run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
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
def desk(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Path:
    """A folder with the files the README speaks of; the movie is as gentle as films are."""
    folder = tmp_path_factory.mktemp("readme")
    picture = ("-f", "lavfi", "-i", "gradients=size=640x360:rate=25:duration=8:speed=0.02:seed=1")
    tone = ("-f", "lavfi", "-i", "sine=duration=8")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    make = (*FFMPEG_PREAMBLE, *picture, *tone, *codecs, "movie.mp4")
    run_command(Command(Tool.FFMPEG, make, "make the movie"), folder)
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
