"""Bit rates: RFC 8216bis' peak and average, DASH's buffer, on cases worked out by hand."""

from __future__ import annotations

from array import array
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from media.isobmff.fragments import Fragment, Segment
from media.packaging.rates import SILENT, Rates, buffer_s, highest, measure

SECONDS = Fraction(1)


def test_the_average_is_all_bits_over_all_seconds_and_the_peak_the_heaviest_segment() -> None:
    spans = [(1000, 6 * SECONDS), (3000, 6 * SECONDS), (2000, 6 * SECONDS)]
    assert measure(spans, 6) == Rates(average_bps=2667, peak_bps=4000)


def test_a_short_last_segment_counts_only_together_with_its_neighbour() -> None:
    # Alone it is shorter than half a target; with the one before it is 7 s, 1.17 targets.
    spans = [(6000, 6 * SECONDS), (6000, 6 * SECONDS), (4000, SECONDS)]
    assert measure(spans, 6) == Rates(average_bps=9847, peak_bps=11429)


def test_segments_of_half_a_target_are_also_measured_in_pairs_and_threes() -> None:
    spans = [(100, 2 * SECONDS), (400, 2 * SECONDS), (400, 2 * SECONDS), (100, 2 * SECONDS)]
    assert measure(spans, 4) == Rates(average_bps=1000, peak_bps=1600)


def test_a_stretch_of_one_and_a_half_targets_still_counts() -> None:
    # Its ends alone are shorter than half a target, and it is denser than all but one of them.
    spans = [(1000, SECONDS), (100, 4 * SECONDS), (1000, SECONDS)]
    assert measure(spans, 4) == Rates(average_bps=2800, peak_bps=2800)
    assert measure([*spans[:2], (1000, SECONDS * 11 / 10)], 4).peak_bps == 2755


def test_a_title_shorter_than_half_a_target_peaks_at_its_average() -> None:
    assert measure([(500, 2 * SECONDS)], 6) == Rates(2000, 2000)


def test_no_segments_have_no_rate() -> None:
    assert measure([], 6) == SILENT


def test_of_renditions_the_dearest_counts_and_of_none_nothing() -> None:
    assert highest([Rates(10, 50), Rates(20, 40)]) == Rates(20, 50)
    assert highest([]) == SILENT
    assert Rates(1, 2) + Rates(10, 20) == Rates(11, 22)


spans = st.lists(
    st.tuples(st.integers(1, 10**7), st.fractions(Fraction(1, 10), Fraction(6))), min_size=1
)


@given(spans)
def test_the_peak_is_never_below_the_average_nor_above_the_densest_segment(
    spans: list[tuple[int, Fraction]],
) -> None:
    rates = measure(spans, 6)
    densest = max(size * 8 / duration for size, duration in spans)
    assert rates.average_bps <= rates.peak_bps <= densest + 1


# --- the buffer a player needs ---------------------------------------------------------------


def segment(start_ticks: int, sizes: list[int], head_bytes: int = 0) -> Segment:
    """A segment of samples of one tick each, `head_bytes` of boxes before them."""
    fragment = Fragment(
        offset=0,
        data_offset=head_bytes,
        decode_start_ticks=start_ticks,
        first_presented_ticks=start_ticks,
        durations_ticks=array("Q", [1] * len(sizes)),
        sizes_bytes=array("Q", sizes),
        starts_with_sync=True,
    )
    return Segment(head_bytes + sum(sizes), (), (fragment,))


def test_a_constant_stream_needs_one_sample_of_buffer() -> None:
    assert buffer_s([segment(0, [100] * 4), segment(4, [100] * 4)], 1, 800) == 1.0


def test_a_heavy_key_frame_and_the_boxes_before_it_have_to_be_there_first() -> None:
    # 100 bytes of boxes and 500 of key frame at 800 bit/s: 6 s.
    assert buffer_s([segment(0, [500, 0, 0, 0, 0, 0], head_bytes=100)], 1, 800) == 6.0


def test_what_a_light_segment_saves_does_not_help_who_starts_after_it() -> None:
    light, heavy = segment(0, [0, 0, 0, 0]), segment(4, [400, 0, 0, 0])
    assert buffer_s([light, heavy], 1, 800) == 4.0


def test_debts_add_up_over_segments() -> None:
    assert buffer_s([segment(0, [200] * 4), segment(4, [200] * 4)], 1, 800) == 9.0
