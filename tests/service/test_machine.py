"""`reelfarm run` on machines as they come: few files, odd names, and nowhere to write to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from tests.service import few_files
from tests.service.command_line import Desk
from tests.service.commands import REELFARM
from tests.waiting import HANGS_AFTER_S

LATIN_1 = os.fsdecode(b"nuit-\xe9")  # "é" in a name made long ago


def run(
    desk: Desk,
    source: str,
    *options: str,
    wrapper: tuple[str, ...] = (),
    stdout: int | IO[bytes] = subprocess.PIPE,
    before: Callable[[], None] | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run `reelfarm run` from nothing, as a shell would."""
    done = subprocess.run(
        [*wrapper, *REELFARM, *desk.arguments("run", source, *options)],
        check=False,
        cwd=desk.folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=before,
        timeout=HANGS_AFTER_S,
    )
    assert b"Traceback" not in done.stderr
    return done


def last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode().strip().splitlines()[-1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    for name in ("title.mp4", f"{LATIN_1}.mp4"):
        (desk.folder / name).symlink_to(title_clip)
    return desk


def may_open(count: int) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", few_files.__file__, f"{count}")


def test_a_machine_that_allows_few_open_files_is_used_as_it_is(desk: Desk) -> None:
    done = run(desk, "title.mp4", wrapper=may_open(256))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "PUBLISHED"


def test_a_machine_that_allows_too_few_says_how_to_allow_more(desk: Desk) -> None:
    done = run(desk, "title.mp4", wrapper=may_open(128))
    assert done.returncode == 1
    error: dict[str, Any] = json.loads(done.stdout)["error"]
    assert error["code"] == "limit_too_low"
    assert last_line(done) == (
        "reelfarm: ReelFarm may open no more than 128 files at once and needs more: raise the"
        " limit on open files (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of docker)"
    )


def test_names_that_are_not_utf_8_are_as_good_as_others(desk: Desk) -> None:
    cues = desk.folder / f"{LATIN_1}.vtt"
    cues.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n")
    chapters = desk.folder / f"{LATIN_1}.json"
    chapters.write_text('{"chapters": [{"start_time": 0, "title": "All"}]}')
    origin = desk.folder / LATIN_1
    options = ("--subtitles", f"en={cues}", "--chapters", str(chapters), "--origin", str(origin))
    done = run(desk, f"{LATIN_1}.mp4", *options)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["source"]["uri"] == f"{desk.folder.as_uri()}/nuit-%E9.mp4"
    assert record["outputs"]["hls"] == f"{origin.as_uri()}/default/nuit/master.m3u8"
    assert (origin / "default" / "nuit" / "master.m3u8").is_file()
    assert [text["cues"] for text in record["text"]] == [1]


def test_output_that_cannot_be_written_is_one_sentence_and_no_lost_title(desk: Desk) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = run(desk, "title.mp4", stdout=full)
    assert done.returncode == 1
    assert last_line(done).startswith("reelfarm: stdout cannot be written: No space left on device")
    assert (desk.origin / "default" / "title" / "master.m3u8").is_file()


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_standard_file_that_is_closed_is_no_other_one(desk: Desk, closed: int) -> None:
    done = run(desk, "title.mp4", before=lambda: os.close(closed))
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout)["state"] == "PUBLISHED") if closed != 1 else not done.stdout


def test_remarks_that_nobody_reads_stop_no_title(desk: Desk) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*REELFARM, *desk.arguments("run", "title.mp4")],
            check=False,
            cwd=desk.folder,
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=HANGS_AFTER_S,
        )
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "PUBLISHED")


def test_a_folder_that_was_deleted_is_named(desk: Desk) -> None:
    gone = desk.folder / "gone"
    gone.mkdir()

    def into_nowhere() -> None:
        os.chdir(gone)
        gone.rmdir()

    done = run(desk, "title.mp4", before=into_nowhere)
    assert done.returncode == 2
    assert last_line(done) == "reelfarm: the folder this was started in was deleted: cd to another"


def test_names_too_long_for_sockets_are_no_obstacle(desk: Desk) -> None:
    long = desk.folder / ("a-name-that-goes-on-" * 5)
    long.mkdir()
    done = run(desk, "title.mp4", "--state", str(long / "state"), TMPDIR=str(long))
    assert done.returncode == 0, done.stderr
