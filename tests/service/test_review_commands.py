"""`reelfarm run` of a title that waits for a person, and the commands that decide on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Ran, run_reelfarm
from tests.service.command_line import Desk

ASKS = "{top_harmonic_mean: 20, top_p5: 10, top_p1: 5, review: {top_p5: 99.5}}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    (tmp_path / "asks.yaml").write_text(ASKS)
    return made


def ask(desk: Desk, clip: Path, *options: str) -> Ran:
    return desk.run(str(clip), "--asset", "title", "--qc", str(desk.folder / "asks.yaml"), *options)


def decide(desk: Desk, verb: str, job_id: str, *options: str) -> Ran:
    return run_reelfarm([verb, job_id, "--state", str(desk.state), "--reason", "Seen.", *options])


def files(desk: Desk) -> set[Path]:
    return {path for path in desk.origin.rglob("*") if path.is_file()}


def states(record: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {step["key"]: (step["state"], step["attempts"]) for step in record["steps"]}


def test_a_title_waits_through_a_restart_of_everything_and_is_published_once_approved(
    desk: Desk, title_clip: Path
) -> None:
    first = ask(desk, title_clip)
    assert first.status == 4
    assert "title waits for a person's verdict (vmaf-top-p5: " in first.stderr
    assert first.record["state"] == "WAITING"
    assert files(desk) == set()
    # Each of these starts PostgreSQL, Redis and a worker anew, and stops them.
    again = ask(desk, title_clip)
    assert (again.status, again.record["id"]) == (4, first.record["id"])
    assert states(again.record) == states(first.record)

    approved = decide(desk, "approve", first.record["id"], "--json")
    assert approved.status == 0, approved.stderr
    assert approved.record["state"] == "PUBLISHED"
    assert approved.record["review"]["verdict"] == "approved"
    assert approved.record["review"]["decided_by"] == "local"
    assert (desk.origin / "default/title/master.m3u8").exists()
    assert states(approved.record)["publish"] == ("DONE", 1)
    others = {key: state for key, state in states(approved.record).items() if key != "publish"}
    assert others == {key: s for key, s in states(first.record).items() if key != "publish"}


def test_a_rejected_title_leaves_live_what_was(desk: Desk, title_clip: Path) -> None:
    assert desk.run(str(title_clip), "--asset", "title").status == 0
    before = {path: path.read_bytes() for path in files(desk)}
    waits = ask(desk, title_clip)
    rejected = decide(desk, "reject", waits.record["id"])
    assert (rejected.status, rejected.stdout.split()) == (0, [waits.record["id"], "REJECTED"])
    assert {path: path.read_bytes() for path in files(desk)} == before
    late = decide(desk, "approve", waits.record["id"])
    assert late.status == 2
    assert "waits for nobody's verdict (REJECTED): it was rejected already" in late.stderr


def test_a_record_is_judged_by_any_policy_without_a_farm(desk: Desk, title_clip: Path) -> None:
    record = ask(desk, title_clip).record
    kept = desk.folder / "record.json"
    kept.write_text(json.dumps(record))
    (desk.folder / "strict.yaml").write_text("{top_p5: 99.5}")
    for options, status, word in (
        ((), 0, "pass"),
        (("--qc", str(desk.folder / "asks.yaml")), 4, "review"),
        (("--qc", str(desk.folder / "strict.yaml")), 3, "rejected"),
    ):
        told = run_reelfarm(["verdict", str(kept), *options])
        assert (told.status, told.stdout.splitlines()[0]) == (status, word)
    whole = run_reelfarm(["verdict", str(kept), "--qc", str(desk.folder / "asks.yaml"), "--json"])
    assert json.loads(whole.stdout) == record["qc"]


def test_classes_of_rungs_and_worst_windows_are_judged_of_a_record_older_ones_too(
    desk: Desk, title_clip: Path
) -> None:
    classes = "rungs: [{name: all, harmonic_mean: 20, review: {worst_window: 99.5}}]"
    (desk.folder / "classes.yaml").write_text(f"{{{ASKS.strip()[1:-1]}, {classes}}}")
    ran = desk.run(
        *(str(title_clip), "--asset", "classes", "--qc", str(desk.folder / "classes.yaml"))
    )
    assert ran.status == 4, ran.stderr
    asked = {check["rule"]: check["evidence"] for check in ran.record["review"]["asked"]}
    assert asked["vmaf-rung-all"].startswith("worst 2 s of ")
    worst = [rendition["vmaf"]["worst_window"] for rendition in ran.record["renditions"]]
    assert all(0 < each < 99.5 for each in worst)
    kept = desk.folder / "record.json"
    kept.write_text(json.dumps(ran.record))
    judged = ["verdict", str(kept), "--qc", str(desk.folder / "classes.yaml"), "--json"]
    assert json.loads(run_reelfarm(judged).stdout) == ran.record["qc"]
    record = ran.record
    for rendition in record["renditions"]:
        bounds = rendition["measured"]["bounds"]
        for stats in (rendition["vmaf"], bounds["low"], bounds["high"]):
            del stats["worst_window"]
    kept.write_text(json.dumps(record))
    older = run_reelfarm(judged)
    assert older.status == 4
    [found] = [
        each for each in json.loads(older.stdout)["checks"] if each["rule"] == "vmaf-rung-all"
    ]
    assert "not measured, from" in found["evidence"]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("rungs: [{name: hd}]", "rungs[0]: hd asks for nothing: give one of harmonic_mean"),
        ("rungs: [{p5: 1}, {p5: 2}]", "rungs: two classes are called all"),
        ("rungs: [{p5: 1, name: a}, {p5: 2}]", "rungs: no rung is left for class all"),
        ("{rungs: [{p5: 1}], checks: {vmaf-rung-hd: warn}}", "no class of `rungs` is called so"),
        ("rungs: [{p5: 50, review: {p5: 40}}]", "rungs[0]: review.p5 40 is below p5 50"),
    ],
)
def test_classes_that_cannot_be_meant_are_named(desk: Desk, policy: str, said: str) -> None:
    (desk.folder / "wrong.yaml").write_text(policy)
    (desk.folder / "record.json").write_text("{}")
    told = run_reelfarm(
        ["verdict", str(desk.folder / "record.json"), "--qc", str(desk.folder / "wrong.yaml")]
    )
    assert (told.status, told.stdout) == (2, "")
    assert said in told.stderr


def test_what_is_no_record_is_named(desk: Desk) -> None:
    (desk.folder / "none.json").write_text("[]")
    for name, said in (
        ("absent.json", "absent.json: No such file or directory: check the path"),
        ("none.json", "is no job record: give what reelfarm run --json prints"),
        ("asks.yaml", "asks.yaml is no JSON"),
    ):
        told = run_reelfarm(["verdict", str(desk.folder / name)])
        assert told.status == 2
        assert said in told.stderr
