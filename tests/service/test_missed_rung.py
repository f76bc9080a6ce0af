"""A rung that misses what trials foretold is encoded once more, where the ladder asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from tests.forked import Ran
from tests.media.encodes import RunCommand
from tests.service.command_line import Desk, path_of

# One window of a title that is not alike all over foretells little.
LADDER = """\
name: held
policy: per-title
adaptive: {{min_bps: 20000, max_rungs: 2, min_windows: 1, max_windows: 1, cap_ratio: 5{most_miss}}}
gop_s: 0.5
segment_gops: 2
rungs:
  - {{width: 160, height: 90, max_bps: 4000000, crf: 28}}
  - {{width: 320, height: 180, max_bps: 8000000, crf: 26}}
"""
EASY = "testsrc2=size=320x180:rate=24:duration=5"
# Every frame: the title is short enough for the look at a rung to be at every frame, too.
EVERY_FRAME = "{top_harmonic_mean: 20, top_p5: 10, top_p1: 5, subsample: 1}"
HARD = "testsrc2=size=320x180:rate=24:duration=3,noise=alls=24:allf=t:all_seed=5"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Desk:
    made = Desk(tmp_path_factory.mktemp("missed"))
    (made.folder / "unheld.yaml").write_text(LADDER.format(most_miss=""))
    (made.folder / "held.yaml").write_text(LADDER.format(most_miss=", most_miss: 2"))
    (made.folder / "every.yaml").write_text(EVERY_FRAME)
    graph = f"{EASY}[easy];{HARD}[hard];[easy][hard]concat"
    args = (*FFMPEG_PREAMBLE, "-filter_complex", graph, "-c:v", "ffv1", "title.mkv")
    run_command(Command(Tool.FFMPEG, args, "make the title"), made.folder)
    return made


def follow(desk: Desk, ladder: str) -> Ran:
    own = ("--ladder", str(desk.folder / ladder), "--qc", str(desk.folder / "every.yaml"))
    ran = desk.run(str(desk.folder / "title.mkv"), *own)
    assert ran.status == 0, ran.stderr
    return ran


@pytest.fixture(scope="module")
def unheld(desk: Desk) -> Ran:
    return follow(desk, "unheld.yaml")


@pytest.fixture(scope="module")
def held(desk: Desk, unheld: Ran) -> Ran:
    return follow(desk, "held.yaml")


def off(ran: Ran) -> dict[str, float]:
    """Return how far each rung is from its prediction, in VMAF."""
    predicted = {rung["name"]: rung["predicted"]["vmaf"] for rung in ran.record["ladder"]["rungs"]}
    return {r["name"]: r["vmaf"]["mean"] - predicted[r["name"]] for r in ran.record["renditions"]}


def keys(ran: Ran, kind: str) -> set[str]:
    return {step["key"] for step in ran.record["steps"] if step["kind"] == kind}


def test_nobody_looks_where_the_ladder_does_not_ask_for_it(unheld: Ran) -> None:
    assert max(map(abs, off(unheld).values())) > 4
    assert [rendition["missed"] for rendition in unheld.record["renditions"]] == [None, None]
    assert not [key for key in keys(unheld, "encode") if "corrected" in key]


def test_rungs_too_far_off_are_encoded_once_more_and_come_nearer(unheld: Ran, held: Ran) -> None:
    before, after = off(unheld), off(held)
    renditions: list[dict[str, Any]] = held.record["renditions"]
    missed = {r["name"]: r["missed"] for r in renditions if r["missed"]}
    assert set(missed) == {name for name, off_by in before.items() if abs(off_by) > 2}
    assert missed
    for name, found in missed.items():
        assert found["measured"] - found["predicted"] == pytest.approx(before[name], abs=0.01)
        assert (found["corrected_crf"] < found["crf"]) == (before[name] < 0)
        # The slope is the one window's, too, and the title's is another: not all of it is made up.
        assert abs(after[name]) < abs(before[name]) * 0.7
        assert any(key.startswith(f"encode:{name}:corrected:") for key in keys(held, "encode"))
    others = set(before) - set(missed)
    assert not [key for key in keys(held, "encode") for name in others if f":{name}:" in key]
    assert {step["attempts"] for step in held.record["steps"]} == {1}


def test_the_report_says_so(held: Ran) -> None:
    report = path_of(held.record["outputs"]["report"]).read_text("utf-8")
    for rendition in held.record["renditions"]:
        if found := rendition["missed"]:
            told = f"CRF {found['crf']:g} came to {found['measured']:.1f}, so it was encoded once"
            assert told in report


def test_asked_again_nothing_is_encoded(desk: Desk, held: Ran) -> None:
    again = follow(desk, "held.yaml")
    assert {s["reused"] for s in again.record["steps"] if s["kind"] == "encode"} == {True}
    assert [r["missed"] for r in again.record["renditions"]] == [
        r["missed"] for r in held.record["renditions"]
    ]
