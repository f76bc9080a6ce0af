"""A title with one starved scene: that is encoded again, the rest is not, and it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from farm.settings import Settings
from tests.forked import Ran
from tests.media.encodes import RunCommand
from tests.service.api_server import api_server
from tests.service.command_line import Desk, path_of
from tests.service.visitor import People
from tests.starved import FLOOR, FPS, FROM_S, LOW, STARVING, TO_S, TOP, make_starved
from workers.local.stack import Stack


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Desk:
    made = Desk(tmp_path_factory.mktemp("starved"))
    ladder = STARVING.model_dump(mode="json", exclude_unset=True)
    (made.folder / "ladder.yaml").write_text(json.dumps(ladder))
    make_starved(run_command, made.folder)
    return made


def follow(desk: Desk, **also: int) -> Ran:
    (desk.folder / "floor.yaml").write_text(json.dumps(FLOOR | also))
    own = ("--ladder", str(desk.folder / "ladder.yaml"), "--qc", str(desk.folder / "floor.yaml"))
    return desk.run(str(desk.folder / "starved.mkv"), *own, "--asset", "starved")


@pytest.fixture(scope="module")
def rejected(desk: Desk) -> Ran:
    return follow(desk, repair=0)


@pytest.fixture(scope="module")
def mended(desk: Desk, rejected: Ran) -> Ran:
    return follow(desk)


def rendition(ran: Ran, name: str) -> dict[str, Any]:
    return next(each for each in ran.record["renditions"] if each["name"] == name)


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def steps(ran: Ran) -> dict[str, dict[str, Any]]:
    return {step["key"]: step for step in ran.record["steps"]}


def test_without_repair_the_title_is_rejected(rejected: Ran) -> None:
    assert rejected.status == 3
    assert rejected.record["error"]["detail"]["checks"] == ["vmaf-top-p1"]
    assert rendition(rejected, TOP)["vmaf"]["p1"] < 60
    assert rendition(rejected, TOP)["repaired"] == []


def test_its_starved_scene_is_encoded_again_and_it_is_published(rejected: Ran, mended: Ran) -> None:
    assert mended.status == 0, mended.stderr
    assert mended.record["state"] == "PUBLISHED"
    top, before = rendition(mended, TOP), rendition(rejected, TOP)["vmaf"]
    [repair] = top["repaired"]
    figures = ("harmonic_mean", "p5", "p1", "min", "worst_window")
    assert repair["vmaf"] == {name: before[name] for name in figures}
    [patch] = repair["patches"]
    assert (patch["start_s"], patch["end_s"]) == (FROM_S, TO_S)
    assert patch["new_crf"] < patch["crf"] == 36
    assert top["vmaf"]["p1"] >= 65 > repair["vmaf"]["p1"]
    assert top["frames"] == 14 * FPS
    assert rendition(mended, LOW)["repaired"] == []
    assert rendition(mended, LOW)["vmaf"] == rendition(rejected, LOW)["vmaf"]


def test_nothing_but_that_scene_was_encoded_again(rejected: Ran, mended: Ran) -> None:
    known, now = steps(rejected), steps(mended)
    encodes = {key: step for key, step in now.items() if step["kind"] == "encode"}
    [patch] = set(encodes) - set(known)
    assert patch.startswith(f"encode:{TOP}:repair:")
    assert all(step["reused"] for key, step in encodes.items() if key != patch)
    again = {key for key, step in now.items() if step["attempts"] == 2}
    assert again == {f"stitch:{TOP}", "measure:0", "package"}
    provenance = path_of(mended.record["outputs"]["report"]).parents[1] / "provenance.json"
    [[encode, *cut]] = [
        step["commands"] for step in read(provenance)["steps"] if step["key"] == patch
    ]
    assert (
        encode[encode.index("-frames:v") + 1] == f"{(TO_S - FROM_S) * FPS + 40}"
    )  # and those to look ahead at
    assert [words[words.index("-frames:v") + 1] for words in cut] == [f"{(TO_S - FROM_S) * FPS}"]


def test_the_report_shows_before_and_after(mended: Ran) -> None:
    top = rendition(mended, TOP)
    [repair] = top["repaired"]
    report = path_of(mended.record["outputs"]["report"]).read_text("utf-8")
    assert "1 scene encoded again" in report
    assert "0:05.00 to 0:08.00" in report
    assert f"{repair['vmaf']['p1']:.1f} → {top['vmaf']['p1']:.1f}" in report


def test_its_page_and_its_events_tell_of_it(desk: Desk, mended: Ran) -> None:
    settings, job_id = Settings(state_dir=desk.state), mended.record["id"]
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
        People(server) as people,
        server.client() as client,
    ):
        page = people.signed_in().get(f"/titles/{job_id}").text
        told = client.get("/v1/events", params={"job": job_id, "limit": 500}).json()["events"]
    assert "0:05.00 to 0:08.00 missed a threshold and was encoded again, CRF 36 →" in page
    kinds = [each["type"] for each in told if each["type"].startswith("rendition.")]
    assert kinds == [*("rendition.ready",) * 2, "rendition.repaired", "rendition.ready"]
    [begun] = [each["data"] for each in told if each["type"] == "rendition.repaired"]
    assert begun == {"name": TOP, **rendition(mended, TOP)["repaired"][0]}


def test_asked_again_nothing_is_encoded(desk: Desk, mended: Ran) -> None:
    again = follow(desk)
    assert {s["reused"] for s in steps(again).values() if s["kind"] == "encode"} == {True}
    assert rendition(again, TOP) == rendition(mended, TOP)
