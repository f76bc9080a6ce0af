"""The tables of `make bdrate`: what is kept, what is missed, and by which figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.bdrate_clips import BenchClip, chosen
from bench.bdrate_table import (
    ClipResult,
    at_title_length,
    bd_rates,
    cpu,
    from_hull,
    predictions,
    shots,
)
from bench.exhaustive import command, hull, sizes_of
from bench.ladder_runs import Candidate, Outcome, outcome
from farm.ladder_policy import AdaptiveRules
from ladders.bjontegaard import RateScore

PER_TITLE = Candidate("per-title", "h264")
MINE = Candidate("ladders/mine.yaml", "hevc")
CLIP = BenchClip("cuts", "animation, 720p24", "real", Path("cuts.mp4"))
RUNGS = (RateScore(1e6, 60.0), RateScore(2e6, 80.0), RateScore(4e6, 90.0))
ANCHOR = Outcome(
    rungs=RUNGS,
    predictions=(),
    shapes=((1280, 720, 48),),
    top=(1280, 720),
    duration_s=10.0,
    encode_cpu_s=20.0,
    passes_cpu_s=1.0,
    probes_cpu_s=0.0,
    all_cpu_s=40.0,
    more_windows=1.0,
    by_v1=RUNGS,
    bare=RUNGS,
)


def taking(factor: float, **others: Any) -> Outcome:
    """Return what takes so many times the anchor's bits."""
    rungs = tuple(RateScore(factor * rung.bps, rung.vmaf) for rung in RUNGS)
    return replace(ANCHOR, rungs=rungs, by_v1=rungs, bare=rungs, **others)


def result(name: str, **outcomes: Outcome) -> ClipResult:
    by_candidate = {"ours": PER_TITLE, "mine": MINE}
    found = {by_candidate[key]: value for key, value in outcomes.items()}
    return ClipResult(replace(CLIP, name=name), ANCHOR, found)


def test_a_mean_and_a_worst_title_within_their_goals_are_kept() -> None:
    results = [
        result("cuts", ours=taking(0.5), mine=taking(1.2)),
        result("noisy", ours=taking(1.0), mine=taking(0.9)),
    ]
    assert bd_rates(results, [PER_TITLE, MINE], "vmaf_v0.6.1") == (
        [
            "vmaf_v0.6.1                                        per-title h264        mine hevc",
            "cuts        animation, 720p24           real              -50.0 %          +20.0 %",
            "noisy       animation, 720p24           real               +0.0 %          -10.0 %",
            "mean                                                      -25.0 %           +5.0 %",
            "worst title                                                +0.0 %          +20.0 %",
            "goal        mean                                         kept -25",
            "            worst title                                   kept +1",
        ],
        True,
    )


@pytest.mark.parametrize(
    ("factors", "mean", "worst"),
    [
        ((0.55, 1.0), "MISSED -25", "kept +1"),
        ((0.3, 1.02), "kept -25", "MISSED +1"),
    ],
)
def test_either_is_missed_alone(factors: tuple[float, float], mean: str, worst: str) -> None:
    results = [result(f"clip {factor}", ours=taking(factor)) for factor in factors]
    lines, kept = bd_rates(results, [PER_TITLE], "vmaf_v0.6.1")
    assert (lines[-2].split("  ")[-1].strip(), lines[-1].split("  ")[-1].strip()) == (mean, worst)
    assert not kept


def test_each_metric_has_a_table_of_its_own() -> None:
    half = taking(0.5)
    results = [result("cuts", ours=replace(half, rungs=ANCHOR.rungs, by_v1=half.rungs))]
    by_v061, by_v1 = (
        bd_rates(results, [PER_TITLE], metric) for metric in ("vmaf_v0.6.1", "vmaf_v1")
    )
    assert (by_v061[0][0].split()[0], by_v061[0][1].split()[-2]) == ("vmaf_v0.6.1", "+0.0")
    assert (by_v1[0][0].split()[0], by_v1[0][1].split()[-2]) == ("vmaf_v1", "-50.0")
    assert (by_v061[1], by_v1[1]) == (False, True)


def test_the_anchor_alone_has_nothing_to_be_compared_with() -> None:
    assert bd_rates([result("cuts")], [], "vmaf_v1") == ([], True)


