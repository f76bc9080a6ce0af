"""The band around what is expected of unscored frames, held against the truth."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.foretold import curve_from_parquet, curve_to_parquet
from qc.frames import UnreadableFrames
from qc.sampling.curve import COLUMNS, ScoreCurve, score_curve
from qc.sampling.estimate import predicted_worst
from qc.sampling.spread import sample_frames
from qc.sampling.statistics import FrameTraits
from tests.unit.test_sampling_estimate import FRAMES, made_title

NOTHING = FrameTraits()
EVERY_SCORE = Path(__file__).parent / "every_score.json"  # of a real rung, and its traits


def sampled(
    scores: list[float], traits: FrameTraits, columns: int = COLUMNS
) -> tuple[ScoreCurve, dict[int, float]]:
    """Return the curve of a title, of which some frames are scored as the farm does it."""
    spread = {frame: scores[frame] for frame in sample_frames(len(scores), 80)}
    sought = {frame: scores[frame] for frame in predicted_worst(spread, len(scores), traits, 10)}
    return score_curve(spread, len(scores), traits, sought, columns), {**spread, **sought}


def inside(scores: list[float], traits: FrameTraits) -> tuple[int, int]:
    """Return how many unscored frames lie in the band, and how many there are."""
    curve, known = sampled(scores, traits, columns=len(scores))
    rows = zip(curve.frame, curve.low, curve.high, strict=True)
    hits = [low <= scores[frame] <= high for frame, low, high in rows if frame not in known]
    assert len(curve) == len(scores)
    return sum(hits), len(hits)


def test_of_a_real_rung_nine_frames_in_ten_lie_in_the_band() -> None:
    every = json.loads(EVERY_SCORE.read_text("utf-8"))
    traits = FrameTraits(every["error"], every["change"], every["detail"])
    hits, count = inside(every["vmaf"], traits)
    assert 0.90 <= hits / count < 1


def test_of_made_titles_nine_frames_in_ten_lie_in_the_band() -> None:
    found = [inside(*made_title(300 + seed)) for seed in range(8)]
    assert 0.90 <= sum(hits for hits, _ in found) / sum(count for _, count in found) < 1


def test_a_scored_frame_is_what_it_was_scored_and_has_a_row_of_its_own() -> None:
    scores, traits = made_title(1)
    curve, known = sampled(scores, traits)
    rows = zip(curve.frame, curve.expected, curve.low, curve.high, strict=True)
    exact = {frame: (a, b, c) for frame, a, b, c in rows if frame in known}
    assert exact == {
        frame: pytest.approx((score,) * 3, abs=0.001) for frame, score in known.items()
    }


def test_what_scored_frames_say_nothing_of_is_less_sure_than_what_lies_beside_them() -> None:
    change = [500.0 if frame in (300, 320) else 5.0 for frame in range(600)]
    noisy = [80.0 + (frame * 7919 % 100) / 20 for frame in range(600)]
    spread = {frame: noisy[frame] for frame in sample_frames(600, 15)}
    curve = score_curve(spread, 600, FrameTraits(change=change))
    width = dict(
        zip(curve.frame, (b - a for a, b in zip(curve.low, curve.high, strict=True)), strict=True)
    )
    unseen = [frame for frame in range(300, 320) if frame in width and frame not in spread]
    beside = max(frame for frame in spread if frame < 300) - 1
    assert width[unseen[0]] >= width[beside] > 0


def test_where_more_than_the_best_is_expected_a_band_is_not_closed() -> None:
    scores, traits = made_title(2)
    curve, known = sampled([min(100.0, score + 6) for score in scores], traits, FRAMES)
    rows = zip(curve.frame, curve.low, curve.high, strict=True)
    assert [frame for frame, low, high in rows if low == high] == sorted(known)


def test_a_title_of_one_quality_has_a_band_without_width() -> None:
    curve, _ = sampled([97.0] * 900, NOTHING)
    assert set(curve.expected) == set(curve.low) == set(curve.high) == {97.0}


@settings(max_examples=30, deadline=None)
@given(st.integers(200, 5000), st.integers(20, 90), st.integers(100, 1200))
def test_all_frames_have_a_row_or_are_spoken_for_and_few_rows_are_left(
    frames: int, wanted: int, columns: int
) -> None:
    spread = {frame: float(frame % 60) for frame in sample_frames(frames, wanted)}
    curve = score_curve(spread, frames, NOTHING, columns=columns)
    assert list(curve.frame) == sorted(set(curve.frame))
    assert spread.keys() <= set(curve.frame)
    assert len(curve) <= max(columns, 2 * len(spread) + 1)
    order = [-1, *sorted(spread), frames]
    for begin, end in pairwise(order):
        between = [frame for frame in curve.frame if begin < frame < end]
        assert bool(between) == (end - begin > 1)


def test_a_row_for_many_frames_reaches_as_far_as_any_of_them() -> None:
    scores, traits = made_title(4)
    single, _ = sampled(scores, traits, columns=len(scores))
    joined, known = sampled(scores, traits, columns=300)
    assert len(joined) <= 300
    for at, frame in enumerate(joined.frame):
        assert joined.low[at] <= single.low[frame]
        assert joined.high[at] >= single.high[frame]
        assert (frame in known) == (joined.low[at] == joined.high[at])
    assert min(joined.low) == min(single.low)
    assert max(joined.high) == max(single.high)


def test_a_curve_is_read_back_from_its_file_and_nothing_else_is() -> None:
    curve, _ = sampled(*made_title(2))
    written = curve_to_parquet(curve)
    assert curve_from_parquet(written) == curve
    assert curve_to_parquet(curve) == written
    with pytest.raises(UnreadableFrames, match="no Parquet file"):
        curve_from_parquet(b"PAR1 and no more")
