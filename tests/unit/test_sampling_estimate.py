"""Figures over all frames from some frames' scores, and where to look for the worst."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from farm.scores import Stats
from qc.sampling.estimate import estimate, predicted_worst
from qc.sampling.scenes import scene_starts, scenes_of
from qc.sampling.spread import sample_frames
from qc.sampling.statistics import FrameTraits, SampledStats, ScoreInterval
from qc.scores import stats
from qc.stretches import worst_stretch

FRAMES = 1500
NOTHING = FrameTraits()
FIGURES = ("mean", "harmonic_mean", "p5", "p1", "min", "worst_window")
STRETCH = 48


def made_title(seed: int) -> tuple[list[float], FrameTraits]:
    """Return scores of scenes of other levels, with drift and noise, and traits that tell half."""
    chance = random.Random(seed)
    scores: list[float] = []
    error: list[float] = []
    change: list[float] = []
    while len(scores) < FRAMES:
        level, drift = chance.uniform(55, 97), 0.0
        for number in range(chance.randint(60, 240)):
            drift = 0.98 * drift + chance.gauss(0, 0.6)
            score = min(100.0, max(0.0, level + drift + chance.gauss(0, 0.8)))
            scores.append(score)
            error.append(math.exp((100 - score + chance.gauss(0, 3)) / 12))
            change.append(chance.uniform(400, 900) if number == 0 else chance.uniform(3, 9))
    return scores[:FRAMES], FrameTraits(error=error[:FRAMES], change=change[:FRAMES])


def told(scores: list[float], traits: FrameTraits, wanted: int = 80) -> SampledStats:
    """Return what sampling makes of a title, as the farm does it."""
    spread = {frame: scores[frame] for frame in sample_frames(len(scores), wanted)}
    sought = predicted_worst(spread, len(scores), traits, 10)
    return estimate(
        spread, len(scores), traits, STRETCH, {frame: scores[frame] for frame in sought}
    )


def exactly(scores: list[float]) -> Stats:
    return replace(stats(scores), worst_window=worst_stretch(scores, STRETCH))


def test_where_all_frames_are_scored_figures_are_theirs_and_intervals_have_no_width() -> None:
    scores, traits = made_title(1)
    found = estimate(dict(enumerate(scores)), FRAMES, traits, STRETCH)
    exact = exactly(scores)
    for figure in FIGURES:
        interval = getattr(found, figure)
        assert interval.low == interval.value == interval.high
        assert interval.value == pytest.approx(getattr(exact, figure), abs=0.001)
    assert (found.frames, found.scored) == (FRAMES, FRAMES)


def test_sought_frames_may_complete_a_title() -> None:
    found = estimate({0: 90.0, 2: 80.0}, 3, NOTHING, STRETCH, {1: 10.0})
    assert found.mean == ScoreInterval(60.0, 60.0, 60.0)
    assert found.min == ScoreInterval(10.0, 10.0, 10.0)
    assert found.worst_window == ScoreInterval(60.0, 60.0, 60.0)  # shorter than 2 s: all of it
    assert found.scored == 3


@pytest.mark.parametrize("seed", range(4))
def test_some_frames_tell_the_figures_of_all(seed: int) -> None:
    scores, traits = made_title(seed)
    found, exact = told(scores, traits), exactly(scores)
    assert found.harmonic_mean.value == pytest.approx(exact.harmonic_mean, abs=0.5)
    assert found.mean.value == pytest.approx(exact.mean, abs=0.5)
    assert found.p5.value == pytest.approx(exact.p5, abs=1.5)
    assert found.min.value == pytest.approx(exact.min, abs=3)
    assert found.worst_window.value == pytest.approx(exact.worst_window, abs=2)


def test_intervals_hold_the_figures_of_all_frames() -> None:
    missed = dict.fromkeys(FIGURES, 0)
    for seed in range(20):
        scores, traits = made_title(100 + seed)
        found, exact = told(scores, traits), exactly(scores)
        for figure in FIGURES:
            interval, truth = getattr(found, figure), getattr(exact, figure)
            missed[figure] += not interval.low - 0.001 <= truth <= interval.high + 0.001
    assert {figure: count for figure, count in missed.items() if count > 2} == {}


def test_more_frames_make_intervals_narrower() -> None:
    scores, traits = made_title(3)
    few, more = told(scores, traits, 40), told(scores, traits, 110)
    for figure in ("mean", "harmonic_mean", "p5", "worst_window"):
        narrow, wide = getattr(more, figure), getattr(few, figure)
        assert narrow.high - narrow.low < wide.high - wide.low


def test_traits_make_intervals_narrower() -> None:
    scores, traits = made_title(5)
    blind, seeing = told(scores, NOTHING), told(scores, traits)
    assert seeing.mean.high - seeing.mean.low < blind.mean.high - blind.mean.low


def test_values_lie_in_their_intervals_and_on_the_scale() -> None:
    spread = {frame: (0.0, 100.0)[frame // 11 % 2] for frame in range(5, 1000, 11)}
    found = estimate(spread, 1000, NOTHING, STRETCH)
    for figure in FIGURES:
        interval = getattr(found, figure)
        assert 0 <= interval.low <= interval.value <= interval.high <= 100


def test_a_handful_of_samples_leaves_everything_open() -> None:
    found = estimate({5: 90.0, 15: 80.0}, 200, NOTHING, STRETCH)
    assert found.mean.value == pytest.approx(85.0, abs=0.5)
    assert (found.mean.low, found.mean.high) == (0.0, 100.0)
    assert found.harmonic_mean.low == 0.0
    assert found.p5.high == 100.0
    assert found.min == ScoreInterval(80.0, 0.0, 80.0)
    assert (found.worst_window.low, found.worst_window.high) == (0.0, 100.0)


def test_sought_frames_do_not_drag_the_means_down() -> None:
    scores, traits = made_title(2)
    spread = {frame: scores[frame] for frame in sample_frames(FRAMES, 80)}
    sought = predicted_worst(spread, FRAMES, traits, 40)
    alone = estimate(spread, FRAMES, traits, STRETCH)
    both = estimate(spread, FRAMES, traits, STRETCH, {frame: scores[frame] for frame in sought})
    assert both.mean.value == pytest.approx(alone.mean.value, abs=0.3)
    assert both.scored == len(spread) + 40


def test_without_a_score_nothing_can_be_told() -> None:
    with pytest.raises(ValueError, match="no frame was scored"):
        estimate({}, 100, NOTHING, STRETCH)


def test_the_worst_is_looked_for_where_the_error_is_large_and_neighbours_are_low() -> None:
    scores, traits = made_title(4)
    error = list(traits.error)
    error[700] = 1e5  # a frame that looks like nothing else
    traits = FrameTraits(error=error, change=traits.change)
    spread = {frame: scores[frame] for frame in sample_frames(FRAMES, 80)}
    chosen = predicted_worst(spread, FRAMES, traits, 10)
    assert chosen[0] == 700  # the worst first
    assert len(chosen) == 10
    assert not set(chosen) & set(spread)
    assert all(b - a > 1 for a, b in pairwise(sorted(chosen)))


def test_the_worst_is_looked_for_further_on_with_what_was_found() -> None:
    scores, traits = made_title(4)
    known = {frame: scores[frame] for frame in sample_frames(FRAMES, 80)}
    first = predicted_worst(known, FRAMES, traits, 5)
    second = predicted_worst({**known, **{f: scores[f] for f in first}}, FRAMES, traits, 5)
    assert not set(first) & set(second)


def test_of_a_title_that_is_known_there_is_no_worst_to_look_for() -> None:
    assert predicted_worst(dict(enumerate([90.0] * 20)), 20, NOTHING, 5) == ()


def test_an_interval_straddles_a_threshold_it_may_miss_or_reach() -> None:
    interval = ScoreInterval(90.0, 89.0, 91.0)
    assert [interval.straddles(at) for at in (88.9, 89.0, 89.1, 91.0, 91.1)] == [
        *(False, False, True, True, False)
    ]


def test_scenes_begin_where_the_picture_changes_far_more_than_around() -> None:
    calm = [4.0] * 40
    change = [*calm, 500.0, *calm, 40.0, *calm]  # the second is no more than a shake
    assert scene_starts(change) == (40,)
    assert scenes_of(4, (2,)) == [0, 0, 1, 1]
    assert scenes_of(3, (0,)) == [0, 0, 0]


def test_motion_is_no_row_of_cuts() -> None:
    assert scene_starts([200.0] * 60) == ()
    calm = [2.0] * 20
    assert scene_starts([*calm, 900.0, 900.0, 900.0, *calm]) == (20,)
