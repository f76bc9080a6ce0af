"""What of a long title is drawn: nothing bad may get lost on the way."""

from __future__ import annotations

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from farm.found import Span
from qc.frames import ScoredFrames
from qc.report.curves import COLUMNS, join_spans, thin_marks, thin_out


def curve(values: list[float], step_s: float = 0.04) -> ScoredFrames:
    count = len(values)
    times = array("d", (n * step_s for n in range(count)))
    flat = array("f", [0.9] * count)
    return ScoredFrames(array("i", range(count)), times, array("f", values), flat, flat)


def test_short_curves_stay_whole() -> None:
    assert thin_out(curve([90.0, 91.0, 89.0]), 0.12, columns=2) == [0, 1, 2]
    # All in the first of the columns: of four frames two are lost only where four are too many.
    assert thin_out(curve([1.0, 2.0, 3.0, 4.0]), 99.0, columns=2) == [0, 1, 2, 3]
    assert thin_out(curve([1.0, 2.0, 3.0, 4.0, 5.0]), 99.0, columns=2) == [0, 4]


def test_long_curves_keep_both_ends_their_order_and_every_extreme() -> None:
    values = [90.0] * 10_000
    for index, value in ((1234, 3.0), (1235, 99.0), (9876, 5.0)):
        values[index] = value
    kept = thin_out(curve(values), 400.0, columns=50)
    assert len(kept) <= 102
    assert kept == sorted(set(kept))
    assert {0, 1234, 1235, 9876, 9999} <= set(kept)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 100, width=32), min_size=1, max_size=300),
    st.integers(1, 40),
    st.floats(0.9, 1.1),
)
def test_the_lowest_and_the_highest_of_every_pixel_column_survive(
    values: list[float], columns: int, stretch: float
) -> None:
    frames = curve(values)
    duration_s = len(values) * 0.04 * stretch  # a rung may end a little off the title's end
    kept = thin_out(frames, duration_s, columns)

    def extremes(indices: list[int]) -> dict[int, tuple[float, float]]:
        found: dict[int, tuple[float, float]] = {}
        for index in indices:
            column = sum(
                duration_s * n / columns <= frames.time_s[index] for n in range(1, columns)
            )
            low, high = found.get(column, (101.0, -1.0))
            found[column] = min(low, values[index]), max(high, values[index])
        return found

    assert extremes(kept) == extremes(list(range(len(values))))
    assert len(kept) <= 2 * columns + 2
    assert (kept[0], kept[-1]) == (0, len(values) - 1)


def test_marks_are_as_many_as_there_are_columns_and_each_is_a_real_one() -> None:
    marks = tuple(n * 0.1 for n in range(70_000))
    thin = thin_marks(marks, 7000.0)
    assert len(thin) == COLUMNS
    assert set(thin) <= set(marks)
    assert thin_marks((3.5, 7.25), 40.0) == [3.5, 7.25]


def test_of_marks_in_one_of_twelve_hundred_columns_the_first_stays() -> None:
    assert thin_marks((2.5, 0.2, 0.9, 1.0, 1199.9), 1200.0) == [0.2, 1.0, 2.5, 1199.9]


def test_spans_are_joined_only_where_no_screen_could_part_them() -> None:
    spans = [Span(0, 1), Span(1.01, 2), Span(5, 9), Span(6, 7)]
    assert join_spans(spans, 40.0) == [Span(0, 2), Span(5, 9)]
    assert join_spans([], 40.0) == []
    column_apart = [Span(0, 1), Span(2, 3)]
    assert join_spans(column_apart, 1200.0) == column_apart
    assert join_spans(column_apart, 1201.0) == [Span(0, 3)]
