"""Which frames one pass picks out, and which the passes after it add."""

from __future__ import annotations

import pytest

from qc.sampling.passes import WIDENINGS, amid, every, some
from qc.sampling.spread import MOST, SOUGHT, worst_of_all


@pytest.mark.parametrize("frames", [1, 2, 48, MOST, MOST + 1, 150, 720, 4320, 172_800])
def test_samples_have_neighbours_an_odd_distance_and_a_limit(frames: int) -> None:
    chosen = some(80, frames)
    if frames <= MOST:
        assert chosen == range(frames)
        return
    assert chosen.step % 2 == 1
    assert chosen[0] >= 1
    assert chosen[-1] <= frames - 2
    assert 35 < len(chosen) <= MOST - SOUGHT


def test_every_fifth_frame_begins_amid_the_first_five() -> None:
    assert every(5, 48) == range(2, 47, 5)
    assert every(1, 48) == range(48)
    assert every(5, 2) == range(2)  # none of these has two neighbours


def test_each_widening_lies_amid_what_was_there_before() -> None:
    samples = range(4, 1000, 17)
    seen = set(samples)
    for widenings in range(len(WIDENINGS)):
        more = set(amid(samples, widenings))
        assert more
        assert not more & seen
        seen |= more
    assert len(seen) == pytest.approx(8 * len(samples), rel=0.05)
    assert not amid(samples, len(WIDENINGS))


def test_samples_that_lie_close_are_widened_until_nothing_is_left() -> None:
    samples = range(1, 300, 3)
    assert amid(samples, 0) == range(2, 298, 3)
    assert not amid(samples, 1)
    assert not amid(range(48), 0)


def test_renditions_take_turns_with_their_worst_places() -> None:
    assert worst_of_all([(30, 10, 50), (10, 20), ()], 3) == (10, 20, 30)
    assert worst_of_all([(5,), (5,)], 10) == (5,)