def test_per_shot_is_held_against_per_title_clip_by_clip() -> None:
    def both(name: str, title: float, shot: float) -> ClipResult:
        found = {PER_TITLE: taking(title), Candidate("per-shot", "h264"): taking(shot)}
        return ClipResult(replace(CLIP, name=name), ANCHOR, found)

    near, far = both("cuts", 0.5, 0.502), both("dark", 0.5, 0.505)
    assert shots([near, both("noisy", 0.5, 0.4)]) == (
        ["per-shot h264       above per-title on its worst clip (cuts): +0.4 %, <= +0.5 %: kept"],
        True,
    )
    assert shots([near, far]) == (
        ["per-shot h264       above per-title on its worst clip (dark): +1.0 %, <= +0.5 %: MISSED"],
        False,
    )
    assert shots([result("cuts", ours=taking(0.5))]) == ([], True)


def test_a_clip_without_quality_in_common_shows_a_dash_and_counts_for_nothing() -> None:
    apart = replace(ANCHOR, rungs=(RateScore(1e5, 20.0), RateScore(2e5, 40.0)))
    results = [result("cuts", ours=taking(0.5)), result("x", ours=apart)]
    lines, kept = bd_rates(results, [PER_TITLE], "vmaf_v0.6.1")
    assert [line.split()[-1] for line in lines[2:4]] == ["-", "%"]
    assert (lines[3].split()[-2], kept) == ("-50.0", True)


def test_ten_minutes_take_sixty_times_the_passes_and_trials_as_windows_are_more() -> None:
    tried = replace(ANCHOR, probes_cpu_s=10.0, more_windows=3.0)
    assert at_title_length(tried) == (60 * 1.0 + 3 * 10.0, 60 * 20.0)


def test_analysis_is_judged_over_the_clips_whose_ladders_are_whole() -> None:
    small = replace(ANCHOR, top=(640, 272), passes_cpu_s=10.0)
    lines, kept = cpu([result("cuts"), replace(result("live"), anchor=small)], "apple h264")
    assert (lines, kept) == (
        [
            "CPU s         ladder                 encode analysis      all  at 10 min",
            "cuts          apple h264               20.0      1.0     40.0      5.0%",
            "live          apple h264               20.0     10.0     40.0     50.0%",
            "720p and more apple h264          analysis 5.0% of the encode's at 10 min,"
            " <= 10%: kept",
        ],
        True,
    )


def test_analysis_above_a_tenth_of_the_encode_is_a_miss() -> None:
    lines, kept = cpu(
        [result("cuts", ours=taking(1, probes_cpu_s=21.0, more_windows=3.0))], "apple h264"
    )
    assert (lines[-2:], kept) == (
        [
            "720p and more apple h264          analysis 5.0% of the encode's at 10 min,"
            " <= 10%: kept",
            "720p and more per-title h264      analysis 10.2% of the encode's at 10 min,"
            " <= 10%: MISSED",
        ],
        False,
    )


def test_predictions_are_judged_by_their_share_and_the_worst_is_shown() -> None:
    near = tuple((f"r{n}", 80.0, 80.5) for n in range(18))
    told = taking(1, predictions=(*near, ("top", 95.0, 93.5)))
    lines, kept = predictions([result("cuts", ours=told)])
    assert (lines, kept) == (
        [
            "per-title h264      95% of 19 rungs within 1 VMAF of what was predicted, >= 95%:"
            " MISSED; worst -1.50 (cuts top: 95.0, 93.5)"
        ],
        False,
    )


def test_a_policy_that_predicts_nothing_is_not_judged() -> None:
    assert predictions([result("cuts", ours=taking(1))]) == ([], True)


def test_per_title_is_held_against_the_hull_of_everything() -> None:
    best = tuple(RateScore(rung.bps / 2, rung.vmaf) for rung in RUNGS)
    dominated = RateScore(3e6, 61.0)
    tried = replace(result("cuts", ours=taking(0.505)), everything=(*best, dominated))
    far = replace(result("cuts", ours=taking(0.6)), everything=best)
    assert from_hull([tried, far, result("x", ours=taking(9))]) == (
        [
            "cuts          the hull of 4 encodes against the anchor: -50.0 %",
            "              per-title h264 above the hull: +1.0 %, <= 2 %: kept",
            "cuts          the hull of 3 encodes against the anchor: -50.0 %",
            "              per-title h264 above the hull: +20.0 %, <= 2 %: MISSED",
        ],
        False,
    )


