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
from storage.objects.s3_client import s3_client
from storage.postgres.database import Database
from tests.conftest import REPOSITORY, S3
from tests.service.commands import farm_environment, reelfarm, started
from tests.service.ports import free_port

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n"
VTT = "WEBVTT\n\n00:00:03.000 --> 00:00:04.000\nGuten Morgen.\n"
CHAPTERS = "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne\n\n00:00:04.000 --> 00:00:08.000\nTwo\n"


def readme_blocks() -> list[list[str]]:
    """Return the lines of every block of shell commands."""
    blocks = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    return [[line.strip() for line in block.splitlines()] for block in blocks]


def block_with(command: str) -> list[str]:
    """Return the block that has a line beginning like this."""
    [block] = [b for b in readme_blocks() if any(line.startswith(command) for line in b)]
    return block


def readme_commands() -> list[str]:
    """Return the commands that need no farm."""
    return [line for line in block_with("reelfarm run") if line.startswith("reelfarm ")]


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


def environment_of(desk: Path, **changes: str) -> dict[str, str]:
    return farm_environment(REELFARM_STATE_DIR=str(desk / "state"), **changes)


def test_the_farm_on_one_machine_works_as_the_readme_shows_it(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    up, submit, status = block_with("reelfarm up")
    port = str(free_port())
    words = shlex.split(up.replace("8000", port))[1:]
    environment = environment_of(desk)
    with started(*words, environment=environment, log=desk / "up.log") as farm:
        farm.wait_until(lambda: reelfarm("status", environment=environment).status == 0)
        job = reelfarm(*shlex.split(submit)[1:], environment=environment).stdout.strip()
        assert reelfarm(*shlex.split(status)[1:], environment=environment).status == 0
        watched = reelfarm("watch", job, environment=environment)
        assert watched.status == 0, watched.stderr


def test_the_farm_on_many_machines_works_as_the_readme_shows_it(
    desk: Path, s3: S3, database_url: str, database: Database, broker_url: str
) -> None:
    servers, locations, *commands, submit = block_with("export REELFARM_DATABASE_URL")
    assert [shlex.split(line)[1] for line in commands] == ["migrate", "worker", "reconcile"]
    assert re.findall(r"REELFARM_\w+", servers) == [
        *("REELFARM_DATABASE_URL", "REELFARM_BROKER_URL", "REELFARM_WORK_URL")
    ]
    given = dict(word.split("=", 1) for word in shlex.split(locations)[1:])
    assert given.keys() == {"REELFARM_SOURCES", "REELFARM_ORIGINS"}
    client = s3_client(s3.settings)
    for bucket in ("sources", "origin", "work"):
        client.create_bucket(Bucket=bucket)
    client.upload_file(str(desk / "movie.mp4"), "sources", "movie.mp4")
    environment = environment_of(
        desk,
        REELFARM_DATABASE_URL=database_url,
        REELFARM_BROKER_URL=broker_url,
        REELFARM_WORK_URL="s3://work",
        REELFARM_S3_ENDPOINT_URL=s3.server.endpoint_url,
        **given,
    )
    migrate, worker, reconcile = (shlex.split(line)[1:] for line in commands)
    assert reelfarm(*migrate, environment=environment).status == 0
    with (
        started(*worker, environment=environment, log=desk / "worker.log"),
        started(*reconcile, environment=environment, log=desk / "reconcile.log"),
    ):
        job = reelfarm(*shlex.split(submit)[1:], environment=environment).stdout.strip()
        watched = reelfarm("watch", job, environment=environment)
        assert watched.status == 0, watched.stderr
    assert client.head_object(Bucket="origin", Key="default/movie/master.m3u8")
