"""Where in a frame the source's picture is found, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.ladder import Rung, ShownShape, Timeline, Treatment
from media.graphs.geometry import RENDITION_SIDE, SOURCE_SIDE, glances
from qc.geometry import STRETCHES, Seen, fitted, geometry_checks, see

Picture = Callable[[float, float], float]


def rings(x: float, y: float) -> float:
    """Return luma of a picture that looks like no stretched one of itself."""
    return 128 + 80 * math.sin(19 * math.hypot(x - 0.4, y - 0.55)) + 40 * (x > 0.7) * (y < 0.3)


def stored(picture: Picture) -> bytes:
    places = [(n + 0.5) / SOURCE_SIDE for n in range(SOURCE_SIDE)]
    return bytes(round(picture(x, y)) for y in places for x in places)


def shown(picture: Picture, aspect: float, frame_aspect: float) -> bytes:
    """Return a rendition in whose frame the picture has this aspect, with black bars."""
    left, top, right, bottom = fitted(aspect, frame_aspect)
    places = [(n + 0.5) / RENDITION_SIDE for n in range(RENDITION_SIDE)]
    return bytes(
        round(picture((x - left) / (right - left), (y - top) / (bottom - top)))
        if left <= x <= right and top <= y <= bottom
        else 16
        for y in places
        for x in places
    )


def test_a_picture_is_as_large_as_its_frame_allows() -> None:
    assert fitted(16 / 9, 16 / 9) == (0, 0, 1, 1)
    assert fitted(4 / 3, 16 / 9) == pytest.approx((1 / 8, 0, 7 / 8, 1))
    assert fitted(16 / 9, 4 / 3) == pytest.approx((0, 1 / 8, 1, 7 / 8))


@pytest.mark.parametrize("aspect", [16 / 9, 4 / 3, 2.39, 9 / 16])
def test_what_is_shown_as_it_should_be_is_found_so(aspect: float) -> None:
    found = see(4.0, aspect, 16 / 9, stored(rings), shown(rings, aspect, 16 / 9))
    assert found == Seen(4.0, 1.0)


@pytest.mark.parametrize("stretch", [stretch for stretch in STRETCHES if 0.7 <= stretch <= 1.5])
def test_what_is_too_wide_or_too_narrow_is_found_as_it_is(stretch: float) -> None:
    wrong = shown(rings, 1.5 * stretch, 16 / 9)
    found = see(4.0, 1.5, 16 / 9, stored(rings), wrong)
    assert found == Seen(4.0, stretch)


def test_what_has_no_shape_or_is_another_picture_tells_nothing() -> None:
    def grey(_x: float, _y: float) -> float:
        return 90

    for picture in (grey, lambda x, y: rings(1 - x, 1 - y)):
        rendition = shown(picture, 4 / 3, 16 / 9)
        assert see(1.0, 4 / 3, 16 / 9, stored(rings), rendition) == Seen(1.0, None)
    assert see(1.0, 4 / 3, 16 / 9, b"", b"") == Seen(1.0, None)  # nothing was decoded there


def test_one_wrong_place_is_enough_to_fail() -> None:
    right, unknown = Seen(1.0, 1.0), Seen(2.0, None)
    said = [
        (check.outcome, check.evidence)
        for seen in ((right, unknown), (unknown,), (right, right), (right, Seen(3.0, 4 / 3)))
        for check in geometry_checks(seen)
    ]
    assert said == [
        ("pass", "found so at 1 place"),
        ("pass", "nothing in the pictures tells their shape"),
        ("pass", "found so at 2 places"),
        ("fail", "1.33 times as wide as it should be at 3.0 s"),
    ]
    assert not list(geometry_checks(()))


def treatment(fps: int, **changes: Any) -> Treatment:
    return replace(Treatment(0, Fraction(fps), False, False, 640, 360), **changes)


def rung(fps: int) -> Rung:
    return Rung("a", "h264", 640, 360, Fraction(fps), 50, "medium", 23, 10**6, 2 * 10**6, "fits")


def test_every_part_is_looked_at_twice() -> None:
    shapes = tuple(ShownShape(Fraction(at), 640, 360) for at in (0, 4, 5))
    given = treatment(50, shapes=shapes)
    found = glances(given, Timeline(Fraction(50), 501), rung(25))
    assert [glance.frame for glance in found] == [37, 62, 109, 115, 171, 203]
    assert [glance.shape.start_s for glance in found] == [0, 0, 4, 4, 5, 5]
    assert (
        len({name for glance in found for name in (glance.source_name, glance.rendition_name)})
        == 12
    )


def test_only_the_longest_parts_are_looked_at_and_only_where_there_are_pictures() -> None:
    shapes = tuple(ShownShape(Fraction(at), 640, 360) for at in (0, 10, 11, 20, 30, 40, 50))
    given = treatment(25, shapes=shapes, picture_frames=1001)
    found = glances(given, Timeline(Fraction(25), 2000), rung(25))
    assert [glance.shape.start_s for glance in found[::2]] == [0, 10, 11, 20, 30]
    briefly = tuple(ShownShape(Fraction(at, 25), 640, 360) for at in (0, 50, 57, 65, 900))
    given = treatment(25, shapes=briefly, picture_frames=601)
    found = glances(given, Timeline(Fraction(25), 2000), rung(25))
    assert [look.frame for look in found] == [18, 31, 60, 62, 265, 399]
    steady = treatment(25)
    assert [glance.frame for glance in glances(steady, Timeline(Fraction(25), 1), rung(25))] == [0]
