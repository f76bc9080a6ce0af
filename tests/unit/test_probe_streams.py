"""Single streams of ffprobe's answer: depth, rotation, shape, times and ratios."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.probe.streams import ratio, seconds, text_stream, video_stream


@pytest.mark.parametrize(
    ("pix_fmt", "bit_depth"),
    [
        ("yuv420p", 8),
        ("yuv420p10le", 10),
        ("yuv422p12be", 12),
        ("gbrp10le", 10),
        ("gbrap16le", 16),
        ("gray16be", 16),
        ("gray", 8),
        ("nv12", 8),
        ("p010le", 10),
        ("p416le", 16),
        ("y210le", 10),
        ("xyz12le", 12),
        ("x2rgb10le", 10),
        ("rgb24", 8),
        ("rgb48le", 16),
        ("rgba64be", 16),
        ("ya16le", 16),
        ("yuva444p10le", 10),
        ("xv36le", 12),
        ("yuyv422", 8),
    ],
)
def test_the_bit_depth_follows_from_the_pixel_format(pix_fmt: str, bit_depth: int) -> None:
    assert video_stream({"index": 0, "pix_fmt": pix_fmt}).bit_depth == bit_depth


@pytest.mark.parametrize(
    ("counterclockwise", "rotation"), [(-90, 90), (90, 270), (180, 180), (0, 0)]
)
def test_rotation_is_counted_clockwise(counterclockwise: int, rotation: int) -> None:
    matrix = {"side_data_type": "Display Matrix", "rotation": counterclockwise}
    assert video_stream({"index": 0, "side_data_list": [matrix]}).rotation == rotation


def test_an_undefined_pixel_shape_is_square() -> None:
    found = video_stream({"index": 0, "width": 640, "height": 360, "sample_aspect_ratio": "0:1"})
    assert (found.sar, found.display_width, found.display_height) == (Fraction(1), 640, 360)


def test_a_stream_that_declares_nothing_has_no_size() -> None:
    found = video_stream({"index": 0})
    assert (found.width, found.display_width, found.pix_fmt) == (0, 0, "unknown")
    assert (found.frames, found.duration_s, found.language) == (None, None, None)


@pytest.mark.parametrize("codec", ["hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"])
def test_pictures_of_text_are_bitmaps(codec: str) -> None:
    assert text_stream({"index": 2, "codec_name": codec}).bitmap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.040000", Fraction("3.04")),
        ("-0.021333", Fraction("-0.021333")),
        ("00:01:03.500000000", Fraction("63.5")),
        ("N/A", None),
        (None, None),
    ],
)
def test_times_are_exact(text: str | None, expected: Fraction | None) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30000/1001", Fraction(30000, 1001)), ("4:3", Fraction(4, 3)), ("0/0", 0), ("N/A", 0)],
)
def test_ratios_are_exact(text: str, expected: Fraction) -> None:
    assert ratio(text) == expected
