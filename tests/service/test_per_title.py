"""A ladder that follows its title, from a file to what is published."""

from __future__ import annotations

from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from tests.forked import Ran
from tests.media.encodes import RunCommand
from tests.service.command_line import Desk

LADDER = """\
name: follows
policy: per-title
adaptive: {min_bps: 20000, max_rungs: 3, min_windows: 3}
preset: medium
av1_preset: 10
gop_s: 0.5
segment_gops: 2
rungs:
  - {codec: h264, width: 112, height: 64, max_bps: 300000, crf: 30}
  - {codec: h264, width: 160, height: 90, max_bps: 600000, crf: 28}
  - {codec: h264, width: 320, height: 180, max_bps: 900000, crf: 26}
  - {codec: av1, width: 160, height: 90, max_bps: 600000, crf: 40}
  - {codec: av1, width: 320, height: 180, max_bps: 900000, crf: 36}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Desk:
    made = Desk(tmp_path_factory.mktemp("per-title"))
    (made.folder / "follows.yaml").write_text(LADDER)
    picture = "testsrc2=size=320x180:rate=24:duration=4,noise=alls=6:allf=t:all_seed=5"
    args = (*FFMPEG_PREAMBLE, "-f", "lavfi", "-i", picture, "-c:v", "ffv1", "title.mkv")
    run_command(Command(Tool.FFMPEG, args, "make the title"), made.folder)
    return made


def follow(desk: Desk, name: str, *options: str) -> Ran:
    ladder = ("--ladder", str(desk.folder / "follows.yaml"))
    return desk.run(str(desk.folder / name), *ladder, *options)


@pytest.fixture(scope="module")
def first(desk: Desk) -> Ran:
    return follow(desk, "title.mkv")


@pytest.fixture(scope="module")
def second(desk: Desk, first: Ran) -> Ran:
    assert first.status == 0
    return follow(desk, "title.mkv", "--codec", "h264,av1")


def steps(ran: Ran, kind: str) -> list[dict[str, Any]]:
    return [step for step in ran.record["steps"] if step["kind"] == kind]


def test_the_ladder_is_decided_by_trials_and_says_why(first: Ran) -> None:
    assert first.status == 0, first.stderr
    ladder = first.record["ladder"]
    assert (ladder["policy"], first.record["state"]) == ("follows", "PUBLISHED")
    assert 1 <= len(ladder["rungs"]) <= 3
    assert all("in trials" in rung["reason"] for rung in ladder["rungs"])
    sizes = {(each["width"], each["height"]) for each in (*ladder["rungs"], *ladder["rejected"])}
    assert sizes == {(112, 64), (160, 90), (320, 180)}
    trials = ladder["trials"]
    assert trials["metric"] == "vmaf_v1"
    assert len(trials["windows_s"]) == 3
    assert {point["preset"] for point in trials["points"]} == {"veryfast", "medium"}
    unscored = [p for p in trials["points"] if p["final"] and p["vmaf"] is None]
    (lead,) = unscored  # tried with the sizes, by the metric that decides alone
    assert (lead["width"], lead["crf"], lead["preset"]) == (160, 28, "medium")


def test_trials_run_as_steps_between_the_cut_and_the_ladder(first: Ran) -> None:
    windows = [step["key"] for step in steps(first, "trial") if step["key"].startswith("trial:1:")]
    assert windows == ["trial:1:0", "trial:1:1", "trial:1:2"]
    (ladder,) = steps(first, "ladder")
    assert (ladder["state"], ladder["attempts"]) == ("DONE", 1)
    ended = max(step["finished_at"] for step in steps(first, "trial"))
    assert ended <= ladder["started_at"]


def test_rungs_come_out_as_predicted(first: Ran) -> None:
    predicted = {rung["name"]: rung["predicted"] for rung in first.record["ladder"]["rungs"]}
    for rendition in first.record["renditions"]:
        found = predicted[rendition["name"]]
        # Three GOPs of eight, and a quarter of their frames, of a title of noise.
        assert rendition["vmaf"]["mean"] == pytest.approx(found["vmaf"], abs=4)
        boxes_bps = 10_000  # of fragments of half a second, much beside pictures this small
        assert found["bps"] * 0.85 < rendition["average_bps"] < found["bps"] * 1.15 + boxes_bps


def test_one_more_codec_tries_and_encodes_that_codec_alone(first: Ran, second: Ran) -> None:
    assert second.status == 0, second.stderr
    before = {rung["name"]: rung for rung in first.record["ladder"]["rungs"]}
    rungs = second.record["ladder"]["rungs"]
    assert [r for r in rungs if r["codec"] == "h264"] == list(before.values())
    assert {rung["codec"] for rung in rungs} == {"h264", "av1"}
    stitched = {step["key"]: step["reused"] for step in steps(second, "stitch")}
    assert stitched == {f"stitch:{rung['name']}": rung["codec"] == "h264" for rung in rungs}


def test_asked_again_nothing_is_tried_again(desk: Desk, second: Ran) -> None:
    assert second.status == 0
    again = follow(desk, "title.mkv", "--codec", "h264,av1", "--asset", "again")
    assert again.status == 0, again.stderr
    assert {step["reused"] for step in steps(again, "trial")} == {True}
    assert again.record["ladder"]["rungs"] == second.record["ladder"]["rungs"]


def test_a_title_too_short_for_trials_gets_the_ladder_as_offered(
    desk: Desk, run_command: RunCommand
) -> None:
    picture = "testsrc2=size=320x180:rate=24"
    args = ("-f", "lavfi", "-i", picture, "-frames:v", "3", "-c:v", "ffv1", "short.mkv")
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "make a short"), desk.folder)
    ran = follow(desk, "short.mkv")
    assert ran.status == 0, ran.stderr
    ladder = ran.record["ladder"]
    assert [rung["height"] for rung in ladder["rungs"]] == [64, 90, 180]
    assert ladder["trials"] is None
    assert ladder["rungs"][0]["reason"] == (
        "fits 112x64; the title is too short for trials, so that this is the ladder as offered"
    )
    assert steps(ran, "trial") == []
