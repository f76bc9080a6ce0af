"""Building the image here: what it starts from, and what is said where that cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "deploy" / "image.py"


def base_of(dockerfile: str) -> str:
    code = "import sys, runpy; print(runpy.run_path(sys.argv[1])['base_of'](sys.argv[2]))"
    argv = [sys.executable, "-c", code, str(SCRIPT), dockerfile]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def test_every_stage_starts_from_one_image() -> None:
    assert base_of((REPOSITORY / "Dockerfile").read_text("utf-8")) == "python:3.11-slim-bookworm"
    with pytest.raises(subprocess.CalledProcessError) as failed:
        base_of("FROM a\nRUN x\nFROM b AS c\n")
    assert "starts from ['a', 'b']" in failed.value.stderr


def test_where_the_programs_are_missing_that_is_said_in_a_sentence(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr) == (
        1,
        "",
        "make image: buildah and debootstrap not found: the image was neither built nor tried;"
        " apt-get install buildah debootstrap\n",
    )
