"""Which GOPs of a title are tried: they speak for all of it."""

from __future__ import annotations

from fractions import Fraction

from farm.ladder import Chunk, Timeline
from ladders.per_title.windows import choose_windows, how_many

FPS = Fraction(24)


def starts(windows: tuple[Chunk, ...]) -> list[int]:
    return [window.start_frame for window in windows]


def test_a_short_title_is_tried_whole() -> None:
    windows = choose_windows(Timeline(FPS, 200), (), count=6, window_frames=48, tail_frames=16)
    assert windows == (
        Chunk(0, 0, 48, 16),
        Chunk(1, 48, 48, 16),
        Chunk(2, 96, 48, 16),
        Chunk(3, 144, 48, 8),  # no more than there is, and even
    )


def test_a_title_shorter_than_a_gop_is_one_window() -> None:
    windows = choose_windows(Timeline(FPS, 30), (), count=6, window_frames=48, tail_frames=16)
    assert windows == (Chunk(0, 0, 30, 0),)


def test_of_a_title_that_nothing_is_known_of_windows_are_spread_evenly() -> None:
    windows = choose_windows(Timeline(FPS, 48 * 40), (), count=4, window_frames=48)
    assert starts(windows) == [48 * 5, 48 * 17, 48 * 27, 48 * 37]


def test_easy_and_hard_scenes_are_tried_as_they_last() -> None:
    # Three quarters of it are easy, and the hard rest is in one place.
    difficulty = [2.0] * 30 + [9.0] * 10
    windows = choose_windows(Timeline(FPS, 48 * 40), difficulty, count=8, window_frames=48)
    assert sum(window.start_frame >= 30 * 48 for window in windows) == 2
    assert len(set(starts(windows))) == 8


def test_how_many_windows_are_tried_follows_what_the_encode_costs() -> None:
    def count(minutes: int) -> int:
        return how_many(Timeline(FPS, minutes * 60 * 24), 48, 0.08, least=6, most=24)

    assert [count(minutes) for minutes in (1, 10, 30, 120)] == [6, 6, 15, 24]
