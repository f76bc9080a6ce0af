"""Bits go where they bring most, and only where trials show that it pays."""

from __future__ import annotations

import pytest

from ladders.per_shot.shots import ShotFrames
from ladders.per_shot.slopes import (
    MOVES,
    SAME,
    Tradeoff,
    equal_slopes,
    gained,
    mean_change,
    tradeoff,
)
from ladders.per_shot.spread import shot_moves, window_moves
from ladders.per_title.curves import CurvePoint, monotone


def window(bps: float, quality: float, slope: float) -> Tradeoff:
    """Return a window whose bits halve every 6 CRF, and which loses `slope` for each."""
    return Tradeoff(
        tuple(bps * 2 ** (-move / 6) for move in MOVES),
        tuple(quality - slope * move for move in MOVES),
    )


STEEP, FLAT = window(1e6, 80, 2.0), window(1e6, 80, 0.4)


def test_windows_alike_stay_where_they_are() -> None:
    assert equal_slopes([STEEP, STEEP, STEEP]) == (0.0, 0.0, 0.0)
    assert gained([STEEP, STEEP], [0.0, 0.0]) == pytest.approx(0)


def test_bits_go_from_where_they_bring_little_to_where_they_bring_much() -> None:
    moves = equal_slopes([STEEP, FLAT])
    assert moves[0] < 0 < moves[1]
    times_bps, more = mean_change([STEEP, FLAT], moves)
    assert 0.9 < times_bps <= 1.0
    assert more > 0
    assert gained([STEEP, FLAT], moves) > gained([STEEP, FLAT], [0.0, 0.0]) == pytest.approx(0)


def test_the_worse_window_counts_for_more() -> None:
    bad, good = window(1e6, 50, 1.0), window(1e6, 90, 1.0)
    moves = equal_slopes([bad, good])
    assert moves[0] < 0 < moves[1]


def test_a_move_for_nothing_is_a_loss() -> None:
    assert gained([STEEP, STEEP], [2.0, -2.0]) < 0


def test_a_window_is_what_was_found_and_moves_as_its_curve_does() -> None:
    curve = monotone([CurvePoint(20, 4e6, 96), CurvePoint(28, 1e6, 88), CurvePoint(36, 250e3, 70)])
    found = tradeoff(CurvePoint(30.0, 900e3, 90), curve, 28)
    assert found.bps[SAME] == pytest.approx(900e3)
    assert found.quality[SAME] == pytest.approx(90)
    more = MOVES.index(3.0)
    assert found.bps[more] == pytest.approx(900e3 * curve.at(31).bps / 1e6)
    assert found.quality[more] == pytest.approx(90 + curve.at(31).quality - 88)


SHOTS = tuple(ShotFrames(96 * n, 96, level) for n, level in enumerate((10.0, 12, 14, 12, 10, 14)))


def moves_of(windows: list[Tradeoff], starts: list[int], levels: list[float]) -> tuple[float, ...]:
    return shot_moves(SHOTS, starts, levels, windows, 1 / 6)


def test_a_shot_that_was_tried_moves_as_its_windows_do() -> None:
    windows = [window(1e6, 80, slope) for slope in (2.0, 1, 0.5)]
    moves = moves_of(windows, [0, 96, 192], [10.0, 12, 14])
    assert moves[0] < moves[1] < moves[2]
    assert window_moves(SHOTS, [0, 100, 191], moves) == [moves[0], moves[1], moves[1]]


def test_the_others_move_by_how_hard_they_are_where_that_is_foreseen() -> None:
    # What is hard takes more bits for as much, so that they are better spent on what is easy.
    levels = [10.0, 11, 12, 13, 14]
    windows = [window(2**level, 80, 2 ** (0.7 * level - 9)) for level in levels]
    moves = moves_of(windows, [0, 24, 96, 120, 192], levels)
    assert moves[4] == pytest.approx(moves[0], abs=0.75)
    assert moves[3] == pytest.approx(moves[1], abs=0.75)
    assert moves[4] < moves[3] < moves[5]


def test_where_difficulty_foresees_nothing_the_others_stay() -> None:
    # The hardest and the easiest want the same, what lies between the opposite.
    windows = [window(1e6, 80, slope) for slope in (0.3, 3.0, 0.3)]
    moves = moves_of(windows, [0, 96, 192], [10.0, 12, 14])
    assert len({moves[3], moves[4], moves[5]}) == 1


def test_bits_of_the_title_stay_what_they_were() -> None:
    windows = [window(2**level, 80, 2 ** (0.7 * level - 9)) for level in (10.0, 12, 14)]
    moves = moves_of(windows, [0, 96, 192], [10.0, 12, 14])
    before = sum(2**shot.difficulty for shot in SHOTS)
    after = sum(2 ** (s.difficulty - m / 6) for s, m in zip(SHOTS, moves, strict=True))
    assert after == pytest.approx(before, rel=0.02)
