"""Bit rate over time, drawn from the sizes of segments."""

from __future__ import annotations

from api.pages.drawings.bit_rate import DRAWN_STEPS, draw_bit_rates

MBIT = 125_000


def test_a_step_is_a_segment_as_high_as_its_rate() -> None:
    drawn = draw_bit_rates(
        {"low": [6 * MBIT, 6 * MBIT, 1 * MBIT], "top": [24 * MBIT] * 3}, 6.0, 14.0
    )
    assert drawn is not None
    low, top = drawn.lines
    assert top.words == "top: at most 12.00 Mbit/s"  # the last one lasts two seconds
    assert low.path.count("V") == 2
    assert low.path.endswith(f"H{drawn.right_px}")
    assert [tick.label for tick in drawn.rates] == ["0", "5", "10"]


def test_long_titles_keep_the_highest_of_every_column() -> None:
    sizes = [MBIT] * (DRAWN_STEPS * 3)
    sizes[1000] = 9 * MBIT
    drawn = draw_bit_rates({"top": sizes}, 1.0, float(len(sizes)))
    assert drawn is not None
    assert drawn.lines[0].path.count("V") == DRAWN_STEPS - 1
    assert drawn.lines[0].words == "top: at most 9.00 Mbit/s"


def test_nothing_packaged_draws_nothing() -> None:
    assert draw_bit_rates({}, 6.0, 14.0) is None
