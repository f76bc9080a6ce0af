"""GOPs and chunks: exact frames, aligned in every rung."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from heapq import heapreplace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.ladder import Chunk, Timeline
from ladders.chunks import Cuts, find_cuts, make_chunks
from ladders.gop import frames_at, gop_frames, segment_s


@pytest.mark.parametrize(
    ("fps", "gop_s", "halved", "frames"),
    [
        (Fraction(24), 2.0, False, 48),
        (Fraction(24000, 1001), 2.0, False, 48),
        (Fraction(25), 2.0, True, 50),
        (Fraction(30000, 1001), 2.0, False, 60),
        (Fraction(60000, 1001), 2.0, True, 120),
        (Fraction(50), 1.5, True, 76),  # 75 would leave half a frame for the half rate
        (Fraction(179, 6), 2.0, False, 60),
        (Fraction(1, 5), 2.0, False, 1),
        (Fraction(48), 0.5, True, 24),
    ],
)
def test_a_gop_is_the_nearest_whole_number_of_frames(
    fps: Fraction, gop_s: float, halved: bool, frames: int
) -> None:
    assert gop_frames(fps, gop_s, halved=halved) == frames


def test_a_segment_lasts_an_exact_time() -> None:
    assert segment_s(Fraction(24000, 1001), 48, 3) == Fraction(6006, 1000)


def test_a_half_rate_rung_shows_the_last_frame_of_an_odd_number() -> None:
    fps, half = Fraction(60), Fraction(30)
    assert [frames_at(n, fps, half) for n in (1, 2, 3, 720, 721)] == [1, 1, 2, 360, 361]
    assert frames_at(721, fps, fps) == 721


def test_a_rung_whose_rate_does_not_divide_the_timeline_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        frames_at(100, Fraction(60), Fraction(25))


SEGMENT = 150
FILM = Timeline(Fraction(25), 1200 * SEGMENT)  # two hours


def lengths(timeline: Timeline, slots: int) -> list[int]:
    """Return how many segments each chunk has."""
    starts = find_cuts(timeline, SEGMENT, slots).segments
    return [b - a for a, b in pairwise((*starts, timeline.frames // SEGMENT))]


def test_one_slot_makes_one_chunk() -> None:
    timeline = Timeline(Fraction(24), 720)
    assert find_cuts(timeline, 144, 1) == Cuts((0,))
    assert make_chunks(timeline, 144, Cuts((0,))) == (Chunk(0, 0, 720, 0),)


def test_three_slots_share_a_short_title_and_look_ahead() -> None:
    timeline = Timeline(Fraction(24), 1000)
    cuts = find_cuts(timeline, 144, 3)
    assert cuts == Cuts((0, 2, 4))
    assert make_chunks(timeline, 144, cuts) == (
        Chunk(0, 0, 288, 40),
        Chunk(1, 288, 288, 40),
        Chunk(2, 576, 424, 0),
    )


@pytest.mark.parametrize(
    ("fps", "tail_frames"),
    [(Fraction(24000, 1001), 40), (Fraction(30), 40), (Fraction(60), 80), (Fraction(5), 10)],
)
def test_a_tail_is_what_the_encoder_looks_ahead_in_every_rung(
    fps: Fraction, tail_frames: int
) -> None:
    chunks = make_chunks(Timeline(fps, 2000), 120, Cuts((0, 5)))
    assert [chunk.tail_frames for chunk in chunks] == [tail_frames, 0]


def test_thirty_seconds_on_two_slots_are_two_chunks() -> None:
    assert find_cuts(Timeline(Fraction(24), 720), 144, 2) == Cuts((0, 2))


def test_a_short_title_is_cut_into_fewer_chunks_than_slots() -> None:
    timeline = Timeline(Fraction(30000, 1001), 899)
    cuts = find_cuts(timeline, 180, 16)
    assert cuts == Cuts((0, 2))
    assert make_chunks(timeline, 180, cuts) == (Chunk(0, 0, 360, 40), Chunk(1, 360, 539, 0))


def test_a_long_title_has_large_chunks_first_and_small_ones_for_an_even_end() -> None:
    assert Counter(lengths(FILM, 16)) == {45: 16, 18: 16, 7: 16, 3: 16, 2: 16}
    assert Counter(lengths(FILM, 64)) == {11: 64, 5: 64, 2: 64, 1: 48}
    for slots in (2, 4, 16, 64):
        assert lengths(FILM, slots) == sorted(lengths(FILM, slots), reverse=True)


@pytest.mark.parametrize(("slots", "ideal_share"), [(2, 0.98), (4, 0.97), (16, 0.95), (64, 0.90)])
def test_slots_are_busy_to_the_end_though_chunks_differ_by_thirty_percent(
    slots: int, ideal_share: float
) -> None:
    chunks = make_chunks(FILM, SEGMENT, find_cuts(FILM, SEGMENT, slots))
    shares = []
    for seed in range(20):
        chance = Random(seed)
        efforts = [chance.uniform(0.7, 1.3) for _ in chunks]
        free_at = [0.0] * slots  # by slot: each takes the next chunk when it is done with one
        for chunk, effort in zip(chunks, efforts, strict=True):
            heapreplace(free_at, free_at[0] + effort * (chunk.frames + chunk.tail_frames))
        work = sum(effort * chunk.frames for effort, chunk in zip(efforts, chunks, strict=True))
        shares.append(work / slots / max(free_at))
    assert min(shares) >= ideal_share


def test_a_cut_moves_to_a_scene_nearby_but_not_to_one_far_away() -> None:
    timeline = Timeline(Fraction(25), 150 * 42)
    assert find_cuts(timeline, 150, 3) == Cuts((0, 8, 16, 24, 28, 32, 36, 38, 40))
    scenes_s = [boundary * 6.0 for boundary in (9, 14, 29)]
    assert find_cuts(timeline, 150, 3, scenes_s) == Cuts((0, 9, 16, 24, 28, 32, 36, 38, 40))


def test_a_scene_may_start_a_frame_beside_a_boundary() -> None:
    timeline = Timeline(Fraction(25), 150 * 42)
    for frame in (9 * 150 - 1, 9 * 150 + 1):
        assert find_cuts(timeline, 150, 3, [frame / 25]).segments[:2] == (0, 9)
    for frame in (9 * 150 - 2, 9 * 150 + 2):
        assert find_cuts(timeline, 150, 3, [frame / 25]) == find_cuts(timeline, 150, 3)


def test_a_scene_within_a_segment_moves_nothing() -> None:
    timeline = Timeline(Fraction(25), 150 * 40)
    assert find_cuts(timeline, 150, 3, [51.5]) == find_cuts(timeline, 150, 3)


def test_cuts_serve_a_ladder_whose_segments_are_a_little_longer() -> None:
    timeline = Timeline(Fraction(50), 76 * 6)
    assert make_chunks(timeline, 75, Cuts((0, 2, 6))) == (
        Chunk(0, 0, 150, 80),
        Chunk(1, 150, 300, 6),
        Chunk(2, 450, 6, 0),
    )
    assert make_chunks(timeline, 76, Cuts((0, 2, 6))) == (
        Chunk(0, 0, 152, 80),
        Chunk(1, 152, 304, 0),
    )


@given(
    frames=st.integers(1, 200_000),
    fps=st.sampled_from((Fraction(24000, 1001), Fraction(25), Fraction(60), Fraction(179, 6))),
    segment_frames=st.integers(2, 600).map(lambda n: 2 * n),
    slots=st.integers(1, 64),
    scenes=st.lists(st.floats(0, 8000), max_size=50),
)
def test_chunks_cover_the_timeline_once_on_segment_boundaries(
    frames: int, fps: Fraction, segment_frames: int, slots: int, scenes: list[float]
) -> None:
    timeline = Timeline(fps, frames)
    chunks = make_chunks(
        timeline, segment_frames, find_cuts(timeline, segment_frames, slots, scenes)
    )
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert (len(chunks) == 1) >= (slots == 1)
    end = 0
    for chunk in chunks:
        assert chunk.start_frame == end
        assert chunk.start_frame % segment_frames == 0
        end += chunk.frames
        assert len(chunks) == 1 or chunk.frames >= segment_frames
        assert chunk.tail_frames % 2 == 0
        assert end + chunk.tail_frames <= frames
    assert end == frames
    assert chunks[-1].tail_frames == 0
    assert all(c.tail_frames >= min(40, segment_frames) for c in chunks[:-1])
