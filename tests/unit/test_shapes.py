"""The one frame of a title whose pictures change on the way."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from farm.errors import UnsupportedMedia
from farm.ladder import ShownShape
from farm.mediainfo import Colour, PictureShape
from planning.shapes import changing
from planning.treatment import make_treatment
from tests.unit import titles

LASTS_S = Fraction(40)
COLOUR = Colour("bt709", "bt709", "bt709", "tv")


def shape(start_s: int, width: int, height: int, sar: str = "1", **other: Any) -> PictureShape:
    given = {"pix_fmt": "yuv420p", "colour": COLOUR, **other}
    return PictureShape(Fraction(start_s), width, height, Fraction(sar), **given)


def shown(start_s: int, width: int, height: int) -> ShownShape:
    return ShownShape(Fraction(start_s), width, height)


@pytest.mark.parametrize(
    "shapes",
    [
        (),
        (shape(0, 640, 360),),
        (shape(0, 640, 360), shape(9, 640, 360)),
        (shape(0, 640, 360), shape(9, 640, 360, colour=replace(COLOUR, primaries="bt2020"))),
        (shape(0, 640, 360), shape(9, 640, 360, colour=replace(COLOUR, transfer="smpte170m"))),
    ],
)
def test_steady_pictures_need_nothing(shapes: tuple[PictureShape, ...]) -> None:
    assert changing(shapes, titles.VIDEO, LASTS_S) == {}
    seen = titles.analysis(shapes=shapes)
    assert make_treatment(titles.VIDEO, titles.media(), seen) == make_treatment(
        titles.VIDEO, titles.media(), titles.analysis()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"colour": replace(COLOUR, matrix="smpte170m")},
        {"colour": replace(COLOUR, range="pc")},
        {"pix_fmt": "yuv420p10le"},
    ],
)
def test_another_matrix_range_or_pixel_format_recolours_and_leaves_the_shape(
    change: dict[str, Any],
) -> None:
    shapes = (shape(0, 640, 360), shape(9, 640, 360, **change))
    assert changing(shapes, titles.VIDEO, LASTS_S) == {"recoloured": True}


def test_pixels_of_another_shape_change_what_is_shown_and_no_size() -> None:
    shapes = (shape(0, 720, 576, "16/15"), shape(10, 720, 576, "64/45"))
    assert changing(shapes, titles.VIDEO, LASTS_S) == {
        "shapes": (shown(0, 768, 576), shown(10, 1024, 576)),
        "resized": False,
        "display_width": 1024,
        "display_height": 576,
    }


def test_sizes_that_are_shown_alike_are_resized_all_the_same() -> None:
    shapes = (shape(0, 640, 360), shape(10, 320, 360, "2"))
    assert changing(shapes, titles.VIDEO, LASTS_S) == {
        "shapes": (shown(0, 640, 360), shown(10, 640, 360)),
        "resized": True,
        "display_width": 640,
        "display_height": 360,
    }


def test_all_that_changes_is_told() -> None:
    other = shape(10, 1280, 720, colour=replace(COLOUR, matrix="smpte170m"))
    assert changing((shape(0, 640, 360), other), titles.VIDEO, LASTS_S) == {
        "recoloured": True,
        "shapes": (shown(0, 640, 360), shown(10, 1280, 720)),
        "resized": True,
        "display_width": 1280,
        "display_height": 720,
    }


@pytest.mark.parametrize(
    ("shapes", "frame"),
    [
        # What lasts longest, even if it is smaller, first or last.
        ((shape(0, 640, 480), shape(21, 1280, 720)), (640, 480)),
        ((shape(0, 640, 480), shape(19, 1280, 720)), (1280, 720)),
        ((shape(0, 640, 480), shape(20, 1280, 720)), (640, 480)),  # the first of equals
        # Together, and with the largest size of that shape.
        ((shape(0, 640, 360), shape(12, 640, 480), shape(28, 1280, 720)), (1280, 720)),
        ((shape(0, 1280, 720), shape(2, 640, 480), shape(18, 640, 360)), (1280, 720)),
        ((shape(0, 1280, 720), shape(2, 640, 480), shape(30, 640, 360)), (640, 480)),
        # 854x480 has the shape of 640x360 but for rounding.
        ((shape(0, 854, 480), shape(9, 640, 480), shape(26, 640, 360)), (854, 480)),
        # What begins after the end lasts for no time.
        ((shape(0, 640, 480), shape(90, 1280, 720)), (640, 480)),
    ],
)
def test_the_frame_is_the_largest_of_the_shape_that_lasts_longest(
    shapes: tuple[PictureShape, ...], frame: tuple[int, int]
) -> None:
    found = changing(shapes, titles.VIDEO, LASTS_S)
    assert (found["display_width"], found["display_height"]) == frame


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_what_is_turned_and_changes_in_size_is_refused(rotation: int) -> None:
    turned = replace(titles.VIDEO, rotation=rotation)
    with pytest.raises(UnsupportedMedia) as caught:
        changing((shape(0, 640, 360), shape(9, 1280, 720)), turned, LASTS_S)
    assert caught.value.message == (
        "its pictures are turned and change in size on the way, which is not taken:"
        " give them one size and no turn first"
    )


@pytest.mark.parametrize(
    ("rotation", "first", "frame"),
    [
        (0, shown(0, 768, 576), (1024, 576)),
        (90, shown(0, 576, 768), (576, 1024)),
        (180, shown(0, 768, 576), (1024, 576)),
        (270, shown(0, 576, 768), (576, 1024)),
    ],
)
def test_what_is_turned_and_keeps_its_size_is_shown_upright(
    rotation: int, first: ShownShape, frame: tuple[int, int]
) -> None:
    shapes = (shape(0, 720, 576, "16/15"), shape(10, 720, 576, "64/45"))
    found = changing(shapes, replace(titles.VIDEO, rotation=rotation), LASTS_S)
    assert found["shapes"] == (first, ShownShape(Fraction(10), *frame))
    assert (found["display_width"], found["display_height"]) == frame
    recoloured = (shape(0, 640, 360), shape(9, 640, 360, pix_fmt="nv12"))
    turned = replace(titles.VIDEO, rotation=rotation)
    assert changing(recoloured, turned, LASTS_S) == {"recoloured": True}


def test_a_treatment_takes_over_what_changes() -> None:
    shapes = (shape(0, 640, 480), shape(10, 1280, 720))
    plain = make_treatment(titles.VIDEO, titles.media(), titles.analysis())
    found = make_treatment(titles.VIDEO, titles.media(), titles.analysis(shapes=shapes))
    assert found == replace(
        plain,
        shapes=(shown(0, 640, 480), shown(10, 1280, 720)),
        resized=True,
        display_width=1280,
        display_height=720,
    )
