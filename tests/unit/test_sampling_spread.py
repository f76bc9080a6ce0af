"""Which frames are scored: how many, how far apart, and which are added."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.sampling.spread import (
    LOW_SAMPLES,
    MOST,
    SAMPLES,
    SOUGHT,
    sample_frames,
    wanted_samples,
)


def test_low_rungs_want_more_samples_than_high_ones() -> None:
    top = 1920 * 1080
    assert wanted_samples(top, top) == SAMPLES
    assert wanted_samples(960 * 540, top) == SAMPLES
    assert wanted_samples(958 * 540, top) == LOW_SAMPLES


def test_samples_lie_evenly_at_an_odd_stride_from_half_a_stride_on() -> None:
    assert sample_frames(4320, 80) == tuple(range(27, 4320, 55))


def test_a_title_that_most_frames_would_cover_is_scored_whole() -> None:
    assert sample_frames(MOST, 80) == tuple(range(MOST))
    assert len(sample_frames(MOST + 1, 80)) == 40


def test_of_a_short_title_no_more_is_scored_than_promised() -> None:
    assert sample_frames(250, 80) == tuple(range(1, 250, 3))
    assert sample_frames(360, 80) == tuple(range(2, 360, 5))


def test_to_want_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="score at least one"):
        sample_frames(100, 0)


@given(st.integers(1, 500_000), st.integers(1, LOW_SAMPLES))
def test_samples_are_about_as_many_as_wanted(frames: int, wanted: int) -> None:
    chosen = sample_frames(frames, wanted)
    assert chosen
    assert chosen[0] >= 0
    assert chosen[-1] < frames
    if frames > MOST:
        assert len(chosen) <= MOST - SOUGHT
        strides = {b - a for a, b in pairwise(chosen)}
        assert len(strides) <= 1
        assert all(stride % 2 for stride in strides)
