"""Colours row by row: every value FFmpeg's zscale reads, and where a guess turns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.ladder import Treatment
from farm.mediainfo import Colour
from media.graphs.colour import BT709, complete_colour, delivered_colour, needs_conversion
from tests.unit.test_graph_encode_colour import PLAIN, a_stream

# By the names of FFmpeg's documentation of `zscale`, ITU-T H.273 behind them.
MATRICES = "bt709 smpte170m bt470bg fcc smpte240m ycgco bt2020nc bt2020c ictcp"
MATRICES += " chroma-derived-nc chroma-derived-c"
PRIMARIES = (
    "bt709 smpte170m bt470bg bt470m smpte240m film bt2020 smpte428 smpte431 smpte432 ebu3213"
)
TRANSFERS = "bt709 smpte170m iec61966-2-1 bt470m bt470bg smpte240m linear log100 log316"
TRANSFERS += " iec61966-2-4"
DELIVERED = {"bt709", "smpte170m", "bt470bg"}
# Primaries, transfer and matrix of the systems, by what alone tells them.
OF_525, OF_625 = ("smpte170m", "smpte170m", "smpte170m"), ("bt470bg", "bt709", "bt470bg")
WIDE, OF_240M = ("bt2020", "bt2020-10", "bt2020nc"), ("smpte240m", "smpte240m", "smpte240m")
SYSTEM_OF_MATRIX = {
    **{"smpte170m": OF_525, "fcc": OF_525, "bt470bg": OF_625, "smpte240m": OF_240M},
    **{"bt2020nc": WIDE, "bt2020c": WIDE, "ictcp": WIDE},
}
SYSTEM_OF_PRIMARIES = {
    **{"smpte170m": OF_525, "bt470bg": OF_625, "smpte240m": OF_240M, "bt2020": WIDE},
}
OF_HD = ("bt709", "bt709", "bt709")


@pytest.mark.parametrize("matrix", MATRICES.split())
def test_a_known_matrix_is_kept_and_tells_the_rest_of_its_system(matrix: str) -> None:
    found = complete_colour(a_stream(1920, 1080, Colour(matrix=matrix)))
    primaries, transfer, _ = SYSTEM_OF_MATRIX.get(matrix, OF_HD)
    assert found == Colour(primaries, transfer, matrix, "tv")
    assert needs_conversion(found) is (matrix not in DELIVERED)
    assert not needs_conversion(Colour(None, None, matrix))


@pytest.mark.parametrize("primaries", PRIMARIES.split())
def test_known_primaries_are_kept_and_tell_the_rest_of_their_system(primaries: str) -> None:
    found = complete_colour(a_stream(1920, 1080, Colour(primaries)))
    _, transfer, matrix = SYSTEM_OF_PRIMARIES.get(primaries, OF_HD)
    assert found == Colour(primaries, transfer, matrix, "tv")
    assert needs_conversion(found) is (primaries not in DELIVERED)
    rgb = complete_colour(a_stream(1920, 1080, Colour(primaries), "gbrp"))
    assert rgb == Colour(primaries, "bt709", "gbr", "pc")
    assert needs_conversion(rgb) is (primaries not in DELIVERED)
    assert not needs_conversion(Colour(primaries))


@pytest.mark.parametrize("transfer", ["bt2020-10", "bt2020-12"])
def test_a_transfer_of_bt2020_tells_its_system_and_is_converted(transfer: str) -> None:
    found = complete_colour(a_stream(720, 576, Colour(transfer=transfer)))
    assert found == Colour("bt2020", transfer, "bt2020nc", "tv")
    assert needs_conversion(found)
    assert delivered_colour(replace(PLAIN, colour=found)) == BT709


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        # Matrix before primaries, these before the transfer, all of them before the size.
        (Colour("bt470bg", None, "smpte170m"), Colour("bt470bg", "smpte170m", "smpte170m", "tv")),
        (Colour("smpte170m", None, "bt470bg"), Colour("smpte170m", "bt709", "bt470bg", "tv")),
        (Colour("bt709", "bt2020-10", None), Colour("bt709", "bt2020-10", "bt709", "tv")),
        (Colour(None, "bt2020-12", "bt709"), Colour("bt709", "bt2020-12", "bt709", "tv")),
        (Colour("bt2020", None, "odd;"), Colour("bt2020", "bt2020-10", "bt2020nc", "tv")),
        (Colour("film", None, None), Colour("film", "bt709", "bt470bg", "tv")),
        # HDR is BT.2020 whatever else is said, and what is said is kept.
        (Colour(None, "smpte2084", "bt709"), Colour("bt2020", "smpte2084", "bt709", "tv")),
        (Colour("bt709", "arib-std-b67"), Colour("bt709", "arib-std-b67", "bt2020nc", "tv")),
    ],
)
def test_what_is_open_is_told_by_the_matrix_then_by_primaries_then_by_the_transfer(
    declared: Colour, found: Colour
) -> None:
    assert complete_colour(a_stream(720, 576, declared)) == found


@pytest.mark.parametrize("transfer", TRANSFERS.split())
def test_a_known_transfer_is_kept_and_needs_no_conversion(transfer: str) -> None:
    found = complete_colour(a_stream(1920, 1080, Colour(transfer=transfer)))
    assert found == Colour("bt709", transfer, "bt709", "tv")
    assert not needs_conversion(found)
    delivered = transfer if transfer in ("smpte170m", "iec61966-2-1") else "bt709"
    treatment: Treatment = replace(PLAIN, colour=found)
    assert delivered_colour(treatment) == Colour("bt709", delivered, "bt709", "tv")
    assert delivered_colour(replace(treatment, tone_map=True)) == BT709


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_bt2020_at_any_size(transfer: str) -> None:
    found = complete_colour(a_stream(720, 576, Colour(transfer=transfer)))
    assert found == Colour("bt2020", transfer, "bt2020nc", "tv")
    declared = Colour("smpte432", transfer, "ictcp", "pc")
    assert complete_colour(a_stream(720, 576, declared)) == declared


NTSC, PAL = (
    Colour("smpte170m", "smpte170m", "smpte170m", "tv"),
    Colour("bt470bg", "bt709", "bt470bg", "tv"),
)


@pytest.mark.parametrize(
    ("width", "height", "guess"),
    [
        (1280, 500, BT709),
        (1279, 500, NTSC),
        (1279, 576, PAL),
        (1279, 577, BT709),
        (577, 1279, BT709),
        (576, 1279, NTSC),  # a turned picture has other lines
        (500, 1280, BT709),
        (704, 575, NTSC),
        (576, 576, PAL),
    ],
)
def test_what_is_no_larger_than_a_dvd_is_taken_for_bt601(
    width: int, height: int, guess: Colour
) -> None:
    assert complete_colour(a_stream(width, height, Colour())) == guess


@pytest.mark.parametrize(
    ("declared", "pix_fmt", "found"),
    [
        *(("pc", "yuv420p", "pc"), ("full", "yuv420p", "pc"), (None, "yuvj444p", "pc")),
        *(("tv", "yuv420p", "tv"), ("mpeg", "yuv420p", "tv"), (None, "yuv420p", "tv")),
        *(
            ("tv", "rgb24", "pc"),
            ("tv", "pal8", "pc"),
            ("tv", "0bgr", "pc"),
            ("tv", "x2rgb10le", "pc"),
        ),
    ],
)
def test_a_range_is_full_where_it_says_so_or_cannot_be_another(
    declared: str | None, pix_fmt: str, found: str
) -> None:
    colour = complete_colour(a_stream(1920, 1080, Colour(range=declared), pix_fmt))
    assert colour.range == found
    assert delivered_colour(replace(PLAIN, colour=colour)).range == "tv"
