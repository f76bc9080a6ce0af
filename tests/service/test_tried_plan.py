"""`reelfarm plan` of a ladder that follows the title, and the run that finds its trials done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Ran, run_reelfarm
from tests.service.command_line import Desk

LADDER = """\
name: follows
policy: per-title
preset: faster
adaptive: {max_rungs: 2, min_windows: 1, max_windows: 1}
rungs:
  - {width: 160, height: 90, max_bps: 300000, crf: 30}
  - {width: 320, height: 180, max_bps: 2000000, crf: 26}
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """A clip that was planned as JSON, planned once more for a person, and then run."""

    plan: dict[str, Any]
    shown: Ran
    record: dict[str, Any]
    published_by_plan: bool


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Tried:
    desk = Desk(tmp_path_factory.mktemp("tried"))
    ladder = desk.folder / "follows.yaml"
    ladder.write_text(LADDER)
    options = ("--ladder", str(ladder))
    planned = run_reelfarm(desk.arguments("plan", str(title_clip), *options))
    assert planned.status == 0, planned.stderr
    published = desk.origin.exists()
    asked = [each for each in desk.arguments("plan", str(title_clip), *options) if each != "--json"]
    shown = run_reelfarm(asked)
    assert shown.status == 0, shown.stderr
    ran = desk.run(str(title_clip), *options)
    assert ran.status == 0, ran.stderr
    return Tried(planned.record, shown, ran.record, published)


def test_a_plan_of_a_ladder_that_follows_the_title_says_what_was_tried_and_publishes_nothing(
    tried: Tried,
) -> None:
    plan = tried.plan
    assert list(plan) == ["asset", "source", "ladder", "steps", "predicted", "cost"]
    assert (plan["asset"], plan["source"]["duration_s"]) == ("title", 8.0)
    trials = plan["ladder"]["trials"]
    assert (trials["metric"], trials["window_s"], len(trials["windows_s"])) == ("vmaf_v1", 2.0, 1)
    assert {(point["width"], point["codec"]) for point in trials["points"]} == {
        (160, "h264"),
        (320, "h264"),
    }
    assert 0 < trials["cpu_s"] < plan["cost"]["cpu_s"]
    assert not tried.published_by_plan


def test_each_rung_of_a_plan_has_its_trial_its_prediction_and_its_reason(tried: Tried) -> None:
    ladder = tried.plan["ladder"]
    names = [rung["name"] for rung in ladder["rungs"]]
    became = {point["rung"]: point for point in ladder["trials"]["points"] if point["rung"]}
    assert became.keys() == set(names)
    for rung in ladder["rungs"]:
        point = became[rung["name"]]
        assert (point["preset"], point["final"]) == ("faster", True)
        assert {name: point[name] for name in ("bps", "vmaf", "vmaf_v1")} == rung["predicted"]
        assert f"CRF {point['crf']:g} comes to" in rung["reason"]


def test_a_run_after_its_plan_finds_analysis_and_trials_done_and_makes_the_same_ladder(
    tried: Tried,
) -> None:
    steps = tried.record["steps"]
    assert {s["kind"] for s in steps if s["reused"]} == {"analyze", "cut", "trial"}
    assert all(step["reused"] for step in steps if step["kind"] == "trial")
    planned, made = tried.plan["ladder"], tried.record["ladder"]
    assert made["trials"].pop("cpu_s") == 0.0
    assert planned["trials"].pop("cpu_s") > 0
    assert made == planned
    shown = {step["key"]: step["kind"] for step in tried.plan["steps"]}
    assert {s["key"]: s["kind"] for s in steps if s["kind"] != "trial"} == shown


def test_a_person_reads_the_ladder_the_trials_and_what_they_took(tried: Tried) -> None:
    told = tried.shown.stdout
    assert "ladder follows" in told
    assert "trials of h264, on 1 x 2 s" in told
    for rung in tried.plan["ladder"]["rungs"]:
        assert f"● {rung['name']}" in told
    assert "s of processor time, the trials were known from before; a run of this title" in told
    assert "publish after package, thumbnails, verify" in told


def test_a_source_that_is_none_ends_a_plan_as_it_ends_a_run(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "notes.mp4").write_text("no film")
    ran = run_reelfarm(desk.arguments("plan", str(tmp_path / "notes.mp4"), "--ladder", "per-title"))
    assert (ran.status, ran.stdout) == (2, "")
    assert "notes.mp4" in ran.stderr
