"""Every `reelfarm` command the README shows is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from farm.command import Command, Finished
from storage.objects.s3_client import s3_client
from storage.postgres.database import Database
from tests.conftest import REPOSITORY, S3
from tests.service.commands import farm_environment, reelfarm, started
from tests.service.movie import gentle_movie
from tests.service.ports import free_port
from tests.waiting import HANGS_AFTER_S

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
    """A folder with the files the README speaks of."""
    folder = tmp_path_factory.mktemp("readme")
    run_command(gentle_movie(), folder)
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
        timeout=HANGS_AFTER_S,
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
        the_api_works_as_the_readme_shows_it(desk, port)


def the_api_works_as_the_readme_shows_it(desk: Path, port: str) -> None:
    (desk / "autumn.csv").write_text(f"external_id,source\none,file://{desk}/movie.mp4\n")

    def here(text: str) -> str:
        text = text.replace("8000", port).replace("/media/movie.mp4", f"{desk}/movie.mp4")
        return text.replace("~/.local/state/reelfarm", f"{desk}/state")

    shell = here("\n".join(["set -euo pipefail", *block_with("ask()")]))
    told = _ran(["bash", "-c", shell], desk)
    one, catalog, standing = map(json.loads, told.replace("}{", "}\n{").splitlines())
    assert one["state"] == "QUEUED"
    assert (catalog["accepted"], catalog["rejected"]) == (1, 0)
    assert standing["name"] == "autumn"
    [python] = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    key = (desk / "state" / "admin.key").read_text().strip()
    known = {"REELFARM_URL": f"http://127.0.0.1:{port}", "REELFARM_KEY": key}
    assert _ran([sys.executable, "-c", here(python)], desk, **known).startswith("PUBLISHED")


def _ran(argv: list[str], folder: Path, **changes: str) -> str:
    done = subprocess.run(
        argv,
        cwd=folder,
        env=farm_environment(**changes),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=HANGS_AFTER_S,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_farm_on_many_machines_works_as_the_readme_shows_it(
    desk: Path, s3: S3, database_url: str, database: Database, broker_url: str
) -> None:
    servers, locations, *commands, farm, submit = block_with("export REELFARM_DATABASE_URL")
    assert [shlex.split(line)[1] for line in commands] == ["migrate", "worker", "reconcile", "api"]
    make_key = re.fullmatch(
        r"export REELFARM_URL=http://127.0.0.1:8000 REELFARM_KEY=\$\((.*)\)", farm
    )
    assert make_key is not None
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
    port = str(free_port())
    migrate, worker, reconcile, api = (
        shlex.split(line.replace("8000", port))[1:] for line in commands
    )
    assert reelfarm(*migrate, environment=environment).status == 0
    with (
        started(*worker, environment=environment, log=desk / "worker.log"),
        started(*reconcile, environment=environment, log=desk / "reconcile.log"),
        started(*api, environment=environment, log=desk / "api.log") as running,
    ):
        ready = ("health", "api", "--ready", "--port", port)
        running.wait_until(lambda: reelfarm(*ready, environment=environment).status == 0)
        key = reelfarm(*shlex.split(make_key[1])[1:], environment=environment).stdout.strip()
        there = environment_of(
            desk, REELFARM_URL=f"http://127.0.0.1:{port}", REELFARM_KEY=key
        )  # nothing else is needed to hand in a title
        job = reelfarm(*shlex.split(submit)[1:], environment=there).stdout.strip()
        watched = reelfarm("watch", job, environment=there)
        assert watched.status == 0, watched.stderr
    assert client.head_object(Bucket="origin", Key="default/movie/master.m3u8")
