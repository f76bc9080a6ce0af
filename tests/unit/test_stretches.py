"""Worst windows: two seconds in a row, whatever the rate."""

from __future__ import annotations

from fractions import Fraction

import pytest

from qc.sampling.estimate import estimate
from qc.sampling.statistics import FrameTraits, ScoreInterval
from qc.stretches import stretch_frames, stretch_means, worst_stretch

DIP = [90.0] * 100 + [50.0] * 24 + [90.0] * 100  # one second of it


@pytest.mark.parametrize(
    ("fps", "frames"),
    [("24", 48), ("30000/1001", 60), ("12", 24), ("1/5", 1), ("60/7", 17)],
)
def test_a_stretch_has_the_frames_of_two_seconds_and_one_at_least(fps: str, frames: int) -> None:
    assert stretch_frames(Fraction(fps)) == frames


def test_the_worst_stretch_is_the_lowest_mean_of_frames_in_a_row() -> None:
    assert worst_stretch(DIP, 48) == 70.0
    assert worst_stretch([*DIP[:-100], 90.0], 48) == pytest.approx(70.0)
    assert stretch_means([1.0, 2.0, 6.0], 2) == [1.5, 4.0]


def test_a_title_shorter_than_that_is_one_stretch() -> None:
    assert worst_stretch([90.0, 80.0], 48) == 85.0
    assert stretch_means([90.0, 80.0], 2) == [85.0]


def test_few_frames_tell_the_worst_window_within_its_bounds() -> None:
    spread = {frame: DIP[frame] for frame in range(2, len(DIP), 5)}
    error = tuple(100.0 if score < 80 else 4.0 for score in DIP)
    told = estimate(spread, len(DIP), FrameTraits(error=error), 48).worst_window
    assert told.low < 70.0 < told.high
    assert told.value == pytest.approx(70.0, abs=1.5)
    assert told.straddles(70.0)


def test_bounds_are_never_narrower_than_what_a_stride_may_hide() -> None:
    flat = dict.fromkeys(range(2, 224, 5), 90.0)
    told = estimate(flat, 224, FrameTraits(), 48).worst_window
    assert told == ScoreInterval(90.0, 89.8, 90.2)
