"""The tables of sampled scoring against every frame's score."""

from __future__ import annotations

import math

from bench.bdrate_clips import ClipSource
from bench.qc_contents import CHOOSING, JUDGING
from bench.qc_costs import MeasuringCost
from bench.qc_encodes import FullScores
from bench.qc_judged import every, sampled
from bench.qc_small import SmallSource
from bench.qc_table import ContentCost, costs, errors
from bench.qc_title import CHOOSING_SCENES, FPS, SCENES
from tests.unit.reported import a_rung

FRAMES = 900
RUNG = a_rung("h264-360p", 640, 360)
VMAF = tuple(90 + 5 * math.sin(frame / 40) for frame in range(FRAMES))
FULL = FullScores(
    vmaf=VMAF,
    error=tuple(math.exp((100 - score) / 10) for score in VMAF),
    scoring_cpu_s=1.0,
)
SOURCE = SmallSource((0.0,) + (4.0,) * (FRAMES - 1), (300.0,) * FRAMES)


def test_a_rung_that_samples_tell_well_keeps_every_goal() -> None:
    rung = sampled("waves", RUNG, FULL, SOURCE, 80)
    assert rung.scored <= 120
    assert abs(rung.error("harmonic_mean")) < 0.5
    assert rung.covered("p5")
    lines, kept = errors({"sampled": [rung], "every 5.": [every("waves", RUNG, FULL, 5)]})
    assert kept
    assert lines[0] == f"sampled: 1 rungs, {rung.scored} frames each"
    assert not any(line.endswith("MISSED") for line in lines)


def test_figures_of_every_fifth_frame_are_off_by_what_lies_between() -> None:
    full = FullScores(
        tuple(50.0 if frame == 7 else 90.0 for frame in range(100)), (), scoring_cpu_s=1.0
    )
    rung = every("dip", RUNG, full, 5)
    assert rung.error("min") == 40.0
    assert rung.scored == 20


def test_measuring_may_take_so_much_of_a_long_title_and_no_more() -> None:
    cheap = ContentCost("title", 180.0, 100.0, MeasuringCost(12.0, 1 << 30), 200.0)
    dear = ContentCost("title", 180.0, 100.0, MeasuringCost(12.1, 1 << 30), 200.0)
    short = ContentCost("clip", 179.9, 100.0, MeasuringCost(60.0, 1 << 30), 200.0)
    large = ContentCost("clip", 10.0, 100.0, MeasuringCost(1.0, (2 << 30) + 1), 200.0)
    assert [cost.kept for cost in (cheap, dear, short, large)] == [True, False, True, False]
    lines, kept = costs([cheap, dear])
    assert not kept
    assert [line.rsplit(maxsplit=1)[1] for line in lines[2:4]] == ["kept", "MISSED"]
    assert costs([]) == ([], True)


def test_contents_that_choose_are_not_those_that_judge() -> None:
    def cuts(contents: object) -> set[tuple[str, float]]:
        assert isinstance(contents, tuple)
        return {
            (each.open.__name__, each.cut[0]) for each in contents if isinstance(each, ClipSource)
        }

    assert {each.name for each in CHOOSING}.isdisjoint(each.name for each in JUDGING)
    assert cuts(CHOOSING).isdisjoint(cuts(JUDGING))
    assert len(JUDGING) >= 6


def test_the_title_that_judges_lasts_three_minutes() -> None:
    assert sum(scene.frames for scene in SCENES) == 180 * FPS
    assert sum(scene.frames for scene in CHOOSING_SCENES) == 2528
