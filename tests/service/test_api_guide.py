"""docs/api.md teaches the API by examples: all of them are run, on a farm of `reelfarm up`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farm.command import Command, Finished
from tests.conftest import REPOSITORY
from tests.service.commands import farm_environment, started
from tests.service.movie import gentle_movie
from tests.service.ports import free_port
from tests.waiting import HANGS_AFTER_S

GUIDE = REPOSITORY / "docs" / "api.md"
MARK = "-- example {} --"


@pytest.fixture(scope="module")
def said(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Iterator[list[str]]:
    """What each block of the guide printed, in order."""
    if shutil.which("curl") is None:
        if "CI" in os.environ:
            pytest.fail("curl is missing: .ci/run installs it")
        pytest.skip("curl is missing: install it to try the examples of docs/api.md")
    folder = tmp_path_factory.mktemp("guide")
    run_command(gentle_movie(), folder)
    port, state = free_port(), folder / "state"
    command = ("up", "--state", str(state), "--port", f"{port}")
    with started(*command, environment=farm_environment(), log=folder / "up.log") as farm:
        farm.wait_until(lambda: "The farm is up" in farm.output)
        yield run_blocks(folder, port, state / "admin.key", folder / "movie.mp4")
        assert farm.stop() == 0


def run_blocks(folder: Path, port: int, key: Path, clip: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    marked = (f'printf "\\n{MARK.format(n)}\\n"\n{block}' for n, block in enumerate(blocks))
    script = "set -eu\n" + "\n".join(marked)
    environment = {
        **os.environ,
        "REELFARM_URL": f"http://127.0.0.1:{port}",
        "REELFARM_KEY": key.read_text().strip(),
        "CLIP": clip.as_uri(),
    }
    ran = subprocess.run(
        ["bash", "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-2000:]
    pattern = re.escape(MARK).replace(re.escape("{}"), r"\d+")
    return [text.strip() for text in re.split(pattern, ran.stdout)[1:]]


def documents(text: str) -> list[dict[str, object]]:
    """Return the JSON objects that stand one after the other in a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        document, at = decoder.raw_decode(text, at)
        found.append(document)
    return found


def test_a_title_is_taken_in_and_followed_to_its_end(said: list[str]) -> None:
    [accepted] = documents(said[1])
    assert (accepted["state"], accepted["asset"]) == ("QUEUED", "my-movie")
    [record] = documents(said[2])
    assert (record["id"], record["metadata"]) == (accepted["id"], {"season": 2})
    types = re.findall(r"^event: (.*?)\r?$", said[3], re.MULTILINE)
    assert (types[0], types[-1]) == ("job.accepted", "job.published")
    assert {"source.probed", "rendition.ready", "track.ready", "title.playable"} <= set(types)


def test_a_repeated_request_is_answered_alike(said: list[str]) -> None:
    first, second = documents(said[4])
    assert first == second


def test_a_catalog_takes_the_good_rows(said: list[str]) -> None:
    [answer] = documents(said[5])
    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    shown, titles, quality, retried, cancelled = documents(said[6])
    assert shown["name"] == cancelled["name"] == "autumn"
    assert (titles["items"], retried) == ([], {"titles": 0})
    assert "external_id,asset,state" in said[6]
    assert "words" in quality


def test_lists_changes_of_mind_and_retries_are_answered(said: list[str]) -> None:
    pages = documents(said[7])
    assert all("items" in page for page in pages)
    assert len(pages) == 3
    cancelled, acted = documents(said[8])
    assert cancelled["state"] == "PUBLISHED"  # an ended one stays as it is
    assert "jobs" in acted
    [retried] = documents(said[9])
    assert retried["state"] == "QUEUED"
    assert len(said) == 10
