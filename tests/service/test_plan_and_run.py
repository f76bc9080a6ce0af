"""The whole `reelfarm plan` of a clip against the programs that `reelfarm run` really starts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.forked import run_reelfarm
from tests.media.media_factory import Clips, talkie
from tests.service.command_line import Desk
from workers.programs.tools import Tools

Argv = tuple[str, ...]
# Notes its own argv in a file, then becomes the program.
# (ffprobe may write no file at all while it looks at a source, so it is not among them.)
NOTED = ("ffmpeg", "packager")
ASKED_FOR_ITS_BUILD = (("-version",), ("--version",))
NOTING = '#!/bin/sh\nprintf "%s\\0" "$0" "$@" > "{folder}/$$"\nexec "{program}" "$@"\n'


@pytest.fixture
def noted(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every run of FFmpeg and of the packager leaves its argv."""
    folder = tmp_path / "argvs"
    folder.mkdir()
    for name in NOTED:
        script = tmp_path / name
        script.write_text(NOTING.format(folder=folder, program=getattr(tools, name)))
        script.chmod(0o755)
        monkeypatch.setenv(f"REELFARM_{name.upper()}", str(script))
    monkeypatch.setenv("REELFARM_ENCODE_SLOTS", "1")
    monkeypatch.setenv("REELFARM_CORES", "1")
    return folder


def argvs(folder: Path) -> Counter[Argv]:
    runs = [path.read_text().rstrip("\0").split("\0") for path in folder.iterdir()]
    return Counter(tuple(argv) for argv in runs)


@pytest.mark.parametrize(
    "options",
    [(), ("--excerpt", "1.1+2"), ("--excerpt", "1.5+3")],
    ids=["whole", "excerpt", "excerpt-to-the-end"],
)
def test_a_run_starts_the_programs_that_the_plan_showed_and_pictures_for_the_report(
    clips: Clips, noted: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    desk, source = Desk(tmp_path / "desk"), str(talkie(clips))
    desk.folder.mkdir()
    planned = run_reelfarm(desk.arguments("plan", source, *options))
    shown = Counter(
        tuple(argv)
        for step in json.loads(planned.stdout)["steps"]
        for argv in step["commands"]
        if Path(argv[0]).name in NOTED
    )
    assert not argvs(noted)  # a plan encodes nothing
    ran = desk.run(source, *options)
    assert (ran.status, ran.record["state"]) == (0, "PUBLISHED"), ran.stderr
    started = argvs(noted)
    stills = Counter({argv: count for argv, count in started.items() if "mjpeg" in argv})
    # The worker asks each program once which build it is, for fingerprints.
    asked = Counter(
        {argv: count for argv, count in started.items() if argv[1:] in ASKED_FOR_ITS_BUILD}
    )
    assert started - stills - asked == shown
    assert stills
    assert Counter(Path(argv[0]).name for argv in asked.elements()) == Counter(NOTED)
    assert all(step["progress"] == 1.0 for step in ran.record["steps"])
