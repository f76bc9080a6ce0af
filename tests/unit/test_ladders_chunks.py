"""GOPs and chunks: exact frames, aligned in every rung."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.ladder import Chunk, Timeline
from ladders.chunks import cut_chunks
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


def test_one_slot_makes_one_chunk() -> None:
    assert cut_chunks(Timeline(Fraction(24), 720), 144, 1) == (Chunk(0, 0, 720, 0),)


def test_three_slots_share_a_title_and_look_a_second_ahead() -> None:
    assert cut_chunks(Timeline(Fraction(24), 1000), 144, 3) == (
        Chunk(0, 0, 288, 24),
        Chunk(1, 288, 288, 24),
        Chunk(2, 576, 424, 0),
    )


def test_a_short_title_is_cut_into_fewer_chunks_than_slots() -> None:
    chunks = cut_chunks(Timeline(Fraction(30000, 1001), 899), 180, 16)
    assert chunks == (Chunk(0, 0, 360, 30), Chunk(1, 360, 539, 0))


def test_a_cut_moves_to_a_scene_nearby_but_not_to_one_far_away() -> None:
    timeline = Timeline(Fraction(25), 150 * 40)
    scene_s = {boundary: boundary * 6.0 for boundary in (3, 12, 21)}
    starts = [c.start_frame // 150 for c in cut_chunks(timeline, 150, 4, [*scene_s.values()])]
    assert starts == [0, 10, 21, 30]


def test_a_scene_within_a_segment_moves_nothing() -> None:
    timeline = Timeline(Fraction(25), 150 * 40)
    assert cut_chunks(timeline, 150, 4, [126.5]) == cut_chunks(timeline, 150, 4)


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
    chunks = cut_chunks(Timeline(fps, frames), segment_frames, slots, scenes)
    assert 1 <= len(chunks) <= slots
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    end = 0
    for chunk in chunks:
        assert chunk.start_frame == end
        assert chunk.start_frame % segment_frames == 0
        end += chunk.frames
        assert len(chunks) == 1 or chunk.frames >= 2 * segment_frames
        assert chunk.tail_frames % 2 == 0
        assert end + chunk.tail_frames <= frames
    assert end == frames
    assert chunks[-1].tail_frames == 0
    assert all(c.tail_frames >= min(fps, Fraction(2 * segment_frames)) for c in chunks[:-1])
