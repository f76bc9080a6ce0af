"""A ladder whose rungs have a CRF for each shot, from a file to what is published."""

from __future__ import annotations

from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from tests.forked import Ran
from tests.media.encodes import RunCommand
from tests.service.command_line import Desk

LADDER = """\
name: shots
policy: {policy}
adaptive: {{min_bps: 20000, max_rungs: 4, min_windows: 8, top_quality: 92}}
gop_s: 0.5
segment_gops: 2
rungs:
  - {{width: 160, height: 90, max_bps: 2000000, crf: 28}}
  - {{width: 320, height: 180, max_bps: 4000000, crf: 26}}
"""
# A cartoon that is as good at hardly any bits, and a street that is not.
FLAT = "testsrc=size=320x180:rate=24:duration=4,noise=alls=7:allf=t:all_seed=3"
BUSY = "mandelbrot=size=320x180:rate=24:start_scale=0.5:end_scale=0.1:end_pts=96"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Desk:
    made = Desk(tmp_path_factory.mktemp("per-shot"))
    for policy in ("per-title", "per-shot"):
        (made.folder / f"{policy}.yaml").write_text(LADDER.format(policy=policy))
    graph = f"{FLAT},format=yuv420p[a];{BUSY},trim=duration=4,format=yuv420p[b];[a][b]concat"
    args = (*FFMPEG_PREAMBLE, "-filter_complex", graph, "-c:v", "ffv1", "title.mkv")
    run_command(Command(Tool.FFMPEG, args, "make the title"), made.folder)
    return made


def follow(desk: Desk, policy: str) -> Ran:
    ladder = str(desk.folder / f"{policy}.yaml")
    ran = desk.run(str(desk.folder / "title.mkv"), "--ladder", ladder)
    assert ran.status == 0, ran.stderr
    return ran


@pytest.fixture(scope="module")
def by_title(desk: Desk) -> Ran:
    return follow(desk, "per-title")


@pytest.fixture(scope="module")
def by_shot(desk: Desk, by_title: Ran) -> Ran:
    return follow(desk, "per-shot")


def renditions(ran: Ran) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in ran.record["renditions"]}


def predicted_bps(ran: Ran) -> dict[str, float]:
    return {rung["name"]: rung["predicted"]["bps"] for rung in ran.record["ladder"]["rungs"]}


def moved(ran: Ran) -> set[str]:
    """Return the rungs that have a CRF for each shot."""
    return {name for shot in ran.record["ladder"]["shots"] for name in shot["more_crf"]}


def test_rungs_have_a_crf_for_each_shot_and_say_so(by_shot: Ran) -> None:
    ladder = by_shot.record["ladder"]
    assert by_shot.record["state"] == "PUBLISHED"
    assert [(s["start_frame"], s["frames"]) for s in ladder["shots"]] == [(0, 96), (96, 96)]
    assert moved(by_shot)
    for rung in ladder["rungs"]:
        flat, busy = (shot["more_crf"].get(rung["name"], 0.0) for shot in ladder["shots"])
        if rung["name"] in moved(by_shot):
            low, high = (rung["target"]["crf"] + more for more in sorted((flat, busy)))
            assert f"; from shot to shot CRF {low:g} to {high:g}, which adds " in rung["reason"]
            assert low < high
        else:
            assert rung["reason"].endswith("; one CRF for all shots")
            assert flat == busy == 0.0


def test_it_is_the_per_title_ladder_and_no_worse_for_its_bits(by_title: Ran, by_shot: Ran) -> None:
    before, after = renditions(by_title), renditions(by_shot)
    assert list(after) == list(before)
    for name in before:
        if name in moved(by_shot):
            foretold = predicted_bps(by_shot)[name] / predicted_bps(by_title)[name]
            assert 0.7 < foretold < 1.2
            assert after[name]["average_bps"] < 1.1 * foretold * before[name]["average_bps"]
            for pooled in ("mean", "harmonic_mean"):
                assert after[name]["vmaf"][pooled] > before[name]["vmaf"][pooled]
        else:
            assert after[name] == before[name]


def test_trials_are_those_of_the_per_title_ladder(by_shot: Ran) -> None:
    tried = [step for step in by_shot.record["steps"] if step["kind"] == "trial"]
    assert tried
    assert all(step["reused"] for step in tried)
