"""Judging alignment from errors; the figures are recorded from encodes of a real clip."""

from __future__ import annotations

import pytest

from qc.alignment import Alignment, judge, read_errors

# Mean errors of 12 windows against the frame before, the same and the frame after: a 145 kbit/s
# encode, aligned and one frame early.
ALIGNED = {
    -1: [23.92, 16.26, 21.18, 13.84, 15.54, 12.77, 24.30, 94.50, 111.16, 7.47, 10.37, 9.18],
    0: [0.56, 1.08, 2.01, 4.48, 14.21, 11.57, 4.73, 1.54, 1.52, 6.23, 8.07, 7.04],
    1: [22.20, 16.49, 21.55, 14.12, 16.79, 17.41, 590.64, 123.89, 120.94, 800.77, 11.69, 10.10],
}
EARLY = {
    -1: [92.83, 47.86, 65.27, 39.08, 18.03, 18.88, 612.19, 163.58, 175.60, 799.45, 18.96, 16.56],
    0: [25.69, 16.28, 21.59, 13.88, 13.66, 12.90, 589.92, 123.97, 120.13, 795.54, 11.12, 9.37],
    1: [0.56, 1.11, 2.09, 4.61, 13.15, 11.78, 4.08, 1.38, 1.94, 7.37, 8.49, 6.94],
}


def samples(windows: dict[int, list[float]], part: slice = slice(None)) -> dict[int, list[float]]:
    """Return 12 samples for each window, as the filters write them."""
    return {k: [v for v in values[part] for _ in range(12)] for k, values in windows.items()}


def test_a_starved_but_aligned_rendition_is_aligned() -> None:
    assert judge(samples(ALIGNED)) == Alignment(offset=0, windows=12, accusing=0, first_sample=None)


def test_a_rendition_that_is_one_frame_early_is_found_with_its_evidence() -> None:
    assert judge(samples(EARLY)) == Alignment(offset=1, windows=12, accusing=8, first_sample=0)


def test_a_rendition_that_is_one_frame_late_is_found() -> None:
    late = {-1: EARLY[1], 0: EARLY[0], 1: EARLY[-1]}
    assert judge(samples(late)) == Alignment(offset=-1, windows=12, accusing=8, first_sample=0)


def test_a_shift_that_begins_in_the_middle_is_found_where_it_begins() -> None:
    both = {k: ALIGNED[k][:6] + EARLY[k][6:] for k in ALIGNED}
    assert judge(samples(both)) == Alignment(offset=1, windows=12, accusing=4, first_sample=72)


def test_a_shift_is_placed_within_its_window() -> None:
    same, moved = [1.0] * 17 + [9.0] * 31, [9.0] * 17 + [1.0] * 31
    assert judge({-1: [9.0] * 48, 0: same, 1: moved}) == Alignment(1, 4, 2, 17)


def test_pictures_missing_one_after_the_other_are_one_shift_from_the_first_on() -> None:
    at = {0: range(15), 1: range(15, 35), 2: range(35, 60)}
    errors = {k: [0.5 if n in at.get(k, ()) else 9.0 for n in range(60)] for k in (-1, 0, 1, 2)}
    assert judge(errors) == Alignment(offset=1, windows=5, accusing=4, first_sample=15)


def test_windows_that_accuse_both_directions_once_do_not_agree() -> None:
    early, late = [9.0] * 12 + [0.5] * 12 + [9.0] * 12, [9.0] * 24 + [0.5] * 12
    assert judge({-1: late, 0: [9.0] * 36, 1: early}).offset == 0


def test_one_window_alone_does_not_accuse_a_longer_rendition() -> None:
    one = {k: ALIGNED[k][:8] + EARLY[k][8:9] + ALIGNED[k][9:] for k in ALIGNED}
    assert judge(samples(one)).offset == 0


def test_a_title_shorter_than_a_window_is_judged_by_what_there_is() -> None:
    short = {k: values[:3] for k, values in samples(EARLY).items()}
    assert judge(short) == Alignment(offset=1, windows=1, accusing=1, first_sample=0)


@pytest.mark.parametrize("same", [[0.0] * 30, [0.9] * 30, []])
def test_still_pictures_cannot_tell(same: list[float]) -> None:
    assert judge({-1: [0.0] * len(same), 0: same, 1: [0.0] * len(same)}).offset == 0


@pytest.mark.parametrize(
    ("same", "neighbour", "offset"),
    [
        (4.0, 2.0, 1),  # half the error accuses
        (4.0, 2.1, 0),
        (1.0, 0.0, 1),  # an error of 1 is more than rounding
        (0.9, 0.0, 0),
    ],
)
def test_a_neighbour_of_half_the_error_accuses_where_anything_moves(
    same: float, neighbour: float, offset: int
) -> None:
    assert judge({0: [same] * 24, 1: [neighbour] * 24}).offset == offset


def test_two_windows_are_enough_and_the_last_may_be_a_short_one() -> None:
    still, moved = [9.0] * 12, [9.0] * 13
    errors = {-1: [9.0] * 25, 0: still + moved, 1: still + [0.5] * 13}
    assert judge(errors) == Alignment(offset=1, windows=3, accusing=2, first_sample=12)
    shorter = {offset: values[:24] for offset, values in errors.items()}
    assert judge(shorter) == Alignment(offset=0, windows=2, accusing=0, first_sample=None)


def test_errors_are_compared_as_far_as_all_of_them_go() -> None:
    assert judge({0: [9.0] * 12, 1: [0.5] * 13}) == Alignment(1, 1, 1, 0)
    assert judge({-1: [0.5] * 12, 0: [9.0] * 12}) == Alignment(-1, 1, 1, 0)
    assert judge({-1: [], 0: [], 1: []}) == Alignment(0, 0, 0, None)


def test_of_a_damaged_line_sixty_characters_are_quoted() -> None:
    with pytest.raises(ValueError, match=f"damaged at '{'x' * 60}'$"):
        read_errors(["x" * 61])


def test_the_psnr_filters_log_is_read_and_other_text_refused() -> None:
    log = [
        "n:1 mse_avg:0.00 mse_y:0.00 psnr_avg:inf psnr_y:inf \n",
        "n:2 mse_avg:0.16 mse_y:0.16 psnr_avg:55.96 psnr_y:55.96 \n",
    ]
    assert read_errors(log) == [0.0, 0.16]
    with pytest.raises(ValueError, match="damaged at 'n:2 mse_avg"):
        read_errors(log[1:])
