"""How renditions look where chunks meet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from farm.scores import Seam
from qc.sampling.curve import intervals_at
from qc.sampling.statistics import FrameTraits, ScoreInterval
from qc.seams import seam_scores

FPS = Fraction(24)


def test_of_each_seam_the_worse_frame_is_told() -> None:
    found = {
        47: ScoreInterval(90.1, 88.0, 92.0),
        48: ScoreInterval(84.0, 84.0, 84.0),
        95: ScoreInterval(70.25, 66.0, 74.5),
        96: ScoreInterval(80.0, 76.0, 84.0),
    }

    def intervals(places: Sequence[int]) -> list[ScoreInterval]:
        return [found[place] for place in places]

    assert seam_scores((48, 96), FPS, intervals) == (
        Seam(48, 2.0, 84.0, 84.0, 84.0),
        Seam(95, 3.958333, 70.25, 66.0, 74.5),
    )
    assert seam_scores((), FPS, intervals) == ()


def test_a_scored_frame_is_known_and_another_is_expected_within_its_band() -> None:
    frames = 400
    scores = {frame: 80.0 + frame % 7 for frame in range(2, frames, 5)}
    scored, other = intervals_at((52, 54), scores, frames, FrameTraits())
    assert scored == ScoreInterval(scores[52], scores[52], scores[52])
    assert other.low < other.value < other.high
    assert 78 < other.value < 88


def test_where_every_frame_was_scored_all_are_known() -> None:
    scores = {frame: 60.0 + frame for frame in range(10)}
    assert intervals_at((3, 9), scores, 10, FrameTraits()) == [
        ScoreInterval(63.0, 63.0, 63.0),
        ScoreInterval(69.0, 69.0, 69.0),
    ]