def test_a_hull_bends_down_only() -> None:
    points = [RateScore(bps, vmaf) for bps, vmaf in ((1, 10), (10, 20), (100, 40), (1000, 45))]
    assert hull([*points, RateScore(100, 30)]) == [points[0], points[2], points[3]]


def test_sizes_are_even_and_of_the_clips_shape() -> None:
    assert sizes_of((640, 272)) == {(424, 180), (550, 234), (636, 270), (640, 272)}


def test_everything_at_one_crf_comes_from_one_decode_without_a_cap() -> None:
    argv = command(Path("/clips/cuts.mp4"), ((424, 180), (1280, 720)), 21, 48)
    coded = (
        *("-c:v", "libx264", "-preset", "medium", "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-crf", "21", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0"),
        *("-x264-params", "open-gop=0"),
    )
    assert argv[1:] == [
        *("-v", "error", "-nostdin", "-y", "-i", "/clips/cuts.mp4", "-filter_complex"),
        "[0:v:0]split=2[s0][s1];[s0]scale=424:180:flags=lanczos,setsar=1[v0];"
        "[s1]scale=1280:720:flags=lanczos,setsar=1[v1]",
        *("-map", "[v0]", *coded, "424x180.mp4"),
        *("-map", "[v1]", *coded, "1280x720.mp4"),
    ]


def test_an_outcome_is_read_from_a_job_record() -> None:
    def rung(name: str, width: int, vmaf: float | None) -> dict[str, Any]:
        told = {"target": {"gop_frames": 48}, "fps": "24000/1001"}
        predicted = {"bps": 1, "vmaf": vmaf, "vmaf_v1": 1} if vmaf else None
        return {"name": name, "width": width, "height": 360, **told, "predicted": predicted}

    def made(name: str, width: int, bps: int, vmaf: float) -> dict[str, Any]:
        sizes = {"width": width, "height": 360}
        return {"name": name, **sizes, "average_bps": bps, "vmaf": {"mean": vmaf}}

    cpu_s = {"ingest": 1, "analyze": 2, "trial": 4, "cut": 8, "encode": 16, "measure": 32}
    record: dict[str, Any] = {
        "ladder": {
            "rungs": [rung("a", 320, 61.0), rung("b", 640, None)],
            "trials": {"windows_s": [0.0, 4.0], "window_s": 2.002},
        },
        "renditions": [made("b", 640, 900, 90.0), made("a", 320, 300, 60.0)],
        "source": {"duration_s": 12.5},
        "steps": [{"kind": kind, "cpu_s": spent} for kind, spent in cpu_s.items()],
    }
    # Ten minutes have 299.7 GOPs: 8 % of what their encode takes are enough to try four of them.
    assert outcome(record, AdaptiveRules(min_windows=2)) == Outcome(
        rungs=(RateScore(900, 90.0), RateScore(300, 60.0)),
        predictions=(("a", 61.0, 60.0),),
        shapes=((320, 360, 48), (640, 360, 48)),
        top=(640, 360),
        duration_s=12.5,
        encode_cpu_s=16.0,
        passes_cpu_s=10.0,
        probes_cpu_s=4.0,
        all_cpu_s=63.0,
        more_windows=2.0,
        by_v1=(),
    )
    record["ladder"]["trials"] = None
    assert outcome(record, AdaptiveRules()).more_windows == 1.0


def test_a_clip_that_does_not_exist_is_no_clip() -> None:
    assert [source.name for source in chosen(["dark", "screen"])] == ["dark", "screen"]
    with pytest.raises(KeyError, match="fog"):
        chosen(["fog"])


def test_there_are_six_kinds_of_clips_without_anything_but_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELFARM_SHARED", str(tmp_path))
    assert [source.name for source in chosen(())] == [
        *("animation", "cuts", "small", "live-action", "static", "still"),
        *("screen", "noisy", "dark"),
    ]
