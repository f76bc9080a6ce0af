"""`reelfarm plan`, `probe` and `doctor` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.forked import run_reelfarm
from tests.service.command_line import Desk


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> dict[str, Any]:
    desk = Desk(tmp_path_factory.mktemp("plan"))
    ran = run_reelfarm(desk.arguments("plan", str(title_clip)))
    assert ran.status == 0, ran.stderr
    assert not desk.origin.exists()
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def test_a_plan_tells_the_ladder_with_reasons(plan: dict[str, Any]) -> None:
    assert [rung["name"] for rung in plan["ladder"]["rungs"]] == [
        "h264-90p-150k",
        "h264-180p-500k",
    ]
    assert all(rung["reason"] for rung in plan["ladder"]["rungs"])


def test_a_plan_names_every_step_of_the_run_and_what_it_waits_for(plan: dict[str, Any]) -> None:
    needs = {step["key"]: step["needs"] for step in plan["steps"]}
    assert list(needs)[:5] == ["ingest", "analyze", "cut", "ladder", "encode:0"]
    assert needs["publish"] == ["package", "thumbnails", "verify"]
    assert needs["stitch:h264-90p-150k"] == ["encode:0"]


def test_a_plan_holds_the_exact_argv_of_every_program(plan: dict[str, Any]) -> None:
    commands = {step["key"]: step["commands"] for step in plan["steps"]}
    (encode,) = commands["encode:0"]
    assert Path(encode[0]).is_file()
    assert encode.count("libx264") == 2
    assert "file:source" in encode
    assert "-format_whitelist" in encode
    assert commands["publish"] == []


def test_probe_tells_what_a_source_is_made_of(title_clip: Path) -> None:
    ran = run_reelfarm(["probe", str(title_clip), "--json"])
    document = json.loads(ran.stdout)
    assert (ran.status, document["duration_s"]) == (0, 8.0)
    video, audio = document["streams"]
    assert (video["type"], video["codec"], video["frame_rate"]) == ("video", "h264", "25")
    assert (audio["type"], audio["codec"], audio["channels"]) == ("audio", "aac", 2)


def test_plan_and_probe_read_well_for_a_person(title_clip: Path) -> None:
    ran = run_reelfarm(["probe", str(title_clip)])
    assert (ran.status, len(ran.stdout.splitlines())) == (0, 3)
    ran = run_reelfarm(["plan", str(title_clip)])
    assert ran.status == 0
    assert "ladder apple-h264" in ran.stdout
    assert "publish after package, thumbnails, verify" in ran.stdout
    assert "[1:a:0]aresample" in ran.stdout  # argv are shown word for word


def test_doctor_finds_a_healthy_machine() -> None:
    ran = run_reelfarm(["doctor", "--json"])
    document = json.loads(ran.stdout)
    assert (ran.status, document["healthy"]) == (0, True)
    assert {finding["name"] for finding in document["findings"] if finding["works"]} >= {
        "ffmpeg",
        "ffprobe",
        "packager",
        "encode libx264",
        "quality libvmaf",
        "report",
        "PostgreSQL, Redis and a worker",
    }


@pytest.mark.parametrize("verb", ["run", "plan", "probe", "doctor"])
def test_every_command_explains_itself(verb: str) -> None:
    ran = run_reelfarm([verb, "--help"])
    assert ran.status == 0
    assert "Usage" in ran.stdout


@pytest.mark.parametrize(
    "args", [(), ("run",), ("fly",), ("run", "--colour", "red", "a.mp4"), ("probe",)]
)
def test_wrong_usage_exits_with_2(args: tuple[str, ...]) -> None:
    ran = run_reelfarm(args)
    assert ran.status == 2
    assert "Traceback" not in ran.stdout + ran.stderr
