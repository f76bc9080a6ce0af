"""Single pictures that are not the source's: found by how far off they are, and told in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from farm.facts import Check
from farm.found import Span
from farm.scores import Scores, Stats, Stray
from qc.strays import LOST, MOST_STRAYS, find_strays, stray_checks

FPS = Fraction(25)
FRAMES = 200
PERFECT = Stats(100.0, 100.0, 100.0, 100.0, 100.0)


def errors(**same: float) -> dict[int, list[float]]:
    """Return the errors of a rendition that moves, so that what is beside in the source is off.

    What looks like nothing there is as far off from these.
    """
    of_frames = {offset: [2.0 if offset == 0 else 80.0] * FRAMES for offset in (-1, 0, 1)}
    for frame, error in same.items():
        for values in of_frames.values():
            values[int(frame.removeprefix("at"))] = error
    return of_frames


def test_frames_in_a_row_that_look_like_nothing_there_are_one_stretch() -> None:
    seen = errors(at50=900.0, at51=700.0, at53=300.0)
    assert find_strays(seen, FPS) == (Stray("unlike", Span(2.0, 2.16), 3, 900.0),)


def test_what_is_coarse_all_over_is_measured_by_itself() -> None:
    coarse = {-1: [160.0] * FRAMES, 0: [40.0] * FRAMES, 1: [160.0] * FRAMES}
    coarse[0][9] = 319.0
    assert find_strays(coarse, FPS) == ()
    coarse[0][9] = 321.0
    assert [stray.frames for stray in find_strays(coarse, FPS)] == [1]


@pytest.mark.parametrize("beside", [-1, 1])
def test_a_picture_that_is_its_neighbour_is_misplaced(beside: int) -> None:
    seen = errors(at10=60.0)
    seen[beside][10] = 1.0
    assert find_strays(seen, FPS) == (Stray("misplaced", Span(0.4, 0.44), 1, 60.0),)


def test_still_pictures_are_where_they_belong() -> None:
    still = {offset: [1.0] * FRAMES for offset in (-1, 0, 1)}
    assert find_strays(still, FPS) == ()


def test_of_many_the_worst_are_kept() -> None:
    seen = errors(**{f"at{frame}": 200.0 + frame for frame in range(0, FRAMES, 3)})
    kept = find_strays(seen, FPS)
    assert len(kept) == MOST_STRAYS
    assert min(stray.error for stray in kept) > 245
    assert list(kept) == sorted(kept, key=lambda stray: stray.span.start_s)


def scores(*strays: Stray, compared: int = FRAMES) -> Scores:
    return Scores(
        *("top", 640, 360, 5, "vmaf_v0.6.1", PERFECT, 1.0, 60.0),
        compared=compared,
        strays=strays,
    )


def check_of(*found: Scores) -> Check:
    [check] = stray_checks(found)
    return check


def test_a_title_in_which_all_was_seen_and_nothing_found_passes() -> None:
    passed = check_of(scores(), scores())
    assert (passed.outcome, passed.evidence) == ("pass", "400 frames of 2 rungs")


def test_what_nobody_would_take_for_the_source_fails_and_the_rest_warns() -> None:
    span = Span(2.0, 4.0)
    black, soft = Stray("unlike", span, 50, LOST), Stray("unlike", span, 50, LOST - 1)
    twice = Stray("misplaced", Span(1.0, 1.04), 1, 5000.0)
    assert [check_of(scores(each)).outcome for each in (black, soft, twice)] == [
        *("fail", "warn", "warn"),
    ]
    told = check_of(scores(twice, black)).evidence
    assert told == (
        "top: the picture before or after at 1.00 s (1 frame, squared error 5000);"
        " top: another picture at 2.00 s (50 frames, squared error 400)"
    )


def test_more_than_a_few_are_counted() -> None:
    many = [Stray("misplaced", Span(n, n + 0.04), 1, 10.0 + n) for n in range(6)]
    assert check_of(scores(*many)).evidence.endswith("; 2 more")


def test_scores_of_before_say_nothing_of_every_frame() -> None:
    assert list(stray_checks([scores(compared=0)])) == []
