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


# Every kind of name that FFmpeg gives to pictures of more than 8 bits (libavutil, pixdesc).
DEEP = {
    9: "yuv420p9le gbrp9be gray9le yuva444p9be",
    10: "yuv422p10be yuva420p10le gbrp10be gbrap10le gray10le p010be p210le p410le nv20le nv20be"
    " y210le y210be x2rgb10le x2bgr10be xv30le v30xle v30xbe yuv444p10msble gbrp10msbbe",
    12: "yuv420p12le yuva422p12be gbrp12le gbrap12be gray12be p012le p212be p412le y212le xyz12be"
    " xv36be yuv444p12msbbe gbrp12msble",
    14: "yuv420p14le yuv444p14be gbrp14le gbrap14be gray14le",
    16: "yuv420p16be yuva444p16le gbrp16le gbrap16be gray16le ya16be p016le p216be p416be y216le"
    " rgb48be bgr48le rgba64le bgra64be ayuv64le xv48le",
    8: "yuv420p yuvj422p nv12 nv16 nv21 nv24 nv42 rgb24 bgra gbrp gbrap gray ya8 pal8 yuyv422"
    " uyvy422 vuya ayuv yuv410p yuv411p yuva420p 0rgb",
}


@pytest.mark.parametrize(
    ("pix_fmt", "bit_depth"),
    [(name, depth) for depth, names in DEEP.items() for name in names.split()],
)
def test_every_family_of_pixel_formats_has_its_depth(pix_fmt: str, bit_depth: int) -> None:
    assert video_stream({"index": 0, "pix_fmt": pix_fmt}).bit_depth == bit_depth


@pytest.mark.parametrize(
    ("declared", "order"),
    [
        *(("tt", "tff"), ("bt", "tff"), ("bb", "bff"), ("tb", "bff")),
        *(("progressive", "progressive"), ("unknown", "unknown"), ("", "unknown")),
    ],
)
def test_fields_are_ordered_by_which_is_shown_first(declared: str, order: str) -> None:
    assert video_stream({"index": 0, "field_order": declared}).field_order == order


@pytest.mark.parametrize(
    ("counterclockwise", "rotation"), [(-90, 90), (90, 270), (180, 180), (0, 0)]
)
def test_rotation_is_counted_clockwise(counterclockwise: int, rotation: int) -> None:
    matrix = {"side_data_type": "Display Matrix", "rotation": counterclockwise}
    assert video_stream({"index": 0, "side_data_list": [matrix]}).rotation == rotation


def test_a_matrix_that_tells_no_rotation_turns_nothing() -> None:
    sides = [{"side_data_type": "Display Matrix"}, {"side_data_type": "Other", "rotation": 90}]
    assert video_stream({"index": 0, "side_data_list": sides}).rotation == 0


def test_an_undefined_pixel_shape_is_square() -> None:
    found = video_stream({"index": 0, "width": 640, "height": 360, "sample_aspect_ratio": "0:1"})
    assert (found.sar, found.display_width, found.display_height) == (Fraction(1), 640, 360)


def test_a_stream_that_declares_nothing_has_no_size() -> None:
    found = video_stream({"index": 0})
    assert (found.width, found.display_width, found.pix_fmt) == (0, 0, "unknown")
    assert (found.height, found.display_height, found.rotation) == (0, 0, 0)
    assert (found.start_s, found.bit_depth, found.frame_rate) == (Fraction(0), 8, Fraction(25))


def test_a_picture_is_a_pixel_wide_however_narrow_its_pixels() -> None:
    narrow = {"index": 0, "width": 1, "height": 9, "sample_aspect_ratio": "1:4"}
    found = video_stream(narrow)
    assert (found.width, found.display_width, found.display_height) == (1, 1, 9)
    wide = video_stream({**narrow, "width": 2, "sample_aspect_ratio": "3:1"})
    assert (wide.display_width, wide.display_height) == (6, 9)
    assert (found.frames, found.duration_s, found.language) == (None, None, None)


@pytest.mark.parametrize(
    "codec", ["hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub", "dvb_teletext"]
)
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
