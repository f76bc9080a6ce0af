"""Which farm a client speaks to, and with which key."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.client.connection import SentBody
from api.client.places import KEY_FILE, UP, RunningFarm, announced, find_farm, running_farm
from farm.errors import InvalidSpec, NotSignedIn, ReelFarmError
from farm.settings import Settings

HERE = RunningFarm("http://127.0.0.1:8000", "postgresql://here")
THERE = "https://farm.example"


def settings(state: Path, **given: str) -> Settings:
    return Settings.model_validate({"state_dir": state, **given})


def test_a_farm_that_runs_here_is_found_as_long_as_it_runs(tmp_path: Path) -> None:
    here = settings(tmp_path)
    assert running_farm(here) is None
    (tmp_path / KEY_FILE).write_text("rf_here\n")
    with announced(here, HERE):
        assert (tmp_path / UP).stat().st_mode & 0o777 == 0o600
        assert running_farm(here) == HERE
        assert find_farm(here) == (HERE.url, "rf_here")
    assert running_farm(here) is None


def test_what_is_given_goes_before_the_settings_and_these_before_what_runs_here(
    tmp_path: Path,
) -> None:
    (tmp_path / KEY_FILE).write_text("rf_here")
    told = settings(tmp_path, url=f"{THERE}/", key="rf_there")
    with announced(told, HERE):
        assert find_farm(told) == (THERE, "rf_there")
        assert find_farm(told, "http://given:1", "rf_given") == ("http://given:1", "rf_given")
        assert find_farm(told, HERE.url) == (HERE.url, "rf_there")


def test_the_key_of_the_farm_that_runs_here_is_sent_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("rf_here")
    here = settings(tmp_path)
    with announced(here, HERE):
        assert find_farm(here, HERE.url) == (HERE.url, "rf_here")
        with pytest.raises(NotSignedIn, match=f"no key for the farm at {THERE}: set REELFARM_KEY"):
            find_farm(here, THERE)


@pytest.mark.parametrize(
    ("url", "key", "kind", "complaint"),
    [
        (None, None, InvalidSpec, "start one with reelfarm up, or set REELFARM_URL"),
        (None, "rf_x", InvalidSpec, "start one with reelfarm up, or set REELFARM_URL"),
        ("farm.example", "rf_x", InvalidSpec, "begins with http:// or https://"),
        ("http:///x", "rf_x", InvalidSpec, "begins with http:// or https://"),
        (THERE, None, NotSignedIn, "set REELFARM_KEY"),
        (THERE, "rf_x\nX-Evil: 1", NotSignedIn, "REELFARM_KEY is no key"),
        (THERE, "schlüssel", NotSignedIn, "REELFARM_KEY is no key"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, url: str | None, key: str | None, kind: type[ReelFarmError], complaint: str
) -> None:
    with pytest.raises(kind, match=complaint):
        find_farm(settings(tmp_path), url, key)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"url": "x"}', '{"broker": "of an old version"}']
)
def test_a_file_that_says_something_else_is_no_farm(tmp_path: Path, text: str) -> None:
    (tmp_path / UP).write_text(text)
    assert running_farm(settings(tmp_path)) is None


def test_the_key_is_not_shown_with_the_settings(tmp_path: Path) -> None:
    told = settings(tmp_path, key="rf_secret")
    assert told.key == SecretStr("rf_secret")
    assert "rf_secret" not in repr(told)


def test_a_file_is_read_again_from_its_beginning_and_a_pipe_is_not() -> None:
    file = SentBody(BytesIO(b"x" * 100_000), "text/csv")
    assert file.rewindable
    assert [len(b"".join(file.pieces())) for _ in range(2)] == [100_000, 100_000]
    pipe = SentBody((part for part in (b"a", b"b")), "text/csv")
    assert not pipe.rewindable
    assert list(pipe.pieces()) == [b"a", b"b"]


def test_the_client_needs_neither_the_server_nor_the_database() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'uvicorn', 'celery', 'boto3'}"
    code = f"import api.client, sys; print(*({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
